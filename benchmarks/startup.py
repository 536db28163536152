"""From the start of the process to the first painted window, beside a bare PySide6 and pyqtgraph window."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.common import Ratio, paired

ROOT = Path(__file__).resolve().parent.parent
BARE = """
import sys
import pyqtgraph
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMainWindow
qt = QApplication([])
window = QMainWindow()
window.setCentralWidget(pyqtgraph.PlotWidget())
window.show()
qt.processEvents()
window.repaint()
"""
OURS = """
import os, sys
from nnstudio.app import Application, make_application
from nnstudio.session.session import Session
qt = make_application()
session = Session(start=False)
application = Application(qt, session)
application.show_window()
qt.processEvents()
application.window.repaint()
"""
END = """
import os, time
print(time.time())
sys.stdout.flush()
os._exit(0)
"""


def seconds(code: str) -> float:
    """Seconds from launch to the first paint."""
    import time

    started = time.time()
    done = subprocess.run([sys.executable, "-c", code + END], cwd=ROOT, capture_output=True, text=True, check=True,
                          env={**os.environ, "PYTHONPATH": str(ROOT)})
    return float(done.stdout.split()[-1]) - started


def measure(rounds: int, say: Callable[[str], None]) -> Ratio:
    """Time to first paint ÷ that of a bare window."""
    seconds(BARE), seconds(OURS)  # Warm the disk cache.
    ratio = paired("start-up: first painted window / bare window (time)", lambda: 1000 * seconds(OURS), lambda: 1000 * seconds(BARE),
                   rounds, "ms")
    say(ratio.row())
    return ratio
