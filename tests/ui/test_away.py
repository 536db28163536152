"""The window beside a run that has a process of its own, as a student has it."""

from __future__ import annotations

import psutil
import pytest

from nnstudio.catalog.registry import CATALOG
from nnstudio.document.edits import SetTraining
from nnstudio.engine.away import Away
from nnstudio.engine.trainer import Trainer
from nnstudio.session import hosting
from nnstudio.session.examples import load_example
from tests.e2e.hand import open_window

pytestmark = pytest.mark.process


def test_a_window_warms_a_process_trains_in_it_and_outlives_it() -> None:
    document = SetTraining(("epochs",), 100_000).apply(load_example("rings"), CATALOG)
    with open_window(document) as hand:
        hand.compiled()
        hand.wait(lambda: hosting.hosts().ready)
        parts, run, actions = hand.window.bench.parts, hand.session.training, hand.window.actions_
        hand.panel("curves")
        hand.press(actions["run"])
        hand.wait(lambda: run.snapshot is not None and len(run.records) > 50 and run.trainer.handed_over)  # type: ignore[union-attr]
        trainer = run.trainer
        assert isinstance(trainer, Away)
        psutil.Process(trainer.process_id).kill()
        hand.wait(lambda: run.trainer is not trainer and run.state == "paused")
        updates = hand.session.stepping.reach.updates  # type: ignore[union-attr]
        assert updates > 0
        hand.wait(lambda: f"after update {updates:,}" in parts.toast.text())
        assert "Go on" in parts.toast.text() and "Go on" in actions["run"].text()
        hand.press(actions["run"])
        hand.wait(lambda: run.snapshot.updates > updates)  # type: ignore[union-attr]
        assert isinstance(run.trainer, Away)
        hand.press(actions["run"])
        hand.state("paused")
        hand.press(actions["step"])
        hand.wait(lambda: hand.session.stepping.shown is not None)


def test_a_run_that_is_pressed_before_a_process_is_ready_begins_at_once() -> None:
    with open_window(load_example("xor")) as hand:
        hand.compiled()
        assert not hosting.hosts().ready
        hand.press(hand.window.actions_["run"])
        hand.state("finished")
        assert isinstance(hand.session.training.trainer, Trainer)
