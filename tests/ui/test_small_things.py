"""Small things that were in the way: each is done with the hand."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QHelpEvent, QImage, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QMessageBox, QToolTip

from nnstudio.catalog.registry import CATALOG
from nnstudio.document.edits import AddNode, RenameNode, SetParam, SetTraining
from nnstudio.document.values import COMMENT, Params
from nnstudio.engine.states import State
from nnstudio.session.examples import load_example
from nnstudio.ui.canvas.wire import curve
from nnstudio.ui.kit import theme
from nnstudio.ui.kit.plain_plot import plain_plot
from tests.e2e.hand import LEFT, open_window, pause
from tests.e2e.loops import settled
from tests.helpers import choice

pytestmark = [pytest.mark.usefixtures("qtbot"), pytest.mark.qt_log_ignore("This plugin does not support")]


@pytest.mark.parametrize("name", ["light", "dark", "contrast"])
def test_the_entry_under_the_mouse_can_be_read(name: str) -> None:
    with open_window(load_example("xor"), theme_name=name) as hand:
        hand.window.bench.parts.scene.select(
            {"hidden"}
            if "hidden" in hand.window.bench.parts.scene.cards
            else {next(iter(hand.window.bench.parts.scene.cards))}
        )
        box = next(
            w for w in hand.window.bench.parts.inspector.findChildren(QComboBox) if w.isVisible() and w.count() > 3
        )
        box.showPopup()
        view = box.view()
        hand.wait(view.isVisible)
        settled()
        row = view.visualRect(view.model().index(2, 0))
        spot = QPointF(row.center())
        QApplication.sendEvent(
            view.viewport(),
            QMouseEvent(
                QEvent.Type.MouseMove,
                spot,
                view.viewport().mapToGlobal(spot),
                Qt.MouseButton.NoButton,
                Qt.MouseButton.NoButton,
                Qt.KeyboardModifier.NoModifier,
            ),
        )
        settled()
        image = view.viewport().grab(row).toImage().convertToFormat(QImage.Format.Format_RGB32)
        seen = (
            np.array(image.constBits())
            .reshape(image.height(), image.bytesPerLine() // 4, 4)[:, : image.width(), :3]
            .astype(int)
        )
        colors, counts = np.unique(seen.reshape(-1, 3), axis=0, return_counts=True)
        ground = colors[counts.argmax()]
        assert tuple(ground[::-1]) == QColor(theme.current().accent).getRgb()[:3], "the entry under the mouse is marked"
        # Letters stand out from it.
        assert np.abs(colors - ground).max() > 100
        box.hidePopup()
    theme.apply_theme(QApplication.instance(), "light")


def test_a_tip_stands_beside_the_list_it_belongs_to() -> None:
    with open_window(load_example("xor")) as hand:
        listing = hand.window.bench.parts.palette.list
        index = listing.model().index(1, 0)
        spot = listing.visualRect(index).center()
        QApplication.sendEvent(
            listing.viewport(), QHelpEvent(QHelpEvent.Type.ToolTip, spot, listing.viewport().mapToGlobal(spot))
        )
        hand.wait(QToolTip.isVisible)
        assert index.data(Qt.ItemDataRole.ToolTipRole).split()[0] in QToolTip.text()
        tip = next(
            w for w in QApplication.topLevelWidgets() if w.metaObject().className() == "QTipLabel" and w.isVisible()
        )
        assert tip.geometry().left() >= listing.mapToGlobal(QPoint(listing.width(), 0)).x()
        QToolTip.hideText()


def test_a_run_of_an_example_is_left_without_a_question(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(
        QMessageBox, "exec", lambda self: asked.append(self.text()) or QMessageBox.StandardButton.Cancel
    )
    with open_window(SetTraining(("epochs",), 3).apply(load_example("xor"), CATALOG)) as hand:
        hand.compiled()
        hand.window.bench.running.toggle()
        hand.state(State.FINISHED)
        assert hand.session.dirty and hand.window.bench.files.may_leave() and not asked
        hand.window.bench.parts.palette.chosen.emit("dropout")
        assert not hand.window.bench.files.may_leave() and len(asked) == 1


def test_a_trained_project_of_ones_own_is_asked_about(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(
        QMessageBox, "exec", lambda self: asked.append(self.text()) or QMessageBox.StandardButton.Discard
    )
    with open_window(SetTraining(("epochs",), 3).apply(load_example("xor"), CATALOG)) as hand:
        hand.session.save(tmp_path / "a.nns")
        assert hand.window.bench.files.may_leave() and not asked
        hand.compiled()
        hand.window.bench.running.toggle()
        hand.state(State.FINISHED)
        assert hand.window.bench.files.may_leave() and len(asked) == 1


def test_a_click_on_the_timeline_goes_there() -> None:
    with open_window(load_example("xor")) as hand:
        hand.compiled()
        hand.window.bench.trying.look()
        hand.wait(lambda: hand.window.bench.parts.timeline.trace is not None)
        slider = hand.window.bench.parts.timeline.slider
        slider.setValue(0)
        QTest.mouseClick(slider, LEFT, pos=QPoint(slider.width() * 3 // 4, slider.height() // 2))
        assert abs(slider.value() - 0.75 * slider.maximum()) <= 1.5
        QTest.mouseClick(slider, LEFT, pos=QPoint(slider.width() - 2, slider.height() // 2))
        assert slider.value() == slider.maximum()


@pytest.mark.parametrize("gap", [0.0, 3.0, 12.0, 19.0, 25.0])
def test_a_wire_between_close_cards_stays_in_the_gap(gap: float) -> None:
    for down in (0.0, 15.0, 60.0):
        box = curve(QPointF(0, 0), QPointF(gap, down)).boundingRect()
        assert box.top() >= -1 and box.bottom() <= down + 1, "not around the cards"
        assert box.width() <= gap + 16


def test_a_card_lies_where_it_was_dropped_the_first_one_as_well() -> None:
    with open_window() as hand:
        hand.window.bench.parts.welcome.hide()
        view = hand.window.bench.parts.canvas
        for spot in (QPoint(120, 60), QPoint(600, 250), QPoint(300, 150)):
            place = view.mapToScene(spot)
            name = hand.drop("linear", place.x(), place.y())
            box = hand.window.bench.parts.scene.cards[name].sceneBoundingRect()
            assert view.mapFromScene(box.adjusted(-12, -12, 12, 12)).boundingRect().contains(spot), "under the pointer"


@pytest.mark.parametrize("zoom", [0.3, 0.54, 0.56, 1.0])
def test_a_comment_is_written_at_any_zoom(zoom: float) -> None:
    document = AddNode(COMMENT, "c", (0.0, 0.0), Params({"text": "words"})).apply(load_example("xor"), CATALOG)
    with open_window(document) as hand:
        hand.window.bench.parts.canvas.zoom_by(zoom / hand.window.bench.parts.canvas.zoom)
        # Something else is chosen, and its form stands on the right.
        hand.window.bench.parts.scene.select({next(n for n in hand.window.bench.parts.scene.cards if n != "c")})
        hand.window.bench.parts.canvas.opened.emit("c")
        settled()
        hand.window.bench.parts.scene.select({"c"})
        hand.window.bench.parts.canvas.opened.emit("c")
        focus = QApplication.focusWidget()
        assert focus is not None and (
            focus is hand.window.bench.commenting.words
            or hand.window.bench.parts.inspector.isAncestorOf(focus)
            or not hand.window.isActiveWindow()
        )


def test_a_change_that_the_run_cannot_take_over_is_said() -> None:
    with open_window(SetTraining(("epochs",), 1_000_000).apply(load_example("xor"), CATALOG)) as hand:
        hand.compiled()
        hand.window.bench.running.toggle()
        hand.state(State.RUNNING)
        optimizer = next(n.id for n in hand.session.document.nodes if n.kind == "optimizer")
        hand.window.bench.stage.propose(SetParam(optimizer, ("schedule",), choice("cosine")))
        hand.wait(lambda: not hand.window.bench.parts.toast.isHidden())
        assert "next run" in hand.window.bench.parts.toast.text() and "Cosine" in hand.window.bench.parts.toast.text()
        hand.window.bench.running.reset()


def test_the_second_window_on_a_project_says_so(tmp_path) -> None:
    from nnstudio.session.session import Session

    first = Session(start=False)
    path = tmp_path / "shared.nns"
    first.new(load_example("xor"))
    first.save(path)
    with open_window() as hand:
        hand.window.bench.files.open(str(path))
        assert (
            not hand.window.bench.parts.toast.isHidden()
            and "another window" in hand.window.bench.parts.toast.text()
            and "shared.nns" in hand.window.bench.parts.toast.text()
        )
    first.close()


def test_an_empty_list_of_files_is_no_drop_and_no_paste() -> None:
    from PySide6.QtCore import QMimeData, QPoint, QUrl
    from PySide6.QtGui import QDragEnterEvent, QDropEvent

    with open_window(load_example("xor")) as hand:
        window, before = hand.window, hand.session.document
        for urls in ([], [QUrl("https://example.org/a.csv")]):
            data = QMimeData()
            data.setUrls(urls)
            if not urls:
                data.setData("text/uri-list", b"")
            entered = QDragEnterEvent(
                QPoint(5, 5), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
            )
            for target in (window, window.bench.parts.canvas):
                entered.ignore()
                target.dragEnterEvent(entered)
                assert not entered.isAccepted(), target
                target.dropEvent(
                    QDropEvent(
                        QPointF(5, 5),
                        Qt.DropAction.CopyAction,
                        data,
                        Qt.MouseButton.LeftButton,
                        Qt.KeyboardModifier.NoModifier,
                    )
                )
            QApplication.clipboard().setMimeData(data)
            window.bench.clipboard.paste()
        assert hand.session.document is before


def test_an_optimizer_names_its_layers_as_the_cards_do() -> None:
    document = AddNode("optimizer", "o2", (0.0, 400.0), Params({"serves": ("x",)})).apply(load_example("xor"), CATALOG)
    layer = next(name for name, node in document.by_id.items() if node.kind == "linear")
    document = SetParam("o2", ("serves",), (layer,)).apply(document, CATALOG)
    with open_window(document) as hand:
        window = hand.window
        window.bench.parts.scene.select({"o2"})
        window.bench.parts.inspector.set_full(True)

        def says(words: str) -> bool:
            return window.bench.parts.inspector.form.editors[("serves",)].text() == words  # type: ignore[union-attr]

        hand.wait(lambda: says(document.by_id[layer].name or layer))
        window.bench.stage.propose(RenameNode(layer, "My layer"))
        hand.wait(lambda: says("My layer"))


@pytest.mark.parametrize("height", [70, 90, 130, 300])
def test_numbers_at_an_axis_never_stand_in_each_other(height: int) -> None:
    plot = plain_plot("loss")
    plot.plot([0, 1, 2], [0.05, 0.6, 0.95])
    plot.resize(180, height)
    plot.show()
    pause(50)
    axis = plot.getAxis("left")
    low, high = axis.range
    tall = axis.geometry().height()
    levels = axis.tickValues(low, high, tall)[:2]
    (spacing, values) = levels[-1]
    texts = axis.tickStrings(values, 1.0, spacing)
    places = [value / (high - low) * tall for value, text in zip(values, texts, strict=True) if text]
    assert places, "a number is left"
    room = QFontMetricsF(axis.style["tickFont"]).height()
    assert all(after - before >= room - 1e-6 for before, after in itertools.pairwise(places))
    plot.close()
