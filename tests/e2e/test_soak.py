"""Opening, training, stopping and closing, again and again: nothing is left and memory stays level."""

from __future__ import annotations

import gc
import os
import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from shiboken6 import isValid

from nnstudio.catalog.registry import CATALOG
from nnstudio.document.edits import SetTraining
from nnstudio.session.examples import load_example
from nnstudio.ui.shell.bridge import WARM_MS
from tests.e2e.hand import open_window, pause

pytestmark = [pytest.mark.usefixtures("qtbot"), pytest.mark.drawn]
# The full count with python -m benchmarks --full.
ROUNDS = 300 if os.environ.get("NNSTUDIO_FULL") else 60
SETTLED = ROUNDS // 3
# What allocators keep for themselves; a leaked window is a megabyte a round.
GROWTH_MB = 60


def memory_mb() -> float:
    """Resident memory; 0 where the system does not tell."""
    statm = Path("/proc/self/statm")
    return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20 if statm.exists() else 0.0


def timers() -> int:
    # By type: asking some of torch's objects for their class warns.
    return sum(issubclass(type(thing), QTimer) and isValid(thing) and thing.isActive() for thing in gc.get_objects())


def settle() -> None:
    """Collect everything, also what was set aside: that is not among gc's objects."""
    # What was to be done once, a moment after a window came, is over.
    pause(WARM_MS + 100)
    gc.unfreeze()
    gc.collect()


@pytest.mark.timeout(900)
def test_round_after_round_leaves_nothing_behind() -> None:
    document = SetTraining(("epochs",), 100_000).apply(load_example("xor"), CATALOG)
    base: dict[str, float] = {}
    for number in range(ROUNDS):
        with open_window(document) as hand:
            hand.window.bench.running.toggle()
            hand.wait(lambda hand=hand: hand.session.training.records)
            if number % 3 == 0:
                hand.press(hand.window.actions_["run"])
                hand.state("paused")
            # Every second round closes while it trains.
            if number % 2:
                hand.window.bench.running.reset()
        if number == SETTLED:
            settle()
            base = {
                "widgets": len(QApplication.allWidgets()),
                "threads": threading.active_count(),
                "timers": timers(),
                "memory": memory_mb(),
            }
    settle()
    assert len(QApplication.allWidgets()) <= base["widgets"]
    assert threading.active_count() <= base["threads"]
    assert timers() <= base["timers"]
    assert memory_mb() - base["memory"] < GROWTH_MB


def test_closing_while_training_is_clean_every_time() -> None:
    document = SetTraining(("epochs",), 1_000_000).apply(load_example("rings"), CATALOG)
    for number in range(20):
        with open_window(document) as hand:
            hand.window.bench.running.toggle()
            hand.wait(lambda hand=hand: hand.session.training.records)
            pause(number)
        assert not any(thread.name in ("trainer", "compiler") for thread in threading.enumerate())
