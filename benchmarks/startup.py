"""From the start of the process to the first painted window, beside a bare PySide6 and pyqtgraph window."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.calibration import Machine
from benchmarks.common import paired, spread

# Seconds until a network can be trained.
READY_S = 2.5
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


def environment() -> dict[str, str]:
    """As a student has it: with compiled modules kept, here in a folder of the benchmark's own, and with settings of
    its own.
    """
    own = Path(tempfile.gettempdir()) / "nnstudio-benchmark"
    folders = {name: str(own / name.lower()) for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME")}
    kept = {**os.environ, **folders, "PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": str(own / "compiled")}
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    return kept


def launch(code: str) -> tuple[float, list[str]]:
    """Seconds from launch to the end of some code, and what it printed before."""
    started = time.time()
    done = subprocess.run(
        [sys.executable, "-c", code + END], cwd=ROOT, capture_output=True, text=True, check=True, env=environment()
    )
    *said, end = done.stdout.split()
    return float(end) - started, said


def seconds(code: str) -> float:
    """Seconds from launch to the first paint."""
    return launch(code)[0]


READY = """
import os, sys, time
from nnstudio.app import Application, make_application
from nnstudio.session.examples import load_example
from nnstudio.session.session import Session
qt = make_application()
session = Session(start=False)
application = Application(qt, session)
application.show_window()
qt.processEvents()
application.window.repaint()
import psutil
before = psutil.Process().memory_info().rss
session.meaning.begin()
session.new(load_example("xor"))
while session.meaning.lowered is None or session.meaning.source is None:
    qt.processEvents()
    time.sleep(0.005)
print(before)
"""


def ready() -> tuple[float, float]:
    """Seconds from launch until a network can be trained, and the megabytes before torch was needed."""
    taken, said = launch(READY)
    return taken, float(said[-1]) / 2**20


def measure(rounds: int, say: Callable[[str], None], machine: Machine) -> dict[str, object]:
    """Time to first paint ÷ that of a bare window; seconds until ready to train; memory before torch."""
    seconds(BARE), seconds(OURS)  # Warm the disk cache.
    ratio = paired(
        "start-up: first painted window / bare window (time)",
        lambda: 1000 * seconds(OURS),
        lambda: 1000 * seconds(BARE),
        rounds,
        "ms",
        "lower",
    )
    say(ratio.row())
    found = [ready() for _ in range(rounds)]
    ready_s, memory = spread([s for s, _ in found], 0.5), max(m for _, m in found)
    say(
        f"start-up: ready to train after {ready_s.value:.2f} s {machine.verdict(ready_s.value, READY_S)}, "
        f"{memory:.0f} MB before torch is needed"
    )
    return {"ratio": ratio.plain(), "ready_s": ready_s.plain(), "memory_mb": memory}
