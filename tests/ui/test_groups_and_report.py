"""Groups on the canvas, the layer table, findings with their buttons, results, pictures of choices."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QInputDialog

from nnstudio.catalog.registry import CATALOG
from nnstudio.document.edits import SetTraining
from nnstudio.engine.states import State
from nnstudio.session.blocks import own_blocks, own_folder
from nnstudio.session.examples import load_example
from nnstudio.ui.editing.palette import KIND
from nnstudio.ui.inspector.choices import OPEN, ChoiceCard
from tests.e2e.hand import LEFT, Hand, open_window
from tests.e2e.loops import settled
from tests.helpers import chain, choice

pytestmark = pytest.mark.usefixtures("qtbot")


def network() -> object:
    return chain(
        ("linear", "a", {"units": 6}),
        ("linear", "h", {"units": 6, "activation": choice("relu"), "weight_initializer": choice("he_normal")}),
        ("linear", "o", {"units": 3}),
        data=choice("iris"),
        loss=choice("cross_entropy"),
        epochs=2,
        batch_size=40,
    )


def opened() -> object:
    """A window on a network laid out, with two layers in a group."""
    return open_window(network())  # type: ignore[arg-type]


def group_two(hand: Hand) -> None:
    hand.compiled()
    hand.window.actions_["tidy"].trigger()
    hand.click_card("a")
    cards = hand.window.bench.parts.scene.cards
    QTest.mouseClick(
        hand.window.bench.parts.canvas.viewport(),
        LEFT,
        Qt.KeyboardModifier.ControlModifier,
        hand.pixel(cards["h"].sceneBoundingRect().center()),
    )
    hand.keys(hand.window, Qt.Key.Key_G, Qt.KeyboardModifier.ControlModifier)
    assert "group1" in hand.window.bench.parts.scene.cards


def double_click(hand: Hand, name: str) -> None:
    spot = hand.pixel(hand.window.bench.parts.scene.cards[name].sceneBoundingRect().center())
    QTest.mouseDClick(hand.window.bench.parts.canvas.viewport(), LEFT, pos=spot)


def test_a_group_is_made_opened_edited_trained_and_dissolved() -> None:
    with opened() as hand:  # type: ignore[attr-defined]
        group_two(hand)
        hand.compiled()
        hand.wait(lambda: hand.window.bench.parts.scene.cards["group1"].heading.shape_text == "N × 6")
        double_click(hand, "group1")
        assert (
            set(hand.window.bench.parts.scene.cards) == {"input1", "a", "h", "output1"}
            and hand.window.bench.parts.crumbs.isVisible()
        )
        hand.click_card("h")
        hand.type_number("9", "units")
        hand.compiled()
        hand.wait(lambda: hand.window.bench.parts.scene.cards["h"].heading.shape_text == "N × 9")
        hand.window.bench.selecting.undo()
        assert hand.window.bench.stage.document.by_id["h"].params["units"] == 6
        hand.press(hand.window.actions_["run"])
        hand.state(State.FINISHED)
        hand.window.actions_["step"].trigger()
        hand.wait(lambda: hand.session.stepping.shown is not None)
        assert any(m.node == "group1/h" for m in hand.session.stepping.shown.moments)
        hand.session.reset()
        hand.keys(hand.window, Qt.Key.Key_Up, Qt.KeyboardModifier.ControlModifier)
        assert "group1" in hand.window.bench.parts.scene.cards and not hand.window.bench.parts.crumbs.isVisible()
        hand.keys(hand.window, Qt.Key.Key_G, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
        assert {"a", "h"} <= set(hand.window.bench.parts.scene.cards)


def test_undoing_the_group_that_is_open_leads_out_of_it() -> None:
    with opened() as hand:  # type: ignore[attr-defined]
        group_two(hand)
        double_click(hand, "group1")
        hand.window.bench.selecting.undo()
        assert hand.window.bench.stage.path == () and {"a", "h"} <= set(hand.window.bench.parts.scene.cards)


def test_a_block_is_saved_and_dropped_again(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setattr("platformdirs.user_data_dir", lambda *a, **k: str(tmp_path))
    monkeypatch.setattr(QInputDialog, "getText", lambda *a, **k: ("两层", True))
    with opened() as hand:  # type: ignore[attr-defined]
        group_two(hand)
        hand.window.actions_["save_block"].trigger()
        assert own_blocks() == ["两层"] and own_folder().exists()
        listing = hand.window.bench.parts.palette.list
        assert any(listing.item(i).data(KIND) == "own-block:两层" for i in range(listing.count()))
        new = hand.drop("own-block:两层", 500, 400)
        assert hand.session.document.by_id[new].body == hand.session.document.by_id["group1"].body
        for name in ("residual", "mlp", "conv-norm-act"):
            placed = hand.drop(f"block:{name}", 500, 600)
            assert hand.session.document.by_id[placed].body is not None
        empty = hand.drop("group", 500, 900)
        assert len(hand.session.document.by_id[empty].body.nodes) == 2


@pytest.mark.parametrize(("block", "front"), [("residual", ("linear", {"units": 32})), ("mlp", None)])
def test_shipped_blocks_run(block: str, front: tuple[str, dict[str, int]] | None) -> None:
    from nnstudio.document.edits import Connect, Disconnect
    from nnstudio.document.groups import AddGroup
    from nnstudio.document.values import Wire
    from nnstudio.engine.trainer import Trainer
    from nnstudio.session.blocks import load_block
    from nnstudio.session.export import check_source, source_of
    from tests.helpers import finish, sound

    document = chain(
        ("linear", "front", {"units": 32}),
        ("linear", "o", {"units": 3}),
        data=choice("iris"),
        loss=choice("cross_entropy"),
        epochs=1,
    )
    document = AddGroup("g", load_block(block, own=False)).apply(document, CATALOG)
    document = Disconnect(Wire("front", "y", "o", "x")).apply(document, CATALOG)
    for wire in (Wire("front", "y", "g", "x"), Wire("g", "y", "o", "x")):
        document = Connect(wire).apply(document, CATALOG)
    end, _ = finish(Trainer(sound(document), device="cpu"))
    check_source(sound(document), source_of(sound(document)).text, end.weights)


def test_the_convolution_block_runs() -> None:
    from nnstudio.document.edits import Connect, Disconnect
    from nnstudio.document.groups import AddGroup
    from nnstudio.document.values import Wire
    from nnstudio.session.blocks import load_block
    from nnstudio.session.export import check_source, source_of
    from tests.helpers import sound

    document = chain(
        ("flatten", "f", {}),
        ("linear", "o", {"units": 10}),
        data=choice("digits", form="images"),
        loss=choice("cross_entropy"),
        epochs=1,
    )
    document = AddGroup("g", load_block("conv-norm-act", own=False)).apply(document, CATALOG)
    document = Disconnect(Wire("data", "x", "f", "x")).apply(document, CATALOG)
    for wire in (Wire("data", "x", "g", "x"), Wire("g", "y", "f", "x")):
        document = Connect(wire).apply(document, CATALOG)
    check_source(sound(document), source_of(sound(document)).text)


def test_duplicating_copies_groups_and_the_wires_among_them() -> None:
    with opened() as hand:  # type: ignore[attr-defined]
        group_two(hand)
        hand.window.bench.parts.scene.select({"group1", "o"})
        hand.window.actions_["duplicate"].trigger()
        document = hand.session.document
        copies = hand.window.bench.parts.scene.selected
        assert len(copies) == 2 and document.by_id["group2"].body == document.by_id["group1"].body
        assert any(w.source == "group2" and w.target in copies for w in document.wires)
        hand.window.bench.selecting.undo()
        assert "group2" not in hand.session.document.by_id


def test_findings_are_listed_shown_and_mended() -> None:
    document = chain(
        ("linear", "o", {"units": 3, "activation": choice("softmax")}),
        data=choice("iris"),
        loss=choice("cross_entropy"),
    )
    with open_window(document) as hand:
        hand.panel("problems")
        hand.wait(lambda: hand.session.meaning.analysis is not None and hand.window.bench.panels.view("problems").items)
        (item,) = hand.window.bench.panels.view("problems").items
        assert (
            "Squeezed twice" in item.text.text() and hand.window.bench.panels.docks[1].windowTitle() == "Problems (1)"
        )
        assert hand.window.bench.parts.scene.cards["o"]._problem
        QTest.mouseClick(item.mend, LEFT)
        hand.wait(lambda: not hand.window.bench.panels.view("problems").items)
        assert hand.session.document.by_id["o"].params["activation"].kind == "identity"
        hand.window.bench.selecting.undo()
        hand.wait(lambda: len(hand.window.bench.panels.view("problems").items) == 1)


def test_the_layer_table_and_its_clicks() -> None:
    with open_window(load_example("iris")) as hand:
        hand.wait(lambda: hand.session.meaning.analysis is not None)
        table = hand.panel("layers")
        model = table.model()
        rows = {model.index(r, 0).data(): [model.index(r, c).data() for c in range(6)] for r in range(model.rowCount())}
        assert rows["h1"][2:5] == ["N × 64", "320", "256"] and rows["total"][3:5] == ["2,691", "2,400"]
        settled()
        QTest.mouseClick(table.viewport(), LEFT, pos=table.visualRect(model.index(1, 0)).center())
        assert hand.window.bench.parts.scene.selected == {"h1"}


def test_results_after_a_run() -> None:
    with open_window(SetTraining(("epochs",), 3).apply(load_example("iris"), CATALOG)) as hand:
        hand.compiled()
        hand.press(hand.window.actions_["run"])
        hand.state(State.FINISHED)
        results = hand.panel("results")
        square = [[int(results.confusion.item(r, c).text()) for c in range(3)] for r in range(3)]
        assert [sum(row) for row in square] == [10, 10, 10]
        assert results.classes.item(0, 3).text() == "10"
        results.part.setCurrentIndex(1)
        results._fill()
        assert sum(int(results.confusion.item(r, c).text()) for r in range(3) for c in range(3)) == 120


def test_results_of_a_regression() -> None:
    document = chain(("linear", "o", {"units": 1}), data=choice("plane"), loss=choice("mse"), epochs=20)
    with open_window(document) as hand:
        hand.compiled()
        hand.press(hand.window.actions_["run"])
        hand.state(State.FINISHED)
        text = hand.panel("results").about.text()
        assert (
            "R² 0." in text
            and "MAE" in text
            and not hand.window.bench.panels.view("results").confusion.isVisibleTo(
                hand.window.bench.panels.view("results")
            )
        )


def test_choice_cards_show_pictures_and_remember_being_open() -> None:
    OPEN.clear()
    with open_window(load_example("rings")) as hand:
        hand.compiled()
        name = next(n.id for n in hand.session.document.nodes if n.kind == "linear")
        hand.click_card(name)
        cards = hand.window.bench.parts.inspector.findChildren(ChoiceCard)
        assert len(cards) >= 3 and not any(card.picture.isVisibleTo(card) for card in cards)
        for card in cards:
            QTest.mouseClick(card.fold, LEFT)
        assert all(not card.picture.pixmap().isNull() for card in cards)
        hand.choose("tanh", "activation")
        hand.compiled()
        again = hand.window.bench.parts.inspector.findChildren(ChoiceCard)
        assert next(card for card in again if card.entry.id == "tanh").fold.isChecked()
        for role in ("loss", "optimizer"):
            hand.click_card(next(n.id for n in hand.session.document.nodes if n.kind == role))
            for card in hand.window.bench.parts.inspector.findChildren(ChoiceCard):
                if not card.fold.isChecked():
                    QTest.mouseClick(card.fold, LEFT)
                assert card.entry.family == "optimizers" or not card.picture.pixmap().isNull()
    OPEN.clear()
