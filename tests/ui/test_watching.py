"""A run as it is seen: maps, neurons, health, runs, results, reports, by mouse and keys."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtTest import QTest

from nnstudio.document.edits import SetNotes, SetParam
from nnstudio.engine import keeper, trainer, watcher
from nnstudio.engine.states import State
from nnstudio.session.examples import load_example
from nnstudio.ui.training.steering import UntilDialog
from nnstudio.ui.training.sweep_dialog import SweepDialog
from tests.e2e.hand import LEFT, Hand, open_window
from tests.e2e.loops import settled
from tests.helpers import chain, choice

pytestmark = pytest.mark.usefixtures("qtbot")


def train(hand: Hand) -> None:
    hand.compiled()
    hand.press(hand.window.actions_["run"])
    hand.state(State.FINISHED)
    settled()


def test_neurons_are_planes_and_hovering_one_shows_it_large() -> None:
    with open_window(load_example("rings")) as hand:
        window = hand.window
        window.bench.panels.show("decision")
        hand.wait(window.bench.panels.view("decision").none.isVisible)
        train(hand)
        card = window.bench.parts.scene.cards["h1"]
        assert (
            window.bench.panels.view("decision").shown == ("", -1)
            and not window.bench.panels.view("decision").none.isVisible()
            and "inner" in window.bench.panels.view("decision").key.text()
        )
        assert window.bench.panels.view("decision").which.count() == 1 + 32 + 16 + 2
        # The mouse on a neuron's picture, and away.
        spot = card.pos() + card.column.middle(2)
        QTest.mouseMove(window.bench.parts.canvas.viewport(), hand.pixel(spot))
        decision = window.bench.panels.view("decision")
        hand.wait(lambda: decision.shown == ("h1", 2) and "h1 · 3" in decision.key.text())
        QTest.mouseMove(window.bench.parts.canvas.viewport(), QPoint(3, 3))
        hand.wait(lambda: decision.shown == ("", -1))
        window.bench.panels.view("decision").which.setFocus()
        QTest.keyClick(window.bench.panels.view("decision").which, Qt.Key.Key_Down)
        assert window.bench.panels.view("decision").shown == ("h1", 0)
        middle = window.bench.panels.view("decision").chart.mapFromScene(QPointF(120, 120))
        QTest.mouseMove(window.bench.panels.view("decision").chart.viewport(), middle)
        assert "→" in window.bench.panels.view("decision").value.text()
        window.actions_["reset"].trigger()
        assert window.bench.panels.view("decision").none.isVisible()


def test_the_map_of_one_input_is_a_line_and_images_are_tiles() -> None:
    document = chain(
        ("linear", "h", {"units": 8, "activation": choice("tanh")}),
        ("linear", "o", {"units": 1}),
        data=choice("sine"),
        loss=choice("mse"),
        optimizer=choice("adam", learning_rate=0.02),
        epochs=20,
    )
    with open_window(document) as hand:
        window = hand.window
        window.bench.panels.show("decision")
        train(hand)
        assert (
            window.bench.panels.view("decision").chart._curves
            and not window.bench.panels.view("decision").chart._curves[0].path().isEmpty()
        )
    with open_window(load_example("digits")) as hand:
        train(hand)
        shown = hand.session.training.snapshot.pictures["conv1"]  # type: ignore[union-attr]
        assert (
            shown.tiles.shape == (16, 8, 8)
            and len(hand.window.bench.parts.scene.cards["conv1"].column.frame.middles) == 8
        )


def test_a_finding_is_told_tried_on_a_copy_and_silenced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watcher, "VITALS_SECONDS", 0.0)
    monkeypatch.setattr(trainer, "LOOK_SECONDS", 0.0)
    document = chain(
        ("linear", "h", {"units": 8, "activation": choice("relu"), "bias_initializer": choice("constant", value=-6.0)}),
        ("linear", "o", {"units": 2}),
        data=choice("rings"),
        loss=choice("cross_entropy"),
        optimizer=choice("adam", learning_rate=0.05),
        epochs=30,
    )
    with open_window(document) as hand:
        window = hand.window
        window.bench.panels.show("health")
        train(hand)
        hand.wait(lambda: window.bench.panels.view("health").cards)
        card = next(c for c in window.bench.panels.view("health").cards if c.problem.what.key == "watch.dead.what")
        assert (
            "(" in window.bench.panels.dock_of["health"].windowTitle()
            and window.bench.panels.view("health").strips._rows
        )
        assert card.attempt is not None
        runs = hand.session.runs
        QTest.mouseClick(card.attempt, LEFT)
        (copy,) = [run for run in runs.items.values() if run.name == "mended copy"]
        hand.wait(lambda: runs.items[copy.id].over)
        assert runs.items[copy.id].state == "finished" and runs.items[copy.id].shown
        hand.panel("curves")
        hand.wait(lambda: any("mended copy" in other.name for other, _ in window.bench.panels.view("curves")._others))
        hand.panel("health")
        before = hand.session.document
        QTest.mouseClick(card.mend, LEFT)
        assert hand.session.document != before
        window.bench.selecting.undo()
        assert hand.session.document == before
        QTest.mouseClick(card.quiet, LEFT)
        assert "watch.dead.what" not in {c.problem.what.key for c in window.bench.panels.view("health").cards}


def test_runs_are_compared_renamed_grouped_copied_and_taken_over() -> None:
    with open_window(load_example("xor")) as hand:
        window, runs = hand.window, hand.session.runs
        window.bench.panels.show("runs")
        train(hand)
        hand.session.apply(SetParam("hidden", ("units",), 3))
        train(hand)
        model = window.bench.panels.view("runs").model
        assert [row.differs for row in model.rows] == ["hidden · Units = 4", ""]
        assert [other.name for other, _ in hand.panel("curves")._others] == ["#1 (hidden · Units = 4)"]
        hand.panel("runs")
        model.setData(model.index(0, 0), "four units")
        assert runs.items[1].name == "four units"
        model.setData(model.index(0, 0), Qt.CheckState.Unchecked, Qt.ItemDataRole.CheckStateRole)
        assert not hand.panel("curves")._others
        hand.panel("runs").filter.setText("four")
        assert window.bench.panels.view("runs").sorted.rowCount() == 1
        window.bench.panels.view("runs").filter.setText("")
        window.bench.panels.view("runs").table.selectRow(0)
        QTest.mouseClick(window.bench.panels.view("runs").pin, LEFT)
        assert runs.items[1].pinned and model.text(model.rows[0], 0).startswith("★")
        QTest.mouseClick(window.bench.panels.view("runs").take, LEFT)
        assert hand.session.document.by_id["hidden"].params["units"] == 4
        window.bench.selecting.undo()
        assert hand.session.document.by_id["hidden"].params["units"] == 3
        QTest.mouseClick(window.bench.panels.view("runs").csv, LEFT)
        lines = QGuiApplication.clipboard().text().splitlines()
        assert len(lines) == 3 and lines[0].startswith("Name,") and "four units" in lines[1]
        # The curves themselves: a line for each epoch, full numbers.
        QTest.mouseClick(window.bench.panels.view("curves").copy, LEFT)
        lines = QGuiApplication.clipboard().text().splitlines()
        assert (
            len(lines) == 301
            and lines[0].startswith("epoch,")
            and float(lines[-1].split(",")[2]) == hand.session.training.records[-1]["train_loss"]
        )
        # New start weights for the next run: the seed is an edit, and both runs become one line.
        window.actions_["fresh"].setChecked(True)
        train(hand)
        assert hand.session.document.training["seed"] == 1
        window.bench.panels.view("runs").together.setChecked(True)
        assert (
            len(model.rows) == 2
            and "2 seeds" in {row.seed for row in model.rows}
            and "±" in model.text(model.rows[1], 4)
        )
        window.bench.panels.view("runs").together.setChecked(False)
        window.bench.panels.view("runs").table.selectRow(0)
        window.bench.panels.view("runs").table.setFocus()
        QTest.keyClick(window.bench.panels.view("runs").table, Qt.Key.Key_Delete)
        assert 1 not in runs.items


def test_a_sweep_is_asked_for_and_runs_beside() -> None:
    with open_window(load_example("xor")) as hand:
        window = hand.window
        hand.compiled()
        hand.session.apply(SetParam("hidden", ("units",), 2))
        dialog = SweepDialog(hand.session.document, 1, window)
        dialog.show()
        dialog.seeds.setValue(2)
        dialog.axes[0].values.setText("a; b")
        assert not dialog.start.isEnabled() and "no list of numbers" in dialog.count.text()
        dialog.axes[0].values.setText("0.5; 0,1")
        assert dialog.start.isEnabled() and dialog.count.text() == "4 runs"
        QTest.mouseClick(dialog.start, LEFT)
        window.bench.comparing.sweep(dialog.documents)
        dialog.deleteLater()
        hand.wait(lambda: hand.session.runs.busy == (0, 0), 120)
        assert len(window.bench.panels.view("runs").model.rows) == 4 and all(
            run.state == "finished" for run in hand.session.runs.items.values()
        )


def test_samples_are_looked_through_and_stepped_into() -> None:
    with open_window(load_example("digits")) as hand:
        window, results = hand.window, hand.window.bench.panels.view("results")
        window.bench.panels.show("results")
        train(hand)
        hand.wait(lambda: results.review is not None)
        rows = results.samples.rows
        losses = {int(r): float(v) for r, v in zip(results.review.rows, results.review.loss, strict=True)}  # type: ignore[union-attr]
        assert [losses[r] for r in rows] == sorted((losses[r] for r in rows), reverse=True)
        # A cell of the matrix opens its samples: as many as it counts.
        square = hand.session.training.report["metrics"]["validation"]["confusion"]  # type: ignore[index]
        at = results.confusion.visualItemRect(results.confusion.item(2, 2)).center()
        QTest.mouseClick(results.confusion.viewport(), LEFT, pos=at)
        assert results.tabs.currentWidget() is results.samples and len(results.samples.rows) == square[2][2]
        QTest.mouseClick(results.samples.walk, LEFT)
        hand.wait(lambda: hand.session.stepping.shown is not None)
        assert hand.session.stepping.shown.sample == results.samples.rows[0]  # type: ignore[union-attr]


def test_roc_of_two_classes_and_predicted_against_true() -> None:
    from nnstudio.engine.samples import roc

    scores, positive = np.array([0.9, 0.8, 0.8, 0.3, 0.1]), np.array([True, True, False, True, False])
    pairs = [(a > b) + 0.5 * (a == b) for a in scores[positive] for b in scores[~positive]]
    assert roc(scores, positive)[2] == pytest.approx(np.mean(pairs))
    assert np.isnan(roc(scores, np.ones(5, bool))[2])
    with open_window(load_example("rings")) as hand:
        window = hand.window
        window.bench.panels.show("results")
        train(hand)
        hand.wait(lambda: window.bench.panels.view("results").review is not None)
        assert "AUC 1.0" in window.bench.panels.view("results").tabs.tabText(2)


def test_training_until_speed_and_the_best_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "COPY_SECONDS", 0.0)
    with open_window(load_example("rings")) as hand:
        window = hand.window
        hand.compiled()
        dialog = UntilDialog(window)
        dialog._accept()
        assert "at least one goal" in dialog.said.text()
        dialog.set("accuracy", "nonsense")
        dialog._accept()
        assert "is not a number" in dialog.said.text() and dialog.goal is None
        dialog._rows["accuracy"][0].setChecked(False)
        dialog.set("epochs", "2")
        dialog._accept()
        assert dialog.goal is not None
        window.bench.steering.until(dialog.goal)
        dialog.deleteLater()
        hand.state(State.PAUSED)
        hand.wait(lambda: "2 epochs are done" in window.bench.parts.toast.text())
        assert len(hand.session.training.records) == 2
        window.bench.steering.pace(5.0)
        hand.press(window.actions_["run"])
        hand.state(State.RUNNING)
        # The rate is turned while it runs, in the form on the right.
        hand.session.apply(SetParam("optimizer", ("optimizer", "learning_rate"), 0.05))
        hand.wait(lambda: "took it over" in window.bench.parts.toast.text())
        window.bench.steering.pace(None)
        hand.press(window.actions_["run"])
        hand.state(State.PAUSED)
        window.actions_["best"].trigger()
        hand.wait(lambda: hand.session.training.journal and "best" in hand.session.training.journal[-1])


def test_a_report_and_pictures_of_views(tmp_path: Path) -> None:
    with open_window(load_example("iris")) as hand:
        window = hand.window
        train(hand)
        hand.session.apply(SetNotes("", "I saw <three> species."))
        assert window.bench.report.write(tmp_path / "r.html") and window.bench.report.write(tmp_path / "r.pdf")
        page = (tmp_path / "r.html").read_text(encoding="utf-8")
        final = hand.session.training.report["final"]["val_accuracy"]  # type: ignore[index]
        assert (
            "&lt;three&gt;" in page
            and page.count("data:image/png;base64") == 3
            and f"{final:#.4g}".rstrip(".") in page
            and "http" not in page
        )
        assert (tmp_path / "r.pdf").read_bytes().startswith(b"%PDF")
        for name in ("", "curves", "health", "decision", "window"):
            assert window.bench.report.save_picture(
                name, tmp_path / f"{name or 'net'}.svg"
            ) and window.bench.report.save_picture(name, tmp_path / f"{name or 'net'}.png")
            assert (
                QSvgRenderer(str(tmp_path / f"{name or 'net'}.svg")).isValid()
                and not QImage(str(tmp_path / f"{name or 'net'}.png")).isNull()
            )
        # The whole desk is as wide as the window, twice as sharp.
        assert QImage(str(tmp_path / "window.png")).width() == 2 * window.width()
        assert (
            not window.bench.report.write(tmp_path / "no" / "folder" / "r.html")
            and "r.html" in window.bench.parts.toast.text()
        )


def test_an_interrupted_run_is_offered_again() -> None:
    with open_window(load_example("rings")) as hand:
        hand.compiled()
        # Slowly enough to be interrupted on any machine.
        hand.session.helm.speed.set(200.0)
        hand.press(hand.window.actions_["run"])
        hand.wait(lambda: len(hand.session.training.records) > 3)
        hand.session.pause()
        hand.state(State.PAUSED)
        epoch = len(hand.session.training.records)
    with open_window() as hand:
        welcome = hand.window.bench.parts.welcome
        from PySide6.QtWidgets import QPushButton

        button = next(b for b in welcome.findChildren(QPushButton) if "interrupted" in b.text())
        assert f"epoch {epoch}" in button.text()
        button.click()
        hand.state(State.PAUSED)
        assert len(hand.session.training.records) == epoch
        hand.press(hand.window.actions_["run"])
        hand.state(State.FINISHED)
        assert len(hand.session.training.records) == 50


def test_weights_stand_on_wires_and_attention_is_a_matrix() -> None:
    document = chain(
        ("embedding", "e", {"width": 8}),
        ("self_attention", "att", {}),
        ("flatten", "f", {}),
        ("linear", "o", {"units": 4}),
        data=choice("sequence_memory"),
        loss=choice("cross_entropy"),
        epochs=2,
    )
    with open_window(document) as hand:
        train(hand)
        shares = hand.session.training.snapshot.pictures["att"].tiles  # type: ignore[union-attr]
        np.testing.assert_allclose(shares.sum(axis=-1), 1.0, atol=1e-5)
        pixmaps = {wire.target: item._weights.pixmap() for wire, item in hand.window.bench.parts.scene.wires.items()}
        assert (
            not pixmaps["o"].isNull()
            and (pixmaps["o"].width(), pixmaps["o"].height()) == (32, 4)
            and pixmaps["f"].isNull()
        )


def test_a_painted_digit_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    from nnstudio.ui.data.ask_dialog import AskDialog
    from nnstudio.ui.data.pixel_dialog import PixelDialog

    with open_window(load_example("digits")) as hand:
        train(hand)
        dialog = AskDialog(hand.session.trained(), hand.window)

        def paint(pixels: PixelDialog) -> int:
            pixels.pixels.picture[1:7, 3:5] = 1.0
            return 1

        monkeypatch.setattr(PixelDialog, "exec", paint)
        dialog._paint()
        hand.wait(lambda: dialog.table.rowCount() == 1)
        assert dialog.table.item(0, 0).text() == "by hand" and dialog.table.item(0, 1).text() in set("0123456789")
        dialog.deleteLater()


def test_the_rate_stands_beside_the_loss_where_it_changes_and_accuracy_where_there_are_classes() -> None:
    with open_window(load_example("rings")) as hand:
        hand.compiled()
        view = hand.panel("curves")
        assert not view.plots[1].isHidden() and view.plots[2].isHidden()
        hand.session.run()
        hand.state("finished")
        hand.wait(lambda: not view.plots[2].isHidden())
        hand.wait(lambda: len(view._curves["learning_rate"].getData()[0]) == 50)
        epochs, rates = view._curves["learning_rate"].getData()
        assert rates[0] == pytest.approx(0.01) and rates[-1] == pytest.approx(0.000625)
        assert len(epochs) == 50
    with open_window(chain(("linear", "l", {"units": 1}), data=choice("sine"), loss=choice("mse"), epochs=3)) as hand:
        hand.compiled()
        view = hand.panel("curves")
        hand.wait(lambda: view.plots[1].isHidden())
        hand.session.run()
        hand.state("finished")
        assert view.plots[1].isHidden() and view.plots[2].isHidden()
