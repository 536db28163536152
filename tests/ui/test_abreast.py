"""Networks side by side: one Run, one camera, and every run is that which the network alone would make."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint
from PySide6.QtTest import QTest

from nnstudio.catalog.registry import CATALOG
from nnstudio.document import storage
from nnstudio.document.edits import SetParam, SetTraining
from nnstudio.document.values import Document
from nnstudio.engine.events import EpochDone
from nnstudio.engine.states import State
from nnstudio.engine.trainer import Trainer
from nnstudio.session.examples import load_example
from nnstudio.session.session import Session
from nnstudio.session.settings import Settings, save_settings
from tests.e2e.hand import LEFT, Hand, open_window
from tests.helpers import finish, sound
from tests.ui.test_look import application  # noqa: F401

pytestmark = pytest.mark.drawn


def short(**training: Any) -> Document:
    document = load_example("rings")
    for name, value in {"epochs": 4, **training}.items():
        document = SetTraining((name,), value).apply(document, CATALOG)
    return document


def view_of(hand: Hand) -> Any:
    return hand.window.bench.parts.abreast


def side_by_side(hand: Hand, *seeds: int) -> None:
    """Set copies of the network beside, and give that on the canvas other seeds one after the other."""
    hand.compiled()
    hand.window.bench.desks.go("compare")
    for seed in seeds:
        QTest.mouseClick(view_of(hand).keep, LEFT)
        hand.window.bench.parts.stage.propose(SetTraining(("seed",), seed))
    hand.wait(lambda: hand.session.meaning.lowered is not None)
    ready = view_of(hand).cells.values()
    hand.wait(lambda: all(cell.neighbour.meaning.drawn is not None for cell in ready))


def alone(document: Document) -> list[float]:
    """The losses of a run without a window."""
    _, events = finish(Trainer(sound(document), device="cpu", snapshots=False))
    return [event.record["train_loss"] for event in events if isinstance(event, EpochDone)]


def test_one_run_trains_all_as_each_would_train_alone() -> None:
    with open_window(short()) as hand:
        side_by_side(hand, 5, 9)
        cells = list(view_of(hand).cells.values())
        assert len(cells) == 2 and all(cell.isVisible() for cell in cells)
        hand.press(hand.window.actions_["run"])
        runs = [hand.session.training, *(cell.neighbour.training for cell in cells)]
        hand.wait(lambda: all(run.state is State.FINISHED for run in runs))
        for run, seed in zip(runs, (9, 0, 5), strict=True):
            np.testing.assert_allclose(
                [record["train_loss"] for record in run.records], alone(short(seed=seed)), rtol=1e-5
            )
        # Their lines are among those that are compared, in the colours of their heads.
        listed = {run.name: run for run in hand.session.runs.items.values()}
        assert [listed[cell.neighbour.name].state for cell in cells] == [State.FINISHED] * 2

        def drawn() -> dict[str, str]:
            return {other.name: other.color for other in hand.window.bench.feeds.newest("others")[0]}

        names = [cell.neighbour.name for cell in cells]
        hand.wait(lambda: all(any(title.startswith(name) for title in drawn()) for name in names))
        others = drawn()
        for cell in cells:
            color = next(color for title, color in others.items() if title.startswith(cell.neighbour.name))
            assert color in cell.head._dot.styleSheet()
            assert "epoch 4 / 4" in cell.head.stands.text()
            assert "Seed" in cell.head.differs.text()
        # What is drawn beside is what the neighbour has.
        shown = cells[0].view.graph._drawn["h1"][1][0]
        np.testing.assert_allclose(shown.values, runs[1].snapshot.pictures["h1"].values)


def test_pause_and_reset_are_for_all_and_on_other_desks_it_trains_alone() -> None:
    with open_window(short(epochs=100_000)) as hand:
        side_by_side(hand, 5)
        (cell,) = view_of(hand).cells.values()
        own, other = hand.session.training, cell.neighbour.training
        hand.press(hand.window.actions_["run"])
        hand.wait(lambda: own.state is State.RUNNING and other.state is State.RUNNING)
        hand.press(hand.window.actions_["run"])
        hand.wait(lambda: own.state is State.PAUSED and other.state is State.PAUSED)
        assert hand.session.abreast.going is False
        hand.press(hand.window.actions_["run"])
        hand.wait(lambda: own.state is State.RUNNING and other.state is State.RUNNING)
        hand.press(hand.window.actions_["reset"])
        hand.wait(lambda: own.state is State.IDLE and other.state is State.IDLE)
        assert "not trained" in cell.head.stands.text()
        # A single update by hand is made by all.
        hand.window.bench.running._step_all("batch")
        hand.wait(lambda: own.state is State.PAUSED and other.state is State.PAUSED)
        hand.wait(lambda: other.snapshot is not None and other.snapshot.updates == 1)
        hand.press(hand.window.actions_["reset"])
        hand.window.bench.desks.go("watch")
        assert not cell.isVisible() and view_of(hand).bar.isHidden()
        hand.press(hand.window.actions_["run"])
        hand.wait(lambda: own.state is State.RUNNING and own.snapshot is not None)
        assert other.state is State.IDLE


def test_one_camera_looks_at_all_and_each_can_be_looked_at_alone() -> None:
    with open_window(short()) as hand:
        side_by_side(hand, 5, 6)
        view, canvas = view_of(hand), hand.window.bench.parts.canvas
        first, second = (cell.view for cell in view.cells.values())
        canvas.zoom_by(1.4)
        for other in (first, second):
            assert other.where() == pytest.approx(canvas.where(), abs=2.0) and other.zoom == canvas.zoom
        # A hand drags one: all go along.
        QTest.mousePress(first.viewport(), LEFT, pos=QPoint(60, 60))
        QTest.mouseMove(first.viewport(), QPoint(100, 90))
        QTest.mouseRelease(first.viewport(), LEFT, pos=QPoint(100, 90))
        assert canvas.where() == pytest.approx(first.where(), abs=2.0)
        view.tied.setChecked(False)
        before = canvas.where()
        second.zoom_by(0.5)
        assert canvas.where() == before
        QTest.mouseDClick(second.viewport(), LEFT, pos=QPoint(30, 30))
        assert second.fitted and second.seen().contains(second.graph.content())


def test_three_stand_beside_and_no_more() -> None:
    with open_window(short()) as hand:
        side_by_side(hand, 1, 2, 3)
        view = view_of(hand)
        assert not view.keep.isEnabled() and "three" in view.hint.text()
        hand.window.bench.comparing.set_beside([short(), short()], ["a", "b"])
        assert "0 of 2" in hand.window.bench.parts.toast.text()
        first = next(iter(view.cells.values()))
        QTest.mouseClick(first.head.away, LEFT)
        assert len(view.cells) == 2 == len(hand.session.abreast.neighbours) and view.keep.isEnabled()
        # Another project has neighbours of its own.
        hand.session.new(load_example("xor"))
        assert not view.cells and not hand.session.abreast.neighbours


def test_what_cannot_be_set_beside_is_said(tmp_path: Path) -> None:
    with open_window(short()) as hand:
        hand.compiled()
        comparing, toast = hand.window.bench.comparing, hand.window.bench.parts.toast
        for name, content in (("no.nns", b"nonsense"), ("gone.nns", None)):
            if content is not None:
                (tmp_path / name).write_bytes(content)
            comparing.set_file_beside(tmp_path / name)
            assert toast.text() and not view_of(hand).cells
        storage.save(tmp_path / "blank.nns", Document())
        comparing.set_file_beside(tmp_path / "blank.nns")
        assert "no network" in toast.text()
        # Other data is said, and a network that has a problem as well.
        storage.save(tmp_path / "xor.nns", load_example("xor"))
        comparing.set_file_beside(tmp_path / "xor.nns")
        (cell,) = view_of(hand).cells.values()
        assert cell.head.differs.text().startswith("other data!")
        wrong = SetParam("out", ("units",), 7).apply(short(), CATALOG)
        comparing.set_beside([wrong], ["wrong"])
        bad = list(view_of(hand).cells.values())[1]
        hand.wait(lambda: bad.head.stands.text() == "does not train")
        assert "7" in bad.head.stands.toolTip()
        hand.window.bench.desks.go("compare")
        hand.press(hand.window.actions_["run"])
        hand.wait(lambda: cell.neighbour.training.state in (State.RUNNING, State.FINISHED))
        assert bad.neighbour.training.state is State.IDLE


def test_runs_of_the_table_are_set_beside() -> None:
    with open_window(short()) as hand:
        hand.compiled()
        hand.press(hand.window.actions_["run"])
        hand.state(State.FINISHED)
        table = hand.panel("runs")
        table.table.selectRow(0)
        assert table.set_beside.isEnabled()
        QTest.mouseClick(table.set_beside, LEFT)
        assert hand.window.bench.desks.now == "compare"
        (cell,) = view_of(hand).cells.values()
        assert cell.neighbour.name == "#1" and cell.head.differs.text() == "the same network"


def test_they_stay_when_the_language_changes(application: Any) -> None:  # noqa: F811
    save_settings(Settings(theme="light", language="en"))
    session = Session(short(epochs=100_000))
    running = application(session)
    hand = Hand(running.window)
    side_by_side(hand, 5)
    hand.press(hand.window.actions_["run"])
    (neighbour,) = session.abreast.neighbours.values()
    hand.wait(lambda: neighbour.training.state is State.RUNNING and neighbour.training.snapshot is not None)
    running.window.appearance.switch_language()
    later = Hand(running.window)
    (cell,) = view_of(later).cells.values()
    assert cell.neighbour is neighbour and cell.isVisible() and neighbour.training.state is State.RUNNING
    later.wait(lambda: cell.view.graph.cards["h1"].strength == 1.0)


def test_nothing_goes_on_when_the_window_closes() -> None:
    with open_window(short(epochs=100_000)) as hand:
        side_by_side(hand, 5, 6)
        hand.press(hand.window.actions_["run"])
        hand.wait(lambda: hand.session.abreast.going)
        kept = [one.training for one in hand.session.abreast.neighbours.values()]
        trainers = [run.trainer for run in kept]
        assert hand.session.close()
        assert not any(trainer.alive for trainer in trainers if trainer is not None)


# -- what fresh eyes found --------------------------------------------------------------------


def test_what_nobody_saw_is_there_when_one_looks_again() -> None:
    with open_window(short()) as hand:
        side_by_side(hand, 5)
        (cell,) = view_of(hand).cells.values()
        hand.press(hand.window.actions_["run"])
        hand.window.bench.desks.go("build")
        hand.wait(lambda: cell.neighbour.training.state is State.FINISHED)
        hand.wait(lambda: hand.session.training.state is State.FINISHED)
        hand.window.bench.desks.go("compare")
        assert "epoch 4 / 4" in cell.head.stands.text()
        shown = cell.view.graph._drawn["h1"][1][0]
        np.testing.assert_allclose(shown.values, cell.neighbour.training.snapshot.pictures["h1"].values)


def test_a_finished_neighbour_is_drawn_in_a_new_window_and_all_is_seen(application: Any) -> None:  # noqa: F811
    save_settings(Settings(theme="light", language="en"))
    session = Session(short())
    running = application(session)
    hand = Hand(running.window)
    side_by_side(hand, 5)
    hand.press(hand.window.actions_["run"])
    (neighbour,) = session.abreast.neighbours.values()
    hand.wait(lambda: neighbour.training.state is State.FINISHED and session.training.state is State.FINISHED)
    hand.window.bench.parts.scene.wished["h1"] = False
    hand.window.bench.parts.scene.redraw(["h1"])
    hand.window.show_all()
    running.window.appearance.switch_language()
    later = Hand(running.window)
    (cell,) = view_of(later).cells.values()
    assert "h1" in cell.view.graph._drawn and cell.view.graph.cards["h1"].strength == 1.0
    scene, canvas = later.window.bench.parts.scene, later.window.bench.parts.canvas
    later.wait(lambda: canvas.fitted and canvas.seen().contains(scene.content()))
    later.wait(lambda: cell.view.seen().contains(cell.view.graph.content()))
    assert not scene.cards["h1"].unfolded and scene.cards["h2"].unfolded


def test_four_fit_a_laptop_and_stand_in_two_rows_where_there_is_room() -> None:
    with open_window(short()) as hand:
        hand.window.resize(1366, 768)
        side_by_side(hand, 11, 22, 33)
        hand.press(hand.window.actions_["run"])
        hand.state(State.FINISHED)
        hand.wait(lambda: hand.window.width() <= 1366)
        view = view_of(hand)
        tops = {cell.geometry().top() for cell in view.cells.values()}
        assert len(tops) == 1
        hand.window.resize(1920, 1600)
        hand.wait(lambda: len({cell.geometry().top() for cell in view.cells.values()}) == 2)
        hand.window.resize(1366, 768)
        hand.wait(lambda: len({cell.geometry().top() for cell in view.cells.values()}) == 1)


def test_runs_of_neighbours_are_theirs_alone() -> None:
    with open_window(short(epochs=100_000)) as hand:
        side_by_side(hand, 5)
        (neighbour,) = hand.session.abreast.neighbours.values()
        hand.press(hand.window.actions_["run"])
        hand.wait(lambda: len(neighbour.training.records) > 1)
        runs = hand.session.runs
        runs.cancel()
        runs.delete([neighbour.number])
        assert runs.items[neighbour.number].state is State.RUNNING
        # When the network on the canvas is done the button pauses those that go on.
        hand.session.training.going.stop()
        hand.state(State.STOPPED)
        hand.wait(lambda: hand.window.actions_["run"].text() == "Pause")
        hand.press(hand.window.actions_["run"])
        hand.wait(lambda: neighbour.training.state is State.PAUSED)
        hand.wait(lambda: hand.window.actions_["run"].text() != "Pause")


def test_one_that_was_taken_away_is_let_go() -> None:
    with open_window(short(epochs=100_000)) as hand:
        side_by_side(hand, 5)
        hand.press(hand.window.actions_["run"])
        hand.wait(lambda: hand.session.abreast.going)
        (number,) = hand.session.abreast.neighbours
        hand.session.abreast.remove(number)
        hand.wait(lambda: not hand.session.abreast._retired)


def test_names_of_inputs_are_no_other_data() -> None:
    with open_window(short()) as hand:
        side_by_side(hand, 5)
        (cell,) = view_of(hand).cells.values()
        data = next(node.id for node in hand.session.document.nodes if node.kind == "data")
        hand.window.bench.parts.stage.propose(SetParam(data, ("names",), ("a", "b")))
        assert "other data" not in cell.head.differs.text() and "names" not in cell.head.differs.text()
