"""A run that can be watched: the dial, a first run that takes its time, and letting it go."""

from __future__ import annotations

import time

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from nnstudio.engine.states import State
from nnstudio.session.examples import example_names, load_example
from nnstudio.session.pacing import EPOCH, HAND, WATCH, batches_of, rounded, updates_a_second
from nnstudio.session.settings import Settings, save_settings
from nnstudio.session.steering import Helm
from nnstudio.ui.training.speed import APART, STOPS, SpeedDial, pace_at, place_of
from tests.e2e.hand import LEFT, open_window
from tests.helpers import finish, sound


def test_the_dial_goes_by_ratio_and_catches_at_its_stops() -> None:
    for place, stop in enumerate(STOPS):
        assert pace_at(place * APART) == stop and place_of(stop) == place * APART
        for beside in (-1, 1):
            if 0 <= place * APART + beside <= (len(STOPS) - 1) * APART:
                assert pace_at(place * APART + beside) == stop
    numbers = [pace for place in range(APART, 4 * APART + 1) if isinstance(pace := pace_at(place), float)]
    assert numbers == sorted(numbers) and len(set(numbers)) > 10
    assert place_of(3.0) == 15 and pace_at(15) == 3.0
    # Beyond its own numbers, but no epoch and not free.
    assert 4 * APART < place_of(5000.0) < 5 * APART and place_of(0.1) == APART


@pytest.mark.parametrize("name", example_names())
def test_every_example_can_be_watched(name: str) -> None:
    """Ten to twenty seconds, at a pace that reads well."""
    program = sound(load_example(name))
    pace = updates_a_second(WATCH, program)
    assert pace is not None and 10 <= program.epochs * batches_of(program) / pace <= 20
    assert float(f"{pace:.2g}") == pytest.approx(pace)
    assert updates_a_second(EPOCH, program) == batches_of(program)
    assert updates_a_second(None, program) is None and updates_a_second(HAND, program) is None


@pytest.mark.parametrize("name", ["rings", "iris", "karate"])
def test_the_updates_of_an_epoch_are_known_before_it_runs(name: str) -> None:
    from dataclasses import replace

    from nnstudio.engine.trainer import Trainer

    program = replace(sound(load_example(name)), epochs=1)
    ended, _ = finish(Trainer(program, device="cpu", threads=1, snapshots=False))
    assert ended.report is not None and abs(ended.report["updates"] - batches_of(program)) <= 1


def test_rounded_paces_are_near() -> None:
    for number in range(1, 4000):
        pace = number / 7
        assert 0.75 <= rounded(pace) / pace <= 4 / 3


@pytest.mark.unhurried
def test_a_fresh_project_begins_slowly_and_a_click_lets_it_go() -> None:
    with open_window(load_example("xor")) as hand:
        hand.compiled()
        bench, dial = hand.window.bench, hand.window.bench.steering.dial
        program = bench.session.meaning.lowered.program
        assert bench.session.helm.speed.wanted == WATCH and not dial.free.isChecked()
        pace = updates_a_second(WATCH, program)
        assert f"{pace:,.4g} updates/s" == dial.words.text()
        hand.press(hand.window.actions_["run"])
        hand.state(State.RUNNING)
        begun = time.monotonic()
        hand.wait(lambda: "free run" in bench.parts.status.text())
        assert f"{pace:,.4g} updates/s, free run " in bench.parts.status.text()
        snapshot = bench.session.training.snapshot
        assert snapshot is not None and snapshot.free is not None and snapshot.free > 2 * pace
        hand.wait(lambda: time.monotonic() - begun > 1.0)
        assert bench.session.training.state is State.RUNNING and bench.session.training.snapshot.updates < 3 * pace
        QTest.mouseClick(dial.free, LEFT)
        assert bench.session.helm.speed.wanted is None and dial.words.text() == "free"
        hand.state(State.FINISHED)
        # And back to what it was.
        QTest.mouseClick(dial.free, LEFT)
        assert bench.session.helm.speed.wanted == WATCH


@pytest.mark.unhurried
def test_another_project_begins_slowly_again_and_another_language_keeps_the_pace() -> None:
    with open_window(load_example("xor")) as hand:
        hand.compiled()
        bench = hand.window.bench
        QTest.mouseClick(bench.steering.dial.free, LEFT)
        assert bench.session.helm.speed.wanted is None
        other = SpeedDial()
        helm: Helm = bench.session.helm
        # A window in another language is made on the same session.
        assert helm.speed.chosen and helm.speed.wanted is None
        other.deleteLater()
        bench.files.open_example("rings")
        hand.compiled()
        assert helm.speed.wanted == WATCH


@pytest.mark.unhurried
def test_the_settings_let_runs_begin_at_full_speed() -> None:
    save_settings(Settings(unhurried=False))
    with open_window(load_example("xor")) as hand:
        assert hand.window.bench.session.helm.speed.wanted is None
        assert hand.window.bench.steering.dial.slider.value() == hand.window.bench.steering.dial.slider.maximum()


def test_dragging_the_dial_acts_at_once() -> None:
    with open_window(load_example("rings")) as hand:
        hand.compiled()
        bench, slider = hand.window.bench, hand.window.bench.steering.dial.slider
        slider.setValue(2 * APART)
        assert bench.session.helm.speed.wanted == 10.0
        hand.press(hand.window.actions_["run"])
        hand.wait(lambda: bench.session.training.snapshot is not None and bench.session.training.snapshot.updates > 3)
        assert bench.session.training.state is State.RUNNING
        slider.setValue(3 * APART)
        before, begun = bench.session.training.snapshot.updates, time.monotonic()
        hand.wait(lambda: bench.session.training.snapshot.updates - before >= 40)
        assert time.monotonic() - begun > 0.4, "60 a second"
        # By hand the run waits, and Run makes one update.
        slider.setFocus()
        QTest.keyClick(slider, Qt.Key.Key_Home)
        hand.state(State.PAUSED)
        at = bench.session.training.snapshot.updates
        hand.press(hand.window.actions_["run"])
        hand.wait(lambda: bench.session.training.snapshot.updates == at + 1)
        hand.state(State.PAUSED)
        QTest.keyClick(slider, Qt.Key.Key_End)
        QTest.mouseClick(hand.window.actions_.button("run"), LEFT, Qt.KeyboardModifier.NoModifier)
        hand.state(State.FINISHED)


def test_shift_lets_it_go(monkeypatch: pytest.MonkeyPatch) -> None:
    with open_window(load_example("rings")) as hand:
        hand.compiled()
        bench = hand.window.bench
        bench.steering.pace(1.0)
        monkeypatch.setattr(
            "nnstudio.ui.training.running.QApplication.keyboardModifiers",
            staticmethod(lambda: Qt.KeyboardModifier.ShiftModifier),
        )
        hand.press(hand.window.actions_["run"])
        hand.state(State.FINISHED)
        assert bench.session.helm.speed.wanted is None and bench.steering.dial.words.text() == "free"


def test_a_step_does_not_wait_for_its_turn() -> None:
    with open_window(load_example("rings")) as hand:
        hand.compiled()
        bench = hand.window.bench
        # Whoever waited for the next turn would wait a quarter of an hour.
        bench.steering.pace(0.001)
        for number in range(1, 5):
            bench.parts.timeline.go_last()
            bench.running.step()
            hand.wait(
                lambda number=number: (
                    bench.stepping.trace is not None
                    and bench.session.stepping.trace.update == number - 1
                    and bench.session.training.state is State.PAUSED
                )
            )


def test_step_goes_through_the_open_step_and_makes_an_update_only_past_its_end() -> None:
    with open_window(load_example("xor")) as hand:
        hand.compiled()
        bench, slider = hand.window.bench, hand.window.bench.parts.timeline.slider
        hand.press(hand.window.actions_["step"])
        hand.wait(lambda: bench.stepping.trace is not None)
        hand.state(State.PAUSED)
        first, updates = bench.session.stepping.shown, bench.session.training.snapshot.updates
        for place in range(1, slider.maximum() + 1):
            hand.press(hand.window.actions_["step"])
            assert slider.value() == place and bench.session.stepping.shown is first
        assert bench.session.training.snapshot.updates == updates
        hand.press(hand.window.actions_["step"])
        assert "another update" in bench.parts.toast.text()
        hand.wait(lambda: bench.session.stepping.shown is not first)
        hand.wait(lambda: bench.session.training.snapshot.updates == updates + 1)
        assert slider.value() == 0
        # An epoch is no step to go through.
        before = len(bench.session.training.records)
        hand.window.actions_["grain_epoch"].trigger()
        hand.state(State.PAUSED)
        hand.wait(hand.window.actions_["step"].isEnabled)
        hand.press(hand.window.actions_["step"])
        hand.wait(lambda: len(bench.session.training.records) > before)


def test_the_toolbar_fits_a_small_laptop() -> None:
    for language in ("en", "zh"):
        from nnstudio.ui.kit import texts

        texts.set_language(language)
        try:
            with open_window(load_example("rings")) as hand:
                hand.window.resize(1366, 768)
                hand.wait(lambda: hand.window.width() == 1366, 5)
                bar = hand.window.actions_.toolbar
                assert bar.sizeHint().width() <= 1366
                dial = hand.window.bench.steering.dial
                assert dial.isVisible() and dial.slider.width() >= 140
        finally:
            texts.set_language("en")
