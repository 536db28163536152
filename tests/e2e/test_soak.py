"""Opening, training, stopping and closing, again and again: nothing is left and memory stays level."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading

import pytest

from nnstudio.catalog.registry import CATALOG
from nnstudio.document.edits import SetTraining
from nnstudio.session.examples import load_example
from tests.e2e.hand import open_window, pause

# The full count with python -m benchmarks --full.
ROUNDS = 300 if os.environ.get("NNSTUDIO_FULL") else 60
# What allocators keep for themselves: 6 MB were seen; a leaked window is a megabyte a round.
GROWTH_MB = 30


@pytest.mark.timeout(900)
def test_round_after_round_leaves_nothing_behind() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.e2e.soak", str(ROUNDS)],
        capture_output=True,
        text=True,
        timeout=850,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        check=False,
    )
    assert done.returncode == 0, done.stderr[-6000:]
    found = json.loads(done.stdout.splitlines()[-1])
    settled, end = found["settled"], found["end"]
    assert found["errors"] == []
    assert end["threads"] == []
    assert end["widgets"] <= settled["widgets"] and end["timers"] <= settled["timers"]
    assert end["memory"] - settled["memory"] < GROWTH_MB


@pytest.mark.usefixtures("qtbot")
@pytest.mark.drawn
def test_closing_while_training_is_clean_every_time() -> None:
    document = SetTraining(("epochs",), 1_000_000).apply(load_example("rings"), CATALOG)
    for number in range(20):
        with open_window(document) as hand:
            hand.window.bench.running.toggle()
            hand.wait(lambda hand=hand: hand.session.training.records)
            pause(number)
        assert not any(thread.name in ("trainer", "compiler") for thread in threading.enumerate())
