"""Stepping in the window with mouse and keys: inside layers, any sample, back through training, what if, and home with
it.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QModelIndex, QPoint, Qt, QUrl
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLineEdit

from nnstudio.document.numbers import number
from nnstudio.engine.states import State
from nnstudio.explain.typeset import svg_of, to_latex
from nnstudio.session.examples import load_example
from nnstudio.ui.data.pixel_dialog import PixelDialog
from tests.e2e.hand import LEFT, Hand, open_window, pause
from tests.e2e.loops import settled
from tests.helpers import chain, choice

pytestmark = pytest.mark.usefixtures("qtbot")
ALT = Qt.KeyboardModifier.AltModifier


def step(hand: Hand) -> None:
    """Press Step and wait until the step is shown and the run waits."""
    seen = hand.session.stepping.shown
    hand.window.bench.parts.timeline.go_last()
    hand.press(hand.window.actions_["step"])
    hand.wait(lambda: hand.session.stepping.shown is not None and hand.session.stepping.shown is not seen)
    hand.state(State.PAUSED)


def go(hand: Hand, phase: str, name: str, unit: int = -1) -> None:
    """To the stop of a step or parameter."""
    trace = hand.window.bench.stepping.trace
    assert trace is not None
    hand.window.bench.parts.timeline.go_to(
        next(
            m
            for m in trace.moments
            if m.phase == phase and name in (m.parameter, m.step if not m.parameter else "") and m.unit == unit
        )
    )


def cell(hand: Hand, row: int, column: int) -> QPoint:
    table = hand.window.bench.panels.view("numbers").table
    return table.visualRect(table.model().index(row, column)).center()


def test_leaving_a_step_brings_the_view_back() -> None:
    with open_window() as hand:
        window = hand.window
        window.bench.files.open_example("rings")
        hand.compiled()
        canvas = window.bench.parts.canvas
        settled()
        assert canvas.fitted
        step(hand)
        window.bench.stepping.leave()
        # Everything was shown, and is.
        hand.wait(lambda: canvas.fitted and canvas.seen().contains(canvas.graph.content()))
        canvas.go_where(100.0, 60.0, 1.3)
        at_first = canvas.where()
        step(hand)
        window.bench.stepping.leave()
        hand.wait(lambda: canvas.where()[2] == pytest.approx(at_first[2], rel=1e-3))
        assert canvas.where() == pytest.approx(at_first, abs=3.0)
        # Of the training itself each layer has a picture, and each wire between layers its weights.
        hand.wait(lambda: window.session.training.snapshot is not None)
        hand.wait(lambda: any(card.strength for card in window.bench.parts.scene.cards.values()))
        hand.wait(lambda: not window.bench.parts.scene.cards["loss"]._cells)
        before = window.bench.parts.canvas.where()
        layers = [n.id for n in hand.session.document.nodes if window.bench.parts.scene.cards[n.id].strength]
        wires = [wire for wire, item in window.bench.parts.scene.wires.items() if not item._weights.pixmap().isNull()]
        assert wires and layers
        step(hand)
        go(hand, "loss", "")
        assert window.bench.parts.canvas.where() != before
        window.bench.stepping.leave()
        hand.wait(lambda: window.bench.parts.canvas.where() == pytest.approx(before, abs=3.0))
        assert not window.bench.parts.scene.cards["loss"]._cells
        assert [n.id for n in hand.session.document.nodes if window.bench.parts.scene.cards[n.id].strength] == layers
        assert [
            wire for wire, item in window.bench.parts.scene.wires.items() if not item._weights.pixmap().isNull()
        ] == wires


def test_a_project_opens_at_the_step_it_was_saved_at(tmp_path: Path) -> None:
    with open_window() as hand:
        hand.window.bench.files.open_example("backprop-2-2-2")
        hand.compiled()
        step(hand)
        QTest.mouseClick(hand.window.bench.parts.timeline.zoom, LEFT)
        go(hand, "update", "output.weight", 0)
        at, result = hand.window.bench.parts.timeline.slider.value(), hand.window.bench.parts.card.card.result  # type: ignore[union-attr]
        assert hand.window.bench.files.save_to(tmp_path / "stepped.nns")
    with open_window() as hand:
        hand.window.bench.files.open(str(tmp_path / "stepped.nns"))
        hand.wait(lambda: hand.session.stepping.shown is not None)
        hand.state(State.PAUSED)
        assert (
            hand.window.bench.parts.timeline.zoom.isChecked()
            and hand.window.bench.parts.timeline.slider.value() == at > 0
        )
        assert (
            hand.window.bench.parts.card.card is not None
            and hand.window.bench.parts.card.card.result == result == "0.35891648"
        )
        assert not hand.session.dirty and "step" not in hand.session.view


def test_from_the_example_to_why_w5_changes() -> None:
    """By clicks alone: the gallery, Step, Neurons, the update of w5, and back to where its gradient came from."""
    with open_window() as hand:
        window = hand.window
        window.bench.files.open_example("backprop-2-2-2")
        hand.compiled()
        step(hand)
        QTest.mouseClick(window.bench.parts.timeline.zoom, LEFT)
        assert window.bench.parts.timeline.slider.maximum() > 50
        go(hand, "update", "output.weight", 0)
        card = window.bench.parts.card.card
        assert (
            card is not None
            and card.result == "0.35891648"
            and ("change" in dict(card.facts))
            and f"{-dict(card.facts)['change']:.4f}" == "0.0411"
        )
        assert (
            "shrinks" in window.bench.parts.card.text.toPlainText()
            and "0.4000 → 0.3589" in window.bench.parts.scene.cards["output"]._tag.text.text()
        )
        QTest.mouseClick(window.bench.parts.card.back, LEFT)
        card = window.bench.parts.card.card
        assert card is not None and card.result == "0.082167041" and "should go down" in card.words
        QTest.mouseClick(window.bench.parts.card.check, LEFT)
        assert "They agree" in window.bench.parts.card.text.toPlainText()
        QTest.keyClick(window.bench.parts.timeline.slider, Qt.Key.Key_Left, ALT)
        assert (
            window.bench.parts.timeline.moment is not None
            and window.bench.parts.timeline.moment.step == "output_z"
            and not window.bench.parts.timeline.moment.parameter
        )
        QTest.keyClick(window.bench.parts.timeline.slider, Qt.Key.Key_Right, ALT)
        assert window.bench.parts.timeline.moment.parameter == "output.weight"
        marks = window.bench.panels.view("code").extraSelections()
        assert "output_z = self.output(hidden)" in marks[0].cursor.block().text()
        # All formulas are set once the timeline rests.
        hand.wait(
            lambda: not window.bench.parts.card._formulas.missing and "img" in window.bench.parts.card.text.toHtml(), 10
        )
        window.bench.parts.card.text.anchorClicked.emit(QUrl("copy:0.125"))
        assert QGuiApplication.clipboard().text() == "0.125"


def test_zooming_keeps_the_place_and_units_can_be_chosen() -> None:
    with open_window(load_example("xor")) as hand:
        window = hand.window
        hand.compiled()
        step(hand)
        go(hand, "backward", "hidden")
        QTest.keyClick(window.bench.parts.timeline.slider, Qt.Key.Key_Z)
        assert window.bench.parts.timeline.zoom.isChecked() and window.bench.parts.timeline.moment is not None
        assert (
            window.bench.parts.timeline.moment.phase,
            window.bench.parts.timeline.moment.step,
            window.bench.parts.timeline.moment.unit,
        ) == ("backward", "hidden", 0)
        window.bench.parts.card.unit.setValue(2)
        assert (
            window.bench.parts.timeline.moment.unit == 1
            and window.bench.parts.card.card is not None
            and window.bench.parts.card.card.unit == 1
        )
        assert window.bench.parts.scene.cards["hidden"].column.marked == 1
        QTest.keyClick(window.bench.parts.timeline.slider, Qt.Key.Key_PageDown)
        assert (
            window.bench.parts.timeline.moment.node != "hidden" or window.bench.parts.timeline.moment.phase == "update"
        )
        QTest.keyClick(window.bench.parts.timeline.slider, Qt.Key.Key_PageUp)
        assert window.bench.parts.timeline.moment.node == "hidden"
        QTest.keyClick(window.bench.parts.timeline.slider, Qt.Key.Key_Z)
        assert window.bench.parts.timeline.moment.unit == -1
        QTest.keyClick(window.bench.parts.timeline.slider, Qt.Key.Key_Escape)
        assert window.bench.parts.timeline.trace is None and not window.bench.parts.timeline.isVisible()


def test_playing_at_a_pace() -> None:
    with open_window(load_example("xor")) as hand:
        window = hand.window
        hand.compiled()
        step(hand)
        window.bench.parts.timeline.pace.setCurrentIndex(window.bench.parts.timeline.pace.count() - 1)
        QTest.keyClick(window.bench.parts.timeline.slider, Qt.Key.Key_Space)
        hand.wait(lambda: window.bench.parts.timeline.slider.value() >= 3, 10)
        QTest.keyClick(window.bench.parts.timeline.slider, Qt.Key.Key_Space)
        here = window.bench.parts.timeline.slider.value()
        pause(250)
        assert window.bench.parts.timeline.slider.value() == here


def test_any_sample_and_what_is_refused() -> None:
    with open_window(load_example("iris")) as hand:
        window = hand.window
        hand.compiled()
        hand.press(window.actions_["run"])
        hand.state(State.RUNNING)
        window.bench.trying.look()
        assert "Pause it first" in window.bench.parts.toast.text()
        hand.press(window.actions_["run"])
        hand.state(State.PAUSED)
        made = hand.session.stepping.reach
        window.actions_["look"].trigger()
        hand.wait(lambda: window.bench.parts.timeline.trace is not None)
        window.bench.parts.timeline.sample.setValue(77)
        hand.wait(
            lambda: window.bench.parts.timeline.trace is not None and window.bench.parts.timeline.trace.sample == 77
        )
        assert hand.session.stepping.reach == made
        window.bench.parts.timeline.sample.setValue(9999)
        assert "0 to 149" in window.bench.parts.toast.text() and window.bench.parts.timeline.sample.value() == 77


def test_training_steps_are_undone_and_made_again() -> None:
    with open_window(load_example("iris")) as hand:
        window, session = hand.window, hand.session
        hand.compiled()
        step(hand)
        first = dict(session.present_weights())
        step(hand)
        second = dict(session.present_weights())
        QTest.keyClick(window, Qt.Key.Key_F10, Qt.KeyboardModifier.ShiftModifier)
        hand.wait(lambda: session.stepping.reach is not None and session.stepping.reach.updates == 1)
        assert all(np.array_equal(first[name], value) for name, value in session.present_weights().items())
        # The step that was undone is shown.
        assert session.stepping.shown is not None and session.stepping.shown.update == 1
        np.testing.assert_array_equal(
            session.stepping.shown.parameters[
                "l1.weight"
                if "l1.weight" in session.stepping.shown.parameters
                else next(iter(session.stepping.shown.parameters))
            ].new,
            second[next(iter(session.stepping.shown.parameters))],
        )
        step(hand)
        assert all(np.array_equal(second[name], value) for name, value in session.present_weights().items())
        QTest.mouseClick(window.bench.parts.timeline.undo_update, LEFT)
        hand.wait(lambda: session.stepping.reach is not None and session.stepping.reach.updates == 1)
        window.bench.parts.timeline.past.setValue(0)
        hand.wait(lambda: session.stepping.reach is not None and session.stepping.reach.updates == 0)
        window.bench.trying.undo_update()
        assert "No training step" in window.bench.parts.toast.text()
        assert window.bench.parts.timeline._kept.text() == "update 0"


def test_a_finished_run_is_gone_back_in_and_its_curves_follow() -> None:
    document = chain(
        ("linear", "h", {"units": 4, "activation": choice("tanh")}),
        ("linear", "o", {"units": 1}),
        data=choice("xor"),
        loss=choice("bce_logits"),
        epochs=30,
        batch_size=2,
    )
    with open_window(document) as hand:
        window, session = hand.window, hand.session
        hand.compiled()
        hand.press(window.actions_["run"])
        hand.state(State.FINISHED)
        end, records = dict(session.present_weights()), list(session.training.records)
        window.bench.trying.undo_update()
        hand.state(State.PAUSED)
        hand.wait(lambda: session.stepping.reach is not None and session.stepping.reach.updates == 59)
        assert session.training.records == records[:29] and len(window.bench.panels.view("curves")._data["epoch"]) == 29
        hand.press(window.actions_["run"])
        hand.state(State.FINISHED)
        assert all(np.array_equal(end[name], value) for name, value in session.present_weights().items())
        assert [r["train_loss"] for r in session.training.records] == [r["train_loss"] for r in records]


def test_what_if_by_typing_into_the_table() -> None:
    with open_window(load_example("backprop-2-2-2")) as hand:
        window, session = hand.window, hand.session
        hand.compiled()
        step(hand)
        trained = dict(session.present_weights())
        for dock in window.bench.panels.docks:
            dock.raise_()
        hand.panel("numbers")
        settled()
        go(hand, "forward", "output_z")
        numbers = window.bench.panels.view("numbers")
        assert numbers.table.isVisible()
        numbers.which.setCurrentIndex(numbers.which.findText("output.weight"))
        QApplication.processEvents()
        assert "can be changed" in numbers.shape.text()
        before = session.stepping.shown
        assert before is not None

        def type_in(row: int, column: int, text: str) -> None:
            QTest.mouseClick(numbers.table.viewport(), LEFT, pos=cell(hand, row, column))
            QTest.mouseDClick(numbers.table.viewport(), LEFT, pos=cell(hand, row, column))
            editor = next(e for e in numbers.table.findChildren(QLineEdit))
            editor.selectAll()
            QTest.keyClicks(editor, text)
            QTest.keyClick(editor, Qt.Key.Key_Return)

        type_in(0, 0, "0,9")
        hand.wait(lambda: session.stepping.shown is not None and session.stepping.shown is not before)
        shown = session.stepping.shown
        assert shown is not None and shown.loss != before.loss and shown.parameters["output.weight"].old[0, 0] == 0.9
        assert (
            window.bench.parts.timeline.moment is not None
            and window.bench.parts.timeline.moment.step == "output_z"
            and "What if (1" in numbers._hint.text()
        )
        assert all(np.array_equal(trained[name], value) for name, value in session.present_weights().items())
        type_in(1, 0, "no number")
        hand.wait(lambda: bool(window.bench.parts.toast.text()))
        assert "is not a number" in window.bench.parts.toast.text() and session.stepping.shown is shown
        QTest.mouseClick(numbers.undo, LEFT)
        assert session.stepping.shown is not None and session.stepping.shown.loss == before.loss
        assert session.stepping.redo() and session.stepping.shown.loss == shown.loss
        QTest.mouseClick(numbers.keep, LEFT)
        hand.wait(lambda: session.present_weights()["output.weight"][0, 0] == 0.9)
        assert "by hand" in session.training.journal[-1] and not session.stepping.changes
        window.bench.trying.keep()
        assert "No weight was changed" in window.bench.parts.toast.text()
        # A change of the input, of the target, and one that has no numbers.
        session.stepping.change("x", 0, 1.0)
        session.stepping.change("target", 1, 0.0)
        session.stepping.forget_changes()
        window.bench.trying.change("nobody", 0, 1.0, False)
        assert "nobody" in window.bench.parts.toast.text()


def test_what_if_by_dragging_is_one_change_to_undo() -> None:
    with open_window(load_example("backprop-2-2-2")) as hand:
        session, numbers = hand.session, hand.window.bench.panels.view("numbers")
        hand.compiled()
        step(hand)
        hand.panel("numbers")
        settled()
        go(hand, "forward", "output_z")
        numbers.which.setCurrentIndex(numbers.which.findText("output.weight"))
        assert not numbers.drag.isEnabled()
        QTest.mouseClick(numbers.table.viewport(), LEFT, pos=cell(hand, 0, 1))
        assert numbers.drag.isEnabled()
        recorded = session.stepping.shown
        middle = numbers.drag.rect().center()
        QTest.mousePress(numbers.drag, LEFT, pos=middle)
        for pixels in (10, 20, 30):
            QTest.mouseMove(numbers.drag, middle + QPoint(pixels, 0))
        shown = session.stepping.shown
        assert shown is not None and recorded is not None and shown is not recorded
        value = shown.parameters["output.weight"].old[0, 1]
        assert value > 0.6 and shown.loss != recorded.loss and len(session.stepping.changes) == 1
        QTest.mouseRelease(numbers.drag, LEFT, pos=middle + QPoint(30, 0))
        assert (
            numbers.drag.value() == 0 and numbers.table.currentIndex().column() == 1 and session.stepping.shown is shown
        )
        # By the keyboard: every press goes on from where the number stands.
        numbers.drag.setFocus()
        QTest.keyClick(numbers.drag, Qt.Key.Key_Left)
        assert (
            session.stepping.shown is not None
            and session.stepping.shown.parameters["output.weight"].old[0, 1] < value
            and numbers.drag.value() == 0
        )
        QTest.mouseClick(numbers.undo, LEFT)
        QTest.mouseClick(numbers.undo, LEFT)
        assert (
            session.stepping.shown is not None
            and session.stepping.shown.loss == recorded.loss
            and not session.stepping.changes
        )


def test_the_sample_shows_its_picture_and_its_class_and_the_lit_card_is_in_sight() -> None:
    with open_window(load_example("digits")) as hand:
        window = hand.window
        hand.compiled()
        step(hand)
        trace = window.bench.stepping.trace
        assert trace is not None and trace.origin is not None
        assert window.bench.parts.timeline.face.isVisible() and not window.bench.parts.timeline.face.pixmap().isNull()
        assert window.bench.parts.timeline.target.text() == trace.classes[int(trace.origin.targets[0][trace.row])]
        card = window.bench.parts.scene.cards[
            window.bench.stage.local_id(window.bench.parts.timeline.moment.node) or ""
        ]
        canvas = window.bench.parts.canvas
        hand.wait(lambda: canvas.mapToScene(canvas.viewport().rect()).boundingRect().contains(card.sceneBoundingRect()))


def test_numbers_are_copied_whole() -> None:
    with open_window(load_example("backprop-2-2-2")) as hand:
        hand.compiled()
        step(hand)
        hand.panel("numbers")
        go(hand, "update", "hidden.weight")
        hand.window.bench.panels.view("numbers").copy_selection()
        rows = [[float(n) for n in row.split("\t")] for row in QGuiApplication.clipboard().text().split("\n")]
        np.testing.assert_array_equal(rows, hand.session.stepping.shown.parameters["hidden.weight"].old)  # type: ignore[union-attr]
        index = hand.window.bench.panels.view("numbers").model.index(0, 0, QModelIndex())
        assert hand.window.bench.panels.view("numbers").model.data(index, Qt.ItemDataRole.ToolTipRole) == "0.15"


def test_recurrent_layers_are_walked_gate_by_gate_and_through_time() -> None:
    with open_window(load_example("memory")) as hand:
        window = hand.window
        hand.compiled()
        step(hand)
        hand.panel("flow").time.setChecked(True)
        assert not window.bench.panels.view("flow").strip.bars
        QTest.mouseClick(window.bench.parts.timeline.zoom, LEFT)
        trace = window.bench.stepping.trace
        assert trace is not None and any("forget_gate" in m.step for m in trace.moments)
        assert [bar.name for bar in window.bench.panels.view("flow").strip.bars] == [f"h{t}" for t in range(8, 0, -1)]
        moment = next(m for m in trace.moments if "forget_gate" in m.step and m.phase == "backward")
        window.bench.parts.timeline.go_to(moment)
        card = window.bench.parts.card.card
        assert card is not None and any("fused operator" in note for note in card.notes)
        window.bench.panels.view("flow").time.setChecked(False)
        QTest.mouseClick(window.bench.panels.view("flow").keep, LEFT)
        assert window.bench.panels.view("flow").strip.kept and "Kept" in window.bench.panels.view("flow").said.text()
        QTest.mouseClick(window.bench.panels.view("flow").strip, LEFT, pos=QPoint(30, 8))
        QTest.mouseClick(window.bench.panels.view("flow").drop, LEFT)
        assert not window.bench.panels.view("flow").strip.kept


def test_the_loss_landscape_is_worked_out_beside_and_can_be_stopped() -> None:
    with open_window(load_example("rings")) as hand:
        window = hand.window
        hand.compiled()
        window.bench.panels.view("landscape").toggle()
        assert (
            "no trained weights" in window.bench.parts.toast.text().lower()
            or "train" in window.bench.parts.toast.text().lower()
        )
        step(hand)
        view = window.bench.panels.view("landscape")
        view.toggle()
        hand.wait(lambda: view.survey is None)
        assert "not yet two earlier weights" in view.said.text()
        view.kind.setCurrentIndex(view.kind.findData("random"))
        view.toggle()
        assert view.go.text() == "Stop"
        view.toggle()
        hand.wait(lambda: view.survey is None)
        assert view.said.text() == "Stopped." or view.map.found is not None
        view.kind.setCurrentIndex(view.kind.findData("weights"))
        view.first.setText("h1.weight[1]")
        view.second.setText("nonsense")
        view.toggle()
        assert "There is no such weight" in window.bench.parts.toast.text() and view.survey is None
        view.second.setText("h1.weight[99999]")
        view.toggle()
        hand.wait(lambda: view.survey is None)
        assert "There is no such weight" in view.said.text()
        view.second.setText("h1.bias[2]")
        view.toggle()
        hand.wait(lambda: view.survey is None and view.map.found is not None)
        assert view.map.found.loss.shape == (31, 31) and "training samples" in view.said.text()


def test_an_input_is_painted_and_stepped_through(monkeypatch: pytest.MonkeyPatch) -> None:
    with open_window(load_example("digits")) as hand:
        window = hand.window
        hand.compiled()
        step(hand)

        def paint(dialog: PixelDialog) -> int:
            dialog.show()
            dialog.pixels.clear()
            viewport = dialog.pixels
            QTest.mousePress(viewport, LEFT, pos=viewport.spot(2, 3).toPoint())
            QTest.mouseMove(viewport, viewport.spot(3, 3).toPoint())
            QTest.mouseRelease(viewport, LEFT, pos=viewport.spot(4, 3).toPoint())
            assert dialog.pixels.picture[2, 3] >= 0.9 and dialog.pixels.picture[6, 6] == 0
            QTest.mouseClick(viewport, Qt.MouseButton.RightButton, pos=viewport.spot(3, 3).toPoint())
            dialog.hide()
            return QDialog.DialogCode.Accepted

        monkeypatch.setattr(PixelDialog, "exec", paint)
        window.bench.panels.view("numbers").paint.click()
        trace = window.bench.parts.timeline.trace
        assert trace is not None and trace.own and len(trace.rows) == 1 and trace.values["x"].shape == (1, 1, 8, 8)
        assert "own sample" in window.bench.parts.timeline._where.text()


def test_the_walk_is_taken_home(tmp_path: Path) -> None:
    with open_window(load_example("backprop-2-2-2")) as hand:
        window = hand.window
        hand.compiled()
        assert not window.bench.walks.write(tmp_path / "none.html")
        step(hand)
        assert window.bench.walks.write(tmp_path / "walk.html")
        page = (tmp_path / "walk.html").read_text("utf-8")
        assert (
            page.count("<section>") == len(window.bench.stepping.trace.moments)
            and "0.35891648" in page
            and "src='formula" not in page
        )  # type: ignore[union-attr]
        assert window.bench.walks.write(tmp_path / "walk.pdf") and (tmp_path / "walk.pdf").read_bytes().startswith(
            b"%PDF"
        )
        assert window.bench.walks.write(tmp_path / "walk.gif")
        with Image.open(tmp_path / "walk.gif") as animation:
            assert animation.n_frames >= 16  # type: ignore[attr-defined]
        assert window.bench.walks.write(tmp_path / "walk.ipynb")
        assert json.loads((tmp_path / "walk.ipynb").read_text("utf-8"))["nbformat"] == 4
        for kind in ("html", "pdf", "gif", "ipynb"):
            assert not window.bench.walks.write(tmp_path / "missing" / f"walk.{kind}")
            assert "missing" in window.bench.parts.toast.text() or "walk" in window.bench.parts.toast.text()


@pytest.mark.parametrize(("language", "theme"), [("zh", "dark"), ("en", "light")])
def test_the_window_still_fits_a_small_laptop_while_stepping(language: str, theme: str) -> None:
    with open_window(load_example("iris"), language=language, theme_name=theme, size=(1366, 740)) as hand:
        hand.compiled()
        step(hand)
        hand.window.bench.parts.timeline.zoom.setChecked(True)
        settled()
        for dock in hand.window.bench.panels.docks:
            dock.raise_()
            settled()
        assert hand.window.width() == 1366 and hand.window.minimumSizeHint().width() <= 1366


def test_formulas_are_set_as_they_are_meant() -> None:
    assert to_latex("∂E/∂w = δ·x").startswith(r"\frac{\partial E}{\partial w}")
    assert to_latex("a / (b + c)") == r"\frac{a}{b + c}"
    assert to_latex("√(v̂) + ε") == r"\sqrt{\hat{v}} + \varepsilon"
    assert (
        to_latex("W xᵀ") == "W x^{T}"
        and to_latex("e^(−z)") == "e^{{-}z}"
        and to_latex("1.5e−05") == r"1.5\cdot 10^{-5}"
    )
    for odd in ("", ")", "(((", "a / ", "^^", "\\", "{}", "%&#$~", "√", "𝔘", "x₁₂₃,₄"):
        to_latex(odd)
        svg_of(odd or "x", 12.0, "#000000")


def test_training_and_evaluation_mode_of_the_same_step() -> None:
    """Batch norm and dropout: with the batch's own statistics, and as the network is used."""
    with open_window(load_example("iris")) as hand:
        hand.compiled()
        step(hand)
        recorded = hand.session.stepping.shown
        QTest.mouseClick(hand.window.bench.parts.timeline.evaluation, LEFT)
        shown = hand.session.stepping.shown
        assert (
            shown is not None
            and recorded is not None
            and shown.origin is not None
            and not shown.origin.training
            and shown.loss != recorded.loss
        )
        norm = next(
            m
            for m in hand.window.bench.stepping.trace.moments
            if hand.window.bench.stepping.trace.steps[m.step].form == "batch_norm"
        )  # type: ignore[union-attr]
        hand.window.bench.parts.timeline.go_to(norm)
        assert "learnt in training" in hand.window.bench.parts.card.text.toPlainText()
        QTest.mouseClick(hand.window.bench.parts.timeline.evaluation, LEFT)
        assert hand.session.stepping.shown is recorded and not hand.window.bench.parts.timeline.evaluation.isChecked()


def test_an_epochs_last_batch_is_shown_and_the_others_are_gone_back_to() -> None:
    with open_window(load_example("iris")) as hand:
        window, session = hand.window, hand.session
        hand.compiled()
        window.actions_["grain_epoch"].trigger()
        step(hand)
        trace = session.stepping.shown
        assert (
            trace is not None
            and trace.update == 7
            and session.stepping.reach is not None
            and session.stepping.reach.updates == 8
        )
        window.bench.parts.timeline.past.setValue(3)
        hand.wait(lambda: session.stepping.shown is not None and session.stepping.shown.update == 3)


def test_a_step_shows_the_weights_it_used_until_their_update() -> None:
    """The worked example: 0.40 leads from the first hidden neuron to the first output, and 0.3589 after the update."""
    with open_window(load_example("backprop-2-2-2")) as hand:
        window, scene = hand.window, hand.window.bench.parts.scene
        hand.compiled()
        step(hand)
        hand.wait(lambda: window.bench.stepping.trace is not None)
        trace = window.bench.stepping.trace
        assert trace is not None
        node = next(
            r.node for r in trace.parameters.values() if r.name == "weight" and abs(float(r.old[0, 0]) - 0.40) < 1e-12
        )
        window.bench.parts.timeline.go_to(trace.moments[-1])
        hand.wait(lambda: scene.cards[node].unfolded)
        seen: dict[str, set[str]] = {}
        for moment in trace.moments:
            window.bench.parts.timeline.go_to(moment)
            matrices = window.bench.shown.weights()[0]  # type: ignore[index]
            assert window.bench.watching._weights is matrices
            (curves,) = [curves for wire, curves in scene.curves.items() if wire.target == node]
            first = curves.bundle.values[(curves.bundle.rows == 0) & (curves.bundle.cols == 0)]
            assert first == pytest.approx(matrices[node][0, 0]), "the curve is drawn with the weight of this stop"
            said = number(float(first[0]))
            assert said in ("0.4000", "0.3589")
            seen.setdefault(moment.phase, set()).add("new" if said == "0.3589" else "old")
        assert seen["forward"] == seen["loss"] == seen["backward"] == {"old"} and seen["update"] == {"old", "new"}
        window.bench.stepping.leave()
        assert window.bench.watching._weights is hand.session.training.snapshot.weights  # type: ignore[union-attr]


def test_a_stroke_in_a_name_is_no_mark_in_a_formula() -> None:
    """What is set is what is written: no backslash, whatever LaTeX would need."""
    from latex2mathml.converter import convert

    from nnstudio.explain import typeset

    for text, word in (("h1_z₁ = 0.66", "h1_z"), ("∂E/∂h2_z₁", "h2_z"), ("a_b_c²", "a_b_c")):
        set_ = convert(typeset.settable(text))
        assert f"<mtext>{word}</mtext>" in set_ and "\\" not in set_, text
        assert typeset.svg_of(text, 24, "#000000") is not None
