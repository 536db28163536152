"""An editor to live in: adding, wiring, arranging, the clipboard, many nodes at once, numbers, comments, by real
events.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QInputDialog, QLabel, QMessageBox

from nnstudio.catalog.registry import CATALOG
from nnstudio.document.clips import bridges, clip_of, clip_text, read_clip
from nnstudio.document.edits import AddNode, SetParam, SetTraining
from nnstudio.document.errors import ProjectFileError
from nnstudio.document.values import Choice, Document, Wire
from nnstudio.session.examples import load_example
from nnstudio.ui.inspector.numbers import FieldLabel, evaluate, parse_number, stepped
from nnstudio.ui.shell.commands import CommandPalette
from tests.e2e.hand import LEFT, Hand, open_window
from tests.e2e.loops import settled
from tests.helpers import chain, choice

CONTROL, SHIFT, NONE = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.NoModifier,
)


def network() -> Document:
    return chain(
        ("linear", "linear1", {"units": 8}),
        ("linear", "linear2", {"units": 8}),
        ("linear", "linear3", {"units": 3}),
        data=choice("iris"),
        loss=choice("cross_entropy"),
    )


def opened(hand: Hand, document: Document | None = None) -> None:
    hand.session.new(document or network())
    hand.compiled()
    hand.window.actions_["tidy"].trigger()
    hand.window.show_all()


def linears(hand: Hand) -> list[str]:
    return [n.id for n in hand.session.document.nodes if n.kind == "linear"]


def wire_between(hand: Hand, source: str, target: str) -> Wire:
    return next(w for w in hand.session.document.wires if w.source == source and w.target == target)


# -- adding -----------------------------------------------------------------------------------


def test_a_drop_on_a_wire_inserts_makes_room_and_is_one_step() -> None:
    with open_window() as hand:
        opened(hand)
        before = hand.session.document
        first, second, _ = linears(hand)
        item = hand.window.bench.parts.scene.wires[wire_between(hand, first, second)]
        middle = item.path().pointAtPercent(0.5)
        new = hand.drop("dropout", middle.x(), middle.y())
        document = hand.session.document
        assert {(w.source, w.target) for w in document.wires} >= {(first, new), (new, second)} and not any(
            w.source == first and w.target == second for w in document.wires
        )
        boxes = {n: hand.window.bench.parts.scene.cards[n].sceneBoundingRect() for n in (first, new, second)}
        assert boxes[first].right() < boxes[new].left() and boxes[new].right() < boxes[second].left()
        hand.keys(hand.window, Qt.Key.Key_Z, CONTROL)
        assert hand.session.document == before


def test_a_wire_pulled_into_the_void_offers_what_fits_and_wires_it() -> None:
    with open_window() as hand:
        opened(hand)
        last = linears(hand)[-1]
        start = hand.window.bench.parts.scene.cards[last].port_place("out", "y")
        hand.drag(start, start + QPointF(30, 150))
        quick = hand.window.bench.quick
        assert quick.isVisible()
        hand.wait(lambda: quick._trial is None)
        rows = [quick.list.item(i) for i in range(quick.list.count())]
        kinds = {row.data(256): row for row in rows}
        assert "data" not in kinds, "a wire out of a layer cannot go into data"
        assert kinds["conv_2d"].toolTip() != kinds["linear"].toolTip() and kinds["conv_2d"].text().endswith("⚠"), (
            "no picture comes out here"
        )
        assert not kinds["linear"].text().endswith("⚠")
        QTest.keyClicks(quick.search, "dropo")
        QTest.keyClick(quick.search, Qt.Key.Key_Return)
        assert not quick.isVisible()
        (new,) = [n.id for n in hand.session.document.nodes if n.kind == "dropout"]
        assert any(w.source == last and w.target == new for w in hand.session.document.wires)
        hand.keys(hand.window, Qt.Key.Key_Z, CONTROL)
        assert not any(n.kind == "dropout" for n in hand.session.document.nodes)


def test_typing_a_key_searches_and_escape_leaves() -> None:
    with open_window() as hand:
        opened(hand)
        canvas, quick = hand.window.bench.parts.canvas, hand.window.bench.quick
        canvas.setFocus()
        QTest.keyClick(canvas, Qt.Key.Key_A)
        assert quick.isVisible() and quick.search.hasFocus()
        QTest.keyClick(quick.search, Qt.Key.Key_Escape)
        assert not quick.isVisible() and canvas.hasFocus()
        QTest.mouseDClick(canvas.viewport(), LEFT, pos=QPoint(30, canvas.height() - 40))
        assert quick.isVisible()
        QTest.keyClicks(quick.search, "bn1")
        found = [quick.list.item(i).text() for i in range(quick.list.count()) if not quick.list.item(i).isHidden()]
        assert any("1" in text or "orm" in text for text in found) and len(found) < 12
        QTest.keyClicks(quick.search, "zzz")
        QTest.keyClick(quick.search, Qt.Key.Key_Return)
        assert len(linears(hand)) == 3


# -- wiring -----------------------------------------------------------------------------------


def test_click_and_click_connects_and_escape_lets_go() -> None:
    with open_window() as hand:
        opened(hand, Document())
        one, two = hand.drop("linear", 0, 0), hand.drop("linear", 400, 0)
        hand.window.show_all()
        cards, viewport = hand.window.bench.parts.scene.cards, hand.window.bench.parts.canvas.viewport()
        out, into = (hand.pixel(p) for p in (cards[one].port_place("out", "y"), cards[two].port_place("in", "x")))
        QTest.mouseClick(viewport, LEFT, pos=out)
        assert hand.window.bench.parts.canvas.busy
        QTest.mouseMove(viewport, (out + into) / 2)
        QTest.keyClick(hand.window.bench.parts.canvas, Qt.Key.Key_Escape)
        assert not hand.window.bench.parts.canvas.busy and not hand.session.document.wires
        QTest.mouseClick(viewport, LEFT, pos=out)
        QTest.mouseMove(viewport, into)
        QTest.mouseClick(viewport, LEFT, pos=into)
        assert [(w.source, w.target) for w in hand.session.document.wires] == [
            (one, two)
        ] and not hand.window.bench.parts.canvas.busy


def test_a_wire_dropped_on_a_card_finds_its_port_and_either_end_can_be_put_elsewhere() -> None:
    with open_window() as hand:
        opened(hand, Document())
        one, two, three = hand.drop("linear", 0, 0), hand.drop("linear", 400, 0), hand.drop("linear", 400, 200)
        hand.window.show_all()
        cards = hand.window.bench.parts.scene.cards
        hand.drag(cards[one].port_place("out", "y"), cards[two].sceneBoundingRect().center())
        (wire,) = hand.session.document.wires
        assert (wire.source, wire.target) == (one, two)
        item = hand.window.bench.parts.scene.wires[wire]
        near_end = item.path().pointAtPercent(0.8)
        QTest.mouseClick(hand.window.bench.parts.canvas.viewport(), LEFT, pos=hand.pixel(near_end))
        assert hand.window.bench.parts.scene.selected_wire == wire
        hand.drag(near_end, cards[three].port_place("in", "x"))
        (wire,) = hand.session.document.wires
        assert (wire.source, wire.target) == (one, three)
        near_start = hand.window.bench.parts.scene.wires[wire].path().pointAtPercent(0.2)
        QTest.mouseClick(hand.window.bench.parts.canvas.viewport(), LEFT, pos=hand.pixel(near_start))
        hand.drag(near_start, cards[two].port_place("out", "y"))
        (wire,) = hand.session.document.wires
        assert (wire.source, wire.target) == (two, three)


def test_deleting_closes_the_gap_where_the_shapes_allow() -> None:
    with open_window() as hand:
        opened(hand)
        first, second, third = linears(hand)
        hand.click_card(second)
        hand.keys(hand.window.bench.parts.canvas, Qt.Key.Key_Delete)
        assert wire_between(hand, first, third)
        hand.keys(hand.window, Qt.Key.Key_Z, CONTROL)
        assert linears(hand) == [first, second, third]
        hand.window.bench.parts.scene.select({first, second})
        hand.keys(hand.window.bench.parts.canvas, Qt.Key.Key_Delete)
        assert [w.target for w in hand.session.document.wires if w.source == "data"].count(third) == 1


def test_a_gap_between_pictures_and_rows_stays_open() -> None:
    with open_window() as hand:
        hand.session.new(load_example("digits"))
        hand.compiled()
        document = hand.session.document
        flat = next(n.id for n in document.nodes if n.kind == "flatten")
        (bridge,) = bridges(document, [flat])
        hand.window.bench.parts.scene.select({flat})
        hand.window.bench.parts.canvas.setFocus()
        hand.keys(hand.window.bench.parts.canvas, Qt.Key.Key_Delete)
        assert bridge.wire not in hand.session.document.wires


# -- selecting and arranging ------------------------------------------------------------------


def test_selection_by_the_way_values_go() -> None:
    with open_window() as hand:
        opened(hand)
        first, second, third = linears(hand)
        hand.click_card(second)
        hand.keys(hand.window, Qt.Key.Key_Right, CONTROL | SHIFT)
        assert hand.window.bench.parts.scene.selected == {
            second,
            third,
            *(n.id for n in hand.session.document.nodes if n.kind == "loss"),
        }
        hand.click_card(second)
        hand.keys(hand.window, Qt.Key.Key_Left, CONTROL | SHIFT)
        assert hand.window.bench.parts.scene.selected == {"data", first, second}
        hand.window.actions_["invert"].trigger()
        assert second not in hand.window.bench.parts.scene.selected and third in hand.window.bench.parts.scene.selected


@pytest.mark.parametrize(
    ("side", "edge"),
    [
        ("left", "left"),
        ("right", "right"),
        ("top", "top"),
        ("bottom", "bottom"),
        ("center", "center"),
        ("middle", "center"),
    ],
)
def test_align(side: str, edge: str) -> None:
    with open_window() as hand:
        opened(hand, Document())
        names = [hand.drop("linear", x, y) for x, y in ((0, 0), (260, 70), (520, 150))]
        hand.window.bench.parts.scene.select(set(names))
        hand.window.actions_[f"align_{side}"].trigger()
        boxes = [hand.window.bench.parts.scene.cards[n].sceneBoundingRect() for n in names]
        value: Callable[[object], float] = {"center": lambda b: b.center().x(), "middle": lambda b: b.center().y()}.get(
            side, lambda b: getattr(b, edge)()
        )
        assert len({round(value(b), 3) for b in boxes}) == 1
        assert hand.session.history.undo_label is not None and "Align" in hand.session.history.undo_label.render("en")
        hand.keys(hand.window, Qt.Key.Key_Z, CONTROL)
        assert len({n.position for n in hand.session.document.nodes}) == 3


@pytest.mark.parametrize(("side", "place"), [("left", 1), ("center", 1), ("top", 0), ("middle", 0)])
def test_aligned_cards_make_room_for_each_other(side: str, place: int) -> None:
    with open_window() as hand:
        opened(hand, Document())
        names = [hand.drop("linear", x, y) for x, y in ((0, 0), (30, 20), (60, 10))]
        order = sorted(names, key=lambda n: hand.session.document.by_id[n].position[place])
        hand.window.bench.parts.scene.select(set(names))
        hand.window.actions_[f"align_{side}"].trigger()
        boxes = [hand.window.bench.parts.scene.cards[n].sceneBoundingRect() for n in order]
        assert not any(a.intersects(b) for a in boxes for b in boxes if a is not b)
        assert order == sorted(names, key=lambda n: hand.session.document.by_id[n].position[place])


def test_distribute_leaves_equal_gaps() -> None:
    with open_window() as hand:
        opened(hand, Document())
        names = [hand.drop("linear", x, 0) for x in (0, 200, 700)]
        hand.window.bench.parts.scene.select(set(names))
        hand.window.actions_["spread_across"].trigger()
        boxes = [hand.window.bench.parts.scene.cards[n].sceneBoundingRect() for n in names]
        assert boxes[1].left() - boxes[0].right() == pytest.approx(boxes[2].left() - boxes[1].right())
        hand.window.bench.parts.scene.select({names[0]})
        hand.window.actions_["spread_down"].trigger()
        assert hand.window.bench.parts.toast.isVisible()


def test_tidying_glides_and_ends_where_the_document_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nnstudio.ui.editing.arranging.GLIDE_MS", 60)
    with open_window() as hand:
        hand.session.new(network())
        hand.compiled()
        hand.window.actions_["tidy"].trigger()
        hand.wait(lambda: hand.window.bench.arranging._glide is None)
        for node in hand.session.document.nodes:
            assert hand.window.bench.parts.scene.cards[node.id].pos() == QPointF(*node.position)
        assert len(hand.session.history.steps) == 1
        hand.keys(hand.window, Qt.Key.Key_Z, CONTROL)
        hand.window.actions_["tidy"].trigger()
        # A press in the middle of the glide takes cards where they belong.
        hand.window.bench.parts.canvas.pressed.emit()
        assert hand.window.bench.arranging._glide is None
        assert all(
            hand.window.bench.parts.scene.cards[n.id].pos() == QPointF(*n.position) for n in hand.session.document.nodes
        )


def test_a_dragged_card_catches_on_the_edge_of_another() -> None:
    with open_window() as hand:
        opened(hand, Document())
        hand.drop("linear", 0, 0)
        moved = hand.drop("linear", 300, 100)
        hand.window.bench.parts.canvas.resetTransform()
        hand.window.bench.parts.canvas.centerOn(150, 50)
        still = hand.window.bench.parts.scene.cards["linear1"].sceneBoundingRect()
        grip = hand.window.bench.parts.scene.cards[moved].sceneBoundingRect().center()
        hand.drag(
            grip,
            grip + QPointF(0, still.top() - hand.window.bench.parts.scene.cards[moved].sceneBoundingRect().top() + 4),
        )
        assert hand.session.document.by_id[moved].position[1] == still.top()
        assert not [i for i in hand.window.bench.parts.scene.items() if type(i).__name__ == "QGraphicsLineItem"], (
            "the guides are gone"
        )


def test_arrow_keys_move_and_a_key_held_down_is_one_step() -> None:
    with open_window() as hand:
        opened(hand)
        first = linears(hand)[0]
        hand.click_card(first)
        x, y = hand.session.document.by_id[first].position
        steps = len(hand.session.history.steps)
        hand.keys(hand.window.bench.parts.canvas, Qt.Key.Key_Right)
        hand.keys(hand.window.bench.parts.canvas, Qt.Key.Key_Down, SHIFT)
        assert hand.session.document.by_id[first].position == (x + 10, y + 50)
        assert len(hand.session.history.steps) == steps + 2
        from PySide6.QtCore import QEvent
        from PySide6.QtGui import QKeyEvent
        from PySide6.QtWidgets import QApplication

        for repeat in (False, True, True, True):
            QApplication.sendEvent(
                hand.window.bench.parts.canvas, QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Left, NONE, "", repeat)
            )
        assert (
            hand.session.document.by_id[first].position == (x - 30, y + 50)
            and len(hand.session.history.steps) == steps + 3
        )


# -- clipboard --------------------------------------------------------------------------------


def test_copy_and_paste_within_and_between_windows_as_text() -> None:
    with open_window() as hand:
        opened(hand)
        first, second, _ = linears(hand)
        hand.window.bench.parts.scene.select({first, second})
        hand.window.bench.parts.canvas.setFocus()
        hand.keys(hand.window.bench.parts.canvas, Qt.Key.Key_C, CONTROL)
        text = QGuiApplication.clipboard().text()
        assert read_clip(text) == clip_of(hand.session.document, {first, second})
        hand.keys(hand.window.bench.parts.canvas, Qt.Key.Key_V, CONTROL)
        assert len(linears(hand)) == 5 and len(hand.window.bench.parts.scene.selected) == 2
        new = sorted(hand.window.bench.parts.scene.selected)
        assert any(w.source in new and w.target in new for w in hand.session.document.wires)
        hand.keys(hand.window.bench.parts.canvas, Qt.Key.Key_X, CONTROL)
        assert len(linears(hand)) == 3
    with open_window() as other:
        QGuiApplication.clipboard().setText(text)
        other.session.apply(AddNode("linear", first))
        other.window.bench.parts.canvas.setFocus()
        other.keys(other.window.bench.parts.canvas, Qt.Key.Key_V, CONTROL)
        assert len(linears(other)) == 3, "an id that is taken gets another"


def test_a_whole_network_pasted_leaves_out_what_there_is_one_of() -> None:
    with open_window() as hand:
        opened(hand)
        hand.window.bench.parts.canvas.setFocus()
        hand.keys(hand.window.bench.parts.canvas, Qt.Key.Key_A, CONTROL)
        assert hand.window.bench.parts.scene.selected == set(hand.window.bench.parts.scene.cards)
        hand.keys(hand.window.bench.parts.canvas, Qt.Key.Key_C, CONTROL)
        hand.keys(hand.window.bench.parts.canvas, Qt.Key.Key_V, CONTROL)
        assert sum(n.kind == "optimizer" for n in hand.session.document.nodes) == 1 and len(linears(hand)) == 6
        assert "Left out" in hand.window.bench.parts.toast.text()


@pytest.mark.parametrize("text", ["", "hello", "{}", '{"a": 1}', "1,2,3", "{" * 5000])
def test_what_is_no_network_pastes_nothing_and_says_so(text: str) -> None:
    with open_window() as hand:
        QGuiApplication.clipboard().setText(text)
        hand.window.bench.clipboard.paste()
        assert hand.window.bench.parts.toast.isVisible() and not hand.session.document.nodes


def test_a_broken_or_newer_network_is_told_apart() -> None:
    good = clip_text(network())
    with pytest.raises(ProjectFileError) as caught:
        read_clip(good.replace('"version": 1', '"version": 99').replace('"version": 2', '"version": 99'))
    assert caught.value.message.key == "file.newer"
    with pytest.raises(ProjectFileError):
        read_clip(good.replace('"kind"', '"kin"'))
    with open_window() as hand:
        QGuiApplication.clipboard().setText(good[: len(good) // 2])
        hand.window.bench.clipboard.paste()
        assert hand.window.bench.parts.toast.isVisible() and not hand.session.document.nodes


# -- many nodes, numbers ----------------------------------------------------------------------


def test_many_nodes_are_edited_at_once_as_one_step() -> None:
    with open_window() as hand:
        opened(hand)
        names = linears(hand)
        hand.window.bench.parts.scene.select(set(names))
        form = hand.window.bench.parts.inspector.form
        assert form is not None and form.editors["units",].text() == "", "they differ"
        hand.choose("relu", "activation")
        assert {hand.session.document.by_id[n].params["activation"].kind for n in names} == {"relu"}
        assert "3 nodes" in hand.session.history.undo_label.render("en")  # type: ignore[union-attr]
        box = hand.window.bench.parts.inspector.form.editors["units",]  # type: ignore[union-attr]
        box.setFocus()
        QTest.keyClicks(box.lineEdit(), "8")
        QTest.keyClick(box.lineEdit(), Qt.Key.Key_Return)
        assert {hand.session.document.by_id[n].params["units"] for n in names} == {8}, (
            "also the value that the first one had"
        )
        hand.keys(hand.window, Qt.Key.Key_Z, CONTROL)
        assert {hand.session.document.by_id[n].params["units"] for n in names} == {8, 3}
        data = next(n.id for n in hand.session.document.nodes if n.kind == "data")
        hand.window.bench.parts.scene.select({names[0], data})
        assert hand.window.bench.parts.inspector.form is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("28*28", 784),
        ("1,5", 1.5),
        ("(64+1)/2", 32.5),
        ("2^10", 1024),
        ("−3", -3),
        ("7//2", 3),
        ("1e-3", 0.001),
        ("２", 2),
    ],
)
def test_numbers_may_be_sums(text: str, value: float) -> None:
    assert evaluate(text) == value or (text == "２" and evaluate(text) in (2, None))
    if text.isascii():
        assert parse_number(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "2**999",
        "9**9**9",
        "__import__('os')",
        "1/0",
        "1+",
        "(" * 200,
        "True",
        "[1]",
        "1" * 200,
        "0.1.2",
        "1 2",
    ],
)
def test_what_is_no_sum_is_none(text: str) -> None:
    assert evaluate(text) is None


def test_a_sum_typed_into_the_form_and_a_bad_one_says_why() -> None:
    with open_window() as hand:
        opened(hand)
        first = linears(hand)[0]
        hand.click_card(first)
        box = hand.window.bench.parts.inspector.form.editors["units",]  # type: ignore[union-attr]
        for typed, expected in (("4*4", 16), ("abc", 16), ("0", 16), ("12", 12)):
            box.setFocus()
            box.lineEdit().selectAll()
            QTest.keyClicks(box.lineEdit(), typed)
            QTest.keyClick(box.lineEdit(), Qt.Key.Key_Return)
            assert hand.session.document.by_id[first].params["units"] == expected, typed
            assert box.text() == str(expected)
            assert hand.window.bench.parts.toast.isVisible() == (typed in ("abc", "0"))
            hand.window.bench.parts.toast.hide()


def test_a_name_dragged_changes_the_number_in_one_step_and_the_menu_sets_it_back() -> None:
    with open_window() as hand:
        opened(hand)
        first = linears(hand)[0]
        hand.session.apply(SetParam(first, ("units",), 20))
        hand.click_card(first)
        label = hand.window.bench.parts.inspector.form.labels["units",]  # type: ignore[union-attr]
        steps = len(hand.session.history.steps)
        assert isinstance(label, FieldLabel) and label.changed and label.text().endswith("•")
        QTest.mousePress(label, LEFT, pos=QPoint(5, 5))
        for x in (15, 25, 35, 45):
            QTest.mouseMove(label, QPoint(x, 5))
        QTest.mouseRelease(label, LEFT, pos=QPoint(45, 5))
        assert hand.session.document.by_id[first].params["units"] == 28 and len(hand.session.history.steps) == steps + 1
        hand.keys(hand.window, Qt.Key.Key_Z, CONTROL)
        assert hand.session.document.by_id[first].params["units"] == 20
        hand.window.bench.parts.inspector.form.labels["units",].reset()  # type: ignore[union-attr]
        default = next(f for f in CATALOG.node_kind("linear").fields if f.name == "units").default  # type: ignore[union-attr]
        assert hand.session.document.by_id[first].params["units"] == default
        assert not hand.window.bench.parts.inspector.form.labels["units",].changed  # type: ignore[union-attr]


def test_dragged_numbers_stay_in_their_limits() -> None:
    kind = CATALOG.choice("optimizers", "sgd")
    rate = next(f for f in kind.fields if "rate" in f.name or f.name == "lr")  # type: ignore[union-attr]
    assert stepped(rate, 0.1, 1) == pytest.approx(0.11) and stepped(rate, 0.001, -3) == pytest.approx(0.0007)
    assert stepped(rate, 0.001, -1000) > 0 and stepped(rate, 0.1, 10**9) <= rate.maximum  # type: ignore[attr-defined]


# -- comments, bookmarks, map -----------------------------------------------------------------


def test_a_comment_stands_around_nodes_moves_them_and_means_nothing_to_the_network() -> None:
    with open_window() as hand:
        opened(hand)
        meaning = hand.session.document.meaning
        first, second, third = linears(hand)
        hand.window.bench.parts.scene.select({first, second})
        hand.window.actions_["comment"].trigger()
        (comment,) = [n.id for n in hand.session.document.nodes if n.kind == "comment"]
        assert hand.session.document.meaning == meaning and hand.session.meaning.lowered is not None
        box = hand.window.bench.parts.scene.cards[comment].sceneBoundingRect()
        assert all(box.contains(hand.window.bench.parts.scene.cards[n].sceneBoundingRect()) for n in (first, second))
        assert hand.window.bench.parts.scene.inside_comments({comment}) >= {
            first,
            second,
        } and third not in hand.window.bench.parts.scene.inside_comments({comment})
        before = {n: hand.session.document.by_id[n].position for n in (first, second, third)}
        hand.drag(box.topLeft() + QPointF(60, 12), box.topLeft() + QPointF(60, -188))
        after = {n: hand.session.document.by_id[n].position for n in (first, second, third)}
        moved = after[first][1] - before[first][1]
        assert moved < -100 and after[second][1] - before[second][1] == moved and after[third] == before[third]
        box = hand.window.bench.parts.scene.cards[comment].sceneBoundingRect()
        width = hand.session.document.by_id[comment].params["width"]
        hand.drag(box.bottomRight() - QPointF(5, 5), box.bottomRight() + QPointF(95, 45))
        assert hand.session.document.by_id[comment].params["width"] == pytest.approx(width + 100, abs=15)
        hand.window.show_all()
        hand.click_card(first)
        assert hand.window.bench.parts.scene.selected == {first}, "a card lies before the comment around it"
        hand.window.bench.parts.scene.select({comment})
        editor = hand.window.bench.parts.inspector.form.editors["text",]  # type: ignore[union-attr]
        editor.setFocus()
        QTest.keyClicks(editor, "learns features")
        hand.window.bench.parts.canvas.setFocus()
        assert hand.session.document.by_id[comment].params["text"] == "learns features"
        assert [w.text() for w in hand.window.bench.parts.scene.cards[comment]._words] == ["learns features"]


def test_bookmarks_and_the_view_are_kept_with_the_file(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    with open_window() as hand:
        opened(hand)
        hand.window.bench.parts.canvas.go_where(120.0, 40.0, 1.5)
        monkeypatch.setattr(QInputDialog, "getText", lambda *a, **k: ("Head", True))
        hand.keys(hand.window, Qt.Key.Key_B, CONTROL)
        hand.window.bench.parts.canvas.fit()
        seen = hand.window.bench.parts.canvas.where()
        file = tmp_path / "a.nns"
        assert hand.window.bench.files.save_to(file)
        hand.session.new()
        hand.window.bench.files.open(str(file))
        assert hand.window.bench.parts.canvas.where() == pytest.approx(seen, abs=2.0)
        hand.window.actions_.menus["bookmarks"].aboutToShow.emit()
        action = next(a for a in hand.window.actions_.menus["bookmarks"].actions() if a.text() == "Head")
        action.trigger()
        assert hand.window.bench.parts.canvas.where() == pytest.approx((120.0, 40.0, 1.5), abs=2.0)
        for bad in (
            {"look": 3},
            {"look": {"x": "a", "y": 0, "zoom": 1}},
            {"bookmarks": [1, {"name": 3}]},
            {"look": {"x": 0, "y": 0, "zoom": 1, "group": ["no"]}},
        ):
            hand.session.view = dict(bad)
            assert not hand.window.bench.bookmarks.restore()
            hand.window.actions_.menus["bookmarks"].aboutToShow.emit()


def test_the_map_comes_when_not_everything_is_in_sight_and_leads_elsewhere() -> None:
    with open_window() as hand:
        opened(hand)
        window = hand.window
        window.bench.parts.minimap.draw()
        assert not window.bench.parts.minimap.isVisible()
        window.bench.parts.canvas.go_where(0.0, 0.0, 3.0)
        hand.wait(window.bench.parts.minimap.isVisible)
        before = window.bench.parts.canvas.where()
        QTest.mouseClick(
            window.bench.parts.minimap,
            LEFT,
            pos=QPoint(window.bench.parts.minimap.width() - 30, window.bench.parts.minimap.height() // 2),
        )
        assert window.bench.parts.canvas.where()[0] > before[0]
        window.actions_["map"].trigger()
        assert not window.bench.parts.minimap.isVisible()


# -- history, commands, shortcuts -------------------------------------------------------------


def test_the_history_names_steps_and_goes_to_them() -> None:
    with open_window() as hand:
        opened(hand)
        first = linears(hand)[0]
        hand.click_card(first)
        hand.choose("relu", "activation")
        hand.window.bench.panels.show("history")
        hand.wait(lambda: hand.window.bench.panels.view("history").list.count() == len(hand.session.history.steps) + 1)
        rows = hand.window.bench.panels.view("history").list
        names = [rows.item(i).text() for i in range(rows.count())]
        assert names[0] == "Start" and names[-1] == f"Set Activation of {first} to ReLU"
        document = hand.session.document
        QTest.mouseClick(rows.viewport(), LEFT, pos=rows.visualItemRect(rows.item(0)).center())
        assert hand.session.history.place == 0 and hand.session.document != document
        QTest.mouseClick(rows.viewport(), LEFT, pos=rows.visualItemRect(rows.item(rows.count() - 1)).center())
        assert hand.session.document == document


def test_the_command_palette_finds_actions_layers_nodes_and_does_them(monkeypatch: pytest.MonkeyPatch) -> None:
    with open_window() as hand:
        opened(hand)
        typed = [""]

        def answer(self: CommandPalette) -> int:
            QTest.keyClicks(self.search, typed[0])
            QTest.keyClick(self.search, Qt.Key.Key_Return)
            return 0

        monkeypatch.setattr(CommandPalette, "exec", answer)
        typed[0] = "select all"
        hand.keys(hand.window, Qt.Key.Key_K, CONTROL)
        assert hand.window.bench.parts.scene.selected == set(hand.window.bench.parts.scene.cards)
        last = linears(hand)[-1]
        typed[0] = last
        hand.keys(hand.window, Qt.Key.Key_F, CONTROL)
        assert hand.window.bench.parts.scene.selected == {last}
        typed[0] = "batch norm"
        hand.keys(hand.window, Qt.Key.Key_K, CONTROL)
        assert any("norm" in n.kind for n in hand.session.document.nodes)
        typed[0] = "no such thing at all"
        before = hand.session.document
        hand.keys(hand.window, Qt.Key.Key_K, CONTROL)
        assert hand.session.document is before
        names = [c.title for c in hand.window.guide.commands.all()]
        assert {"Run", "Tidy up", "Settings …", "Linear", "iris"} <= set(names)


def test_shortcuts_are_shown_changed_kept_and_checked_for_clashes() -> None:
    from PySide6.QtGui import QKeySequence

    from nnstudio.ui.shell.shortcuts import ShortcutsDialog, clash

    with open_window() as hand:
        listed = hand.window.actions_.listed()
        taken: dict[str, str] = {}
        for _, action in listed:
            for keys in action.shortcuts():
                assert keys.toString() not in taken, (
                    f"{keys.toString()}: {taken.get(keys.toString())} and {action.text()}"
                )
                taken[keys.toString()] = action.text()
        assert all(action.objectName() for _, action in listed) and len({a.objectName() for _, a in listed}) == len(
            listed
        )
        dialog = ShortcutsDialog(hand.window, hand.window.actions_)
        row = next(i for i, (_, a) in enumerate(listed) if a is hand.window.actions_["tidy"])
        dialog.table.setCurrentCell(row, 0)
        dialog.keys.setKeySequence(QKeySequence("F5"))
        dialog._set()
        assert "Run" in dialog.said.text() and hand.window.actions_["tidy"].shortcut().toString() == "Ctrl+L"
        dialog.keys.setKeySequence(QKeySequence("Ctrl+Alt+T"))
        dialog._set()
        assert not dialog.said.text() and hand.window.actions_["tidy"].shortcut().toString() == "Ctrl+Alt+T"
        assert (
            "Ctrl+Alt+T" in hand.window.actions_["tidy"].toolTip()
            and "Ctrl+L" not in hand.window.actions_["tidy"].toolTip()
        )
        assert clash(listed, QKeySequence("Ctrl+Alt+T"), hand.window.actions_["run"]) is hand.window.actions_["tidy"]
        dialog.deleteLater()
    with open_window() as again:
        assert again.window.actions_["tidy"].shortcut().toString() == "Ctrl+Alt+T"
        dialog = ShortcutsDialog(again.window, again.window.actions_)
        dialog._reset_all()
        assert again.window.actions_["tidy"].shortcut().toString() == "Ctrl+L"
        dialog.deleteLater()


def test_undo_and_edits_go_on_while_it_trains() -> None:
    with open_window() as hand:
        opened(hand)
        hand.session.apply(SetTraining(("epochs",), 100_000))
        hand.window.bench.running.toggle()
        hand.state("running")
        first = linears(hand)[0]
        hand.click_card(first)
        steps = len(hand.session.history.steps)
        hand.choose("relu", "activation")
        while len(hand.session.history.steps) - hand.session.history.place < len(hand.session.history.steps) - steps:
            hand.keys(hand.window, Qt.Key.Key_Z, CONTROL)
        assert hand.session.document.by_id[first].params["activation"] == Choice("identity")
        assert hand.session.training.state == "running"


def test_a_file_changed_by_someone_else_asks_before_it_is_replaced(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    from nnstudio.document import storage

    with open_window() as hand:
        opened(hand)
        file = tmp_path / "a.nns"
        assert hand.window.bench.files.save_to(file)
        storage.save(file, load_example("xor"))
        asked: list[str] = []

        def cancel(self: QMessageBox) -> int:
            asked.append(self.text())
            return 0

        monkeypatch.setattr(QMessageBox, "exec", cancel)
        assert not hand.window.bench.files.save() and "changed by another program" in asked[0]
        assert storage.load(file)[0] == load_example("xor"), "nothing was replaced"
        hand.window.bench.files.look_at_disk()
        assert len(asked) == 2 and "Read it anew" in asked[1]
        file.unlink()
        hand.window.bench.files.look_at_disk()
        assert "not there any more" in hand.window.bench.parts.toast.text()
        assert hand.window.bench.files.save() and file.exists()


# -- what a review and a new user found -------------------------------------------------------


@pytest.mark.parametrize("how", ["save", "run", "close"])
def test_what_is_being_typed_counts_before_anything_is_done_with_it(how: str, tmp_path) -> None:  # type: ignore[no-untyped-def]
    from nnstudio.document import storage

    with open_window() as hand:
        opened(hand)
        assert hand.window.bench.files.save_to(tmp_path / "a.nns")
        first = linears(hand)[0]
        hand.click_card(first)
        box = hand.window.bench.parts.inspector.form.editors["units",]  # type: ignore[union-attr]
        box.setFocus()
        box.lineEdit().selectAll()
        QTest.keyClicks(box.lineEdit(), "23")
        assert hand.session.document.by_id[first].params["units"] == 8
        if how == "save":
            hand.window.actions_["save"].trigger()
            assert storage.load(tmp_path / "a.nns")[0].by_id[first].params["units"] == 23 and not hand.session.dirty
            assert box.hasFocus(), "one goes on typing"
        elif how == "run":
            hand.press(hand.window.actions_["run"])
            hand.state("running", "finished")
            assert (
                hand.session.training.document is not None
                and hand.session.training.document.by_id[first].params["units"] == 23
            )
        else:
            assert hand.window.bench.exporting.busy is False
            hand.window.bench.parts.side.commit()
            assert hand.session.dirty


def test_a_comment_is_kept_as_it_is_typed_as_one_step() -> None:
    with open_window() as hand:
        hand.window.actions_["comment"].trigger()
        hand.window.bench.parts.canvas.setFocus()
        editor = hand.window.bench.parts.inspector.form.editors["text",]  # type: ignore[union-attr]
        editor.setFocus()
        steps = len(hand.session.history.steps)
        QTest.keyClicks(editor, "many words")
        (node,) = hand.session.document.nodes
        assert (
            node.params["text"] == "many words" and len(hand.session.history.steps) == steps + 1 and editor.hasFocus()
        )


def test_why_a_number_is_refused_stands_at_its_field() -> None:
    with open_window() as hand:
        opened(hand)
        hand.click_card(linears(hand)[0])
        form = hand.window.bench.parts.inspector.form
        assert form is not None
        box = form.editors["units",]
        before = hand.session.document

        def said() -> list[QLabel]:
            return [
                label
                for label in form.findChildren(QLabel)
                if label.objectName() == "problem" and label.isVisibleTo(form)
            ]

        for typed in ("0", "abc"):
            box.selectAll()
            QTest.keyClicks(box, typed)
            QTest.keyClick(box, Qt.Key.Key_Return)
            (label,) = said()
            settled()
            assert (
                label.text() == hand.window.bench.stage.refusal
                and 0 < label.y() - box.y() < 60
                and hand.session.document == before
            )
        box.selectAll()
        QTest.keyClicks(box, "5")
        QTest.keyClick(box, Qt.Key.Key_Return)
        assert not said() and hand.session.document != before


def test_what_is_typed_belongs_to_the_node_it_was_typed_for() -> None:
    with open_window() as hand:
        opened(hand)
        first, second, _ = linears(hand)
        units = {n: hand.session.document.by_id[n].params.get("units") for n in (first, second)}
        hand.window.bench.parts.scene.select({first})
        box = hand.window.bench.parts.inspector.form.editors["units",]  # type: ignore[union-attr]
        box.setFocus()
        box.selectAll()
        QTest.keyClicks(box, "77")
        steps = len(hand.session.history.steps)
        # As the palette and the list of problems do: no click takes the focus before.
        hand.window.bench.parts.scene.select({second})
        nodes = hand.session.document.by_id
        assert nodes[first].params["units"] == 77 and nodes[second].params.get("units") == units[second]
        assert hand.window.bench.parts.inspector.node == second and len(hand.session.history.steps) == steps + 1
        name = hand.window.bench.parts.inspector._name
        name.setFocus()
        name.selectAll()
        QTest.keyClicks(name, "other")
        hand.window.bench.parts.scene.select({first, second})
        nodes = hand.session.document.by_id
        assert (
            nodes[second].name == "other"
            and nodes[first].name != "other"
            and hand.window.bench.parts.scene.selected == {first, second}
        )


def test_a_comment_is_written_where_it_stands() -> None:
    with open_window() as hand:
        opened(hand)
        first, second, _ = linears(hand)
        hand.window.bench.parts.scene.select({first, second})
        hand.window.actions_["comment"].trigger()
        words, (comment,) = hand.window.bench.commenting.words, hand.window.bench.parts.scene.selected
        assert words.isVisible() and words.hasFocus()
        steps = len(hand.session.history.steps)
        QTest.keyClicks(words, "learns features")
        assert (
            hand.session.document.by_id[comment].params["text"] == "learns features"
            and len(hand.session.history.steps) == steps + 1
        )
        # Its lines stand above the cards that it is around.
        card = hand.window.bench.parts.scene.cards[comment]
        top = min(hand.window.bench.parts.scene.cards[n].pos().y() for n in (first, second))
        assert all(line.sceneBoundingRect().bottom() < top for line in card._words)
        hand.window.bench.parts.canvas.zoom_by(1.2)
        assert words.geometry().contains(hand.window.bench.parts.canvas.mapFromScene(card.pos() + QPointF(40, 40)))
        hand.window.bench.selecting.undo()
        assert words.toPlainText() == "" and words.isVisible()
        QTest.keyClick(words, Qt.Key.Key_Escape)
        assert not words.isVisible() and hand.window.bench.parts.canvas.hasFocus()
        spot = hand.window.bench.parts.canvas.mapFromScene(card.sceneBoundingRect().topLeft() + QPointF(80, 14))
        QTest.mouseDClick(hand.window.bench.parts.canvas.viewport(), LEFT, pos=spot)
        assert words.isVisible()
        QTest.keyClicks(words, "again")
        hand.window.bench.parts.scene.select({comment})
        hand.window.bench.placing.remove([comment])
        assert not words.isVisible() and comment not in hand.session.document.by_id


def test_a_comment_leaves_its_words_free_and_is_written_by_a_double_click_anywhere() -> None:
    with open_window() as hand:
        opened(hand, Document())
        rows = [[hand.drop("linear", x, y) for x in (0, 240)] for y in (0, 130)]
        cards = hand.window.bench.parts.scene.cards
        hand.window.bench.parts.scene.select(set(rows[1]))
        hand.window.actions_["comment"].trigger()
        (around,) = hand.window.bench.parts.scene.selected
        assert not any(
            cards[name].sceneBoundingRect().intersects(cards[around].sceneBoundingRect()) for name in rows[0]
        )
        QTest.keyClick(hand.window.bench.commenting.words, Qt.Key.Key_Escape)
        hand.window.bench.parts.scene.select(())
        hand.window.actions_["comment"].trigger()
        (alone,) = hand.window.bench.parts.scene.selected
        box = cards[alone].sceneBoundingRect()
        assert not any(cards[name].sceneBoundingRect().intersects(box) for row in rows for name in row)
        QTest.keyClick(hand.window.bench.commenting.words, Qt.Key.Key_Escape)
        hand.window.show_all()
        hand.window.bench.parts.canvas.zoom_by(1.01)
        QTest.mouseDClick(
            hand.window.bench.parts.canvas.viewport(),
            LEFT,
            pos=hand.window.bench.parts.canvas.mapFromScene(box.center() + QPointF(60, 30)),
        )
        assert (
            hand.window.bench.parts.scene.selected == {alone}
            or hand.window.bench.commenting.words._node == alone
            or hand.window.bench.parts.inspector.node == alone
        )
        assert not hand.window.bench.quick.isVisible()


def test_a_shape_on_a_wire_stands_in_its_middle() -> None:
    with open_window(load_example("xor")) as hand:
        hand.compiled()
        hand.wait(lambda: any(item._label.text() for item in hand.window.bench.parts.scene.wires.values()))
        for item in hand.window.bench.parts.scene.wires.values():
            box = item._label.boundingRect()
            assert item._label.pos().x() + box.width() / 2 == pytest.approx(item._middle.x())
            assert item._label.isVisible() == (item._room > box.width() + 24)


def test_words_typed_in_a_group_stay_out_of_the_comment_outside() -> None:
    with open_window() as hand:
        opened(hand)
        hand.window.bench.parts.scene.select(())
        hand.window.actions_["comment"].trigger()
        words, (outer,) = hand.window.bench.commenting.words, hand.window.bench.parts.scene.selected
        QTest.keyClicks(words, "outer")
        QTest.keyClick(words, Qt.Key.Key_Escape)
        first, second, _ = linears(hand)
        hand.window.bench.parts.scene.select({first, second})
        hand.window.actions_["group"].trigger()
        (group,) = hand.window.bench.parts.scene.selected
        hand.window.bench.grouping.open(group)
        hand.window.bench.parts.scene.select(())
        hand.window.actions_["comment"].trigger()
        assert hand.window.bench.parts.scene.selected == {outer}
        QTest.keyClicks(words, "inner")
        hand.window.bench.grouping.up()
        assert not words.isVisible() and hand.session.document.by_id[outer].params["text"] == "outer"
        hand.window.bench.commenting.write(outer)
        hand.session.new(hand.session.document)
        assert not words.isVisible()


def test_passing_through_different_values_changes_nothing_and_a_click_on_a_mixed_box_means_on() -> None:
    with open_window() as hand:
        opened(hand)
        first, second, _ = linears(hand)
        for name, rate, bias in ((first, 0.5, False), (second, None, True)):
            hand.session.apply(SetParam(name, ("learning_rate",), rate))
            hand.session.apply(SetParam(name, ("bias",), bias))
        hand.window.bench.parts.inspector.set_full(True)
        hand.window.bench.parts.scene.select({first, second})
        form = hand.window.bench.parts.inspector.form
        line = form.editors["learning_rate",]  # type: ignore[union-attr]
        line.setFocus()
        QTest.keyClick(line, Qt.Key.Key_Return)
        assert [hand.session.document.by_id[n].params["learning_rate"] for n in (first, second)] == [0.5, None]
        box = form.editors["bias",]  # type: ignore[union-attr]
        QTest.mouseClick(box, LEFT, pos=QPoint(8, box.height() // 2))
        assert [hand.session.document.by_id[n].params["bias"] for n in (first, second)] == [True, True]


def test_cutting_a_comment_takes_what_it_holds_along() -> None:
    with open_window() as hand:
        opened(hand)
        first, second, third = linears(hand)
        hand.window.bench.parts.scene.select({first, second})
        hand.window.actions_["comment"].trigger()
        comment = next(iter(hand.window.bench.parts.scene.selected))
        inside = set(hand.window.bench.parts.scene.inside_comments({comment}))
        hand.window.bench.clipboard.cut()
        assert not (inside | {comment}) & set(hand.session.document.by_id) and third in hand.session.document.by_id
        hand.window.bench.clipboard.paste()
        assert {first, second} <= set(hand.session.document.by_id)


def test_the_form_belongs_to_what_is_selected() -> None:
    with open_window() as hand:
        names = [hand.drop("dropout", 0, 150 * i) for i in range(3)] + [hand.drop("flatten", 300, 0)]
        hand.window.bench.parts.scene.select(set(names[:2]))
        assert hand.window.bench.parts.inspector.form is not None
        hand.window.bench.parts.scene.select(set(names[2:]))
        assert (
            hand.window.bench.parts.inspector.form is None
            or ("p",) not in hand.window.bench.parts.inspector.form.editors
        )


def test_comments_can_be_grouped_with_their_nodes_and_a_groups_ends_stay_where_they_are() -> None:
    with open_window() as hand:
        opened(hand)
        first, second, _ = linears(hand)
        hand.window.bench.parts.scene.select({first, second})
        hand.window.actions_["comment"].trigger()
        hand.window.bench.parts.scene.select(hand.window.bench.parts.scene.selected | {first, second})
        hand.window.actions_["group"].trigger()
        (group,) = [n for n in hand.session.document.nodes if n.body is not None]
        assert any(n.kind == "comment" for n in group.body.nodes)  # type: ignore[union-attr]
        hand.window.bench.grouping.open(group.id)
        hand.window.bench.parts.canvas.select_all()
        hand.window.bench.clipboard.copy()
        hand.window.bench.grouping.up()
        hand.window.bench.clipboard.paste()
        assert (
            not any(n.kind.startswith("group_") for n in hand.session.document.nodes)
            and "Left out" in hand.window.bench.parts.toast.text()
        )
        hand.window.bench.grouping.open(group.id)
        QGuiApplication.clipboard().setText(clip_text(network()))
        hand.window.bench.clipboard.paste()
        body = hand.session.document.by_id[group.id].body
        assert not {"data", "optimizer"} & {n.kind for n in body.nodes}  # type: ignore[union-attr]


@pytest.mark.parametrize("how", ["delete", "history", "open", "new", "group"])
def test_a_wire_on_the_mouse_does_not_outlive_its_node(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    raised: list[object] = []
    monkeypatch.setattr("sys.excepthook", lambda *error: raised.append(error))
    with open_window() as hand:
        opened(hand)
        first, second, _ = linears(hand)
        if how == "group":
            hand.window.bench.parts.scene.select({first, second})
            hand.window.actions_["group"].trigger()
            first = next(n.id for n in hand.session.document.nodes if n.body is not None)
            hand.window.show_all()
        viewport = hand.window.bench.parts.canvas.viewport()
        QTest.mouseClick(
            viewport, LEFT, pos=hand.pixel(hand.window.bench.parts.scene.cards[first].port_place("out", "y"))
        )
        assert hand.window.bench.parts.canvas.busy
        if how == "delete":
            hand.window.bench.placing.remove({first})
        elif how == "history":
            hand.session.go_to(0)
            hand.session.new(Document())
        elif how == "open":
            hand.window.bench.files.may_leave = lambda: True  # type: ignore[method-assign]
            hand.window.bench.files.open_example("rings")
        elif how == "new":
            hand.session.new()
        else:
            hand.window.bench.grouping.open(first)
        QTest.mouseMove(viewport, QPoint(200, 200))
        QTest.mouseMove(viewport, QPoint(260, 220))
        assert not hand.window.bench.parts.canvas.busy and not raised


def test_a_double_click_on_a_port_opens_nothing() -> None:
    with open_window() as hand:
        opened(hand)
        first = linears(hand)[0]
        spot = hand.pixel(hand.window.bench.parts.scene.cards[first].port_place("out", "y"))
        QTest.mouseClick(hand.window.bench.parts.canvas.viewport(), LEFT, pos=spot)
        QTest.mouseDClick(hand.window.bench.parts.canvas.viewport(), LEFT, pos=spot)
        assert not hand.window.bench.quick.isVisible() and not hand.window.bench.parts.canvas._sticky


def test_odd_comments_and_unknown_kinds_are_shown() -> None:
    from nnstudio.document.values import Node, Params
    from nnstudio.ui.project.thumbs import png_of

    nodes = [Node("a", "hologram"), Node("b", "hologram", position=(300.0, 0.0))]
    nodes += [
        Node(f"c{i}", "comment", params=Params(width=w, height=h), position=(0.0, 200.0 * i))
        for i, (w, h) in enumerate([("wide", 3), (None, None), ((1, 2), 5), (0, 0), (-5, 1e300)])
    ]
    document = Document("odd", tuple(nodes))
    assert png_of(document, 200, 100).startswith(b"\x89PNG")
    with open_window(document) as hand:
        hand.window.bench.parts.canvas.select_all()
        hand.window.bench.parts.scene.select({"a", "b"})
        hand.window.bench.parts.scene.select({"c0", "c1"})
        assert len(hand.window.bench.parts.scene.cards) == len(nodes)


@pytest.mark.parametrize(("typed", "expected"), [("1,000", 8), ("064", 64), ("-5", 8), ("1000000*1000000", 8)])
def test_whole_numbers_as_people_write_them(typed: str, expected: int) -> None:
    with open_window() as hand:
        opened(hand)
        first = linears(hand)[0]
        hand.click_card(first)
        box = hand.window.bench.parts.inspector.form.editors["units",]  # type: ignore[union-attr]
        box.setFocus()
        box.lineEdit().selectAll()
        QTest.keyClicks(box.lineEdit(), typed)
        QTest.keyClick(box.lineEdit(), Qt.Key.Key_Return)
        assert hand.session.document.by_id[first].params["units"] == expected
        if typed in ("-5", "1000000*1000000"):
            assert (
                "between" in hand.window.bench.parts.toast.text() or "from" in hand.window.bench.parts.toast.text()
            ), hand.window.bench.parts.toast.text()


def test_a_double_click_in_the_palette_goes_between_where_the_selected_layer_leads_on() -> None:
    with open_window() as hand:
        opened(hand)
        first, second, _ = linears(hand)
        hand.click_card(first)
        new = hand.double_click_palette("dropout")
        assert {(w.source, w.target) for w in hand.session.document.wires} >= {(first, new), (new, second)}
