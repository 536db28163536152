"""Opens, trains, stops and closes a window so many times, and says as JSON what there was once it had settled and what
there is at the end. In a process of its own: what other tests have left in the memory of theirs is not counted.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import tempfile
import threading
import traceback
from pathlib import Path
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from shiboken6 import isValid

from nnstudio.catalog.registry import CATALOG
from nnstudio.document.edits import SetTraining
from nnstudio.session.examples import load_example
from nnstudio.ui.shell.bridge import WARM_MS
from tests.e2e.hand import open_window, pause

PATIENCE_MS = 20_000


def memory_mb() -> float:
    """Resident memory; 0 where the system does not tell."""
    statm = Path("/proc/self/statm")
    return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20 if statm.exists() else 0.0


def timers() -> int:
    # By type: asking some of torch's objects for their class warns.
    return sum(issubclass(type(thing), QTimer) and isValid(thing) and thing.isActive() for thing in gc.get_objects())


def standing() -> dict[str, Any]:
    """Collect everything, also what was set aside and is not among gc's objects; what is there then."""
    # What was to be done once, a moment after a window came, is over.
    pause(WARM_MS + 100)
    # What was still at work as its window closed ends; what does not is told.
    waited = 0
    while threading.active_count() > 1 and waited < PATIENCE_MS:
        pause(100)
        waited += 100
    gc.unfreeze()
    gc.collect()
    return {
        "widgets": len(QApplication.allWidgets()),
        "threads": [thread.name for thread in threading.enumerate()][1:],
        "timers": timers(),
        "memory": memory_mb(),
    }


def main() -> int:
    rounds = int(sys.argv[1])
    import platformdirs

    folder = tempfile.mkdtemp()
    # The settings and files of whoever tries this are left alone.
    platformdirs.user_config_dir = platformdirs.user_data_dir = lambda *a, **k: folder  # type: ignore[assignment]
    errors: list[str] = []
    sys.excepthook = lambda *of: errors.append("".join(traceback.format_exception(*of)))
    document = SetTraining(("epochs",), 100_000).apply(load_example("xor"), CATALOG)
    found = []
    for number in range(rounds):
        with open_window(document) as hand:
            hand.window.bench.running.toggle()
            hand.wait(lambda hand=hand: hand.session.training.records)
            if number % 3 == 0:
                hand.press(hand.window.actions_["run"])
                hand.state("paused")
            # Every second round closes while it trains.
            if number % 2:
                hand.window.bench.running.reset()
        if number in (rounds // 3, rounds - 1):
            found.append(standing())
    print(json.dumps({"settled": found[0], "end": found[1], "errors": errors}), flush=True)
    # Threads of torch may still be at work.
    os._exit(0)


if __name__ == "__main__":
    main()
