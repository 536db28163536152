"""Layers unfold on the canvas: every neuron is there, every weight is a curve that can be clicked."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QFontInfo
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QInputDialog

from nnstudio.catalog.registry import CATALOG, node_kinds
from nnstudio.document.edits import SetParam
from nnstudio.document.numbers import number
from nnstudio.document.values import Wire
from nnstudio.engine.experiment import load_parts, make_model
from nnstudio.engine.first_look import first_look
from nnstudio.engine.recorder import run_recorded
from nnstudio.engine.snapshot import Picture, Snapshot
from nnstudio.engine.states import State
from nnstudio.explain.weight_names import weight_name
from nnstudio.session.examples import load_example
from nnstudio.ui.canvas.column import MOST, chosen_of, frame_of
from nnstudio.ui.canvas.weighed import FADED
from nnstudio.ui.canvas.weights import Ends, bundle, largest
from tests.e2e.hand import LEFT, Hand, open_window
from tests.helpers import choice, sound

pytestmark = pytest.mark.drawn


def scene_of(hand: Hand) -> Any:
    return hand.window.bench.parts.scene


def opened(hand: Hand, *names: str) -> None:
    hand.wait(lambda: all(scene_of(hand).cards[name].unfolded for name in names))


def wire_into(hand: Hand, target: str) -> Wire:
    return next(wire for wire in scene_of(hand).curves if wire.target == target)


def spot_on(hand: Hand, wire: Wire, row: int, column: int, share: float = 0.5) -> QPoint:
    """A pixel on the curve of a weight."""
    found = scene_of(hand).curves[wire].bundle
    (curve,) = np.flatnonzero((found.rows == row) & (found.cols == column))
    lines = found.lines[curve]
    return hand.pixel(QPointF(*lines[round(share * (len(lines) - 1))]))


# -- what is drawn ----------------------------------------------------------------------------


def test_curves_are_the_weights_between_the_neurons_that_are_shown() -> None:
    """Against the start weights of the program itself."""
    with open_window(load_example("rings")) as hand:
        opened(hand, "h1", "h2", "out")
        model, _ = make_model(sound(load_example("rings")), 0, torch.device("cpu"))
        scene = scene_of(hand)
        for name in ("h2", "out"):
            found = scene.curves[wire_into(hand, name)].bundle
            weight = dict(model.named_parameters())[f"{name}.weight"].detach().numpy()
            there, here = scene.cards[name].column.units, scene.cards[wire_into(hand, name).source].column.units
            rows = there.picture.shown[there.places[found.rows]]
            columns = here.picture.shown[here.places[found.cols]]
            np.testing.assert_allclose(found.values, weight[rows, columns], rtol=1e-6)
            assert len(found.values) == len(there.places) * len(here.places)


def test_every_curve_runs_from_its_neuron_to_its_neuron() -> None:
    with open_window(load_example("xor")) as hand:
        opened(hand, "data", "hidden", "output")
        scene = scene_of(hand)
        for wire, curves in scene.curves.items():
            if wire.target not in ("hidden", "output"):
                continue
            source, target = scene.cards[wire.source], scene.cards[wire.target]
            for row, column, line in zip(curves.bundle.rows, curves.bundle.cols, curves.bundle.lines, strict=True):
                start = source.pos() + source.column.middle(int(column))
                end = target.pos() + target.column.middle(int(row))
                assert line[0][0] == pytest.approx(start.x() + source.column.frame.width / 2, abs=3)
                assert line[0][1] == pytest.approx(start.y(), abs=0.5)
                assert line[-1][0] == pytest.approx(end.x() - target.column.frame.width / 2, abs=3)
                assert line[-1][1] == pytest.approx(end.y(), abs=0.5)
            assert scene.wires[wire].pen().style() == Qt.PenStyle.NoPen


@pytest.mark.parametrize(("name", "least"), [("xor", 0.45), ("rings", 0.45), ("iris", 0.45)])
@pytest.mark.led
def test_on_opening_the_network_fills_the_canvas_and_can_be_read(name: str, least: float) -> None:
    with open_window(load_example(name)) as hand:
        hand.window.resize(1366, 768)
        cards = scene_of(hand).cards
        opened(hand, *(n for n, card in cards.items() if card.kind.role == "layer"))
        canvas = hand.window.bench.parts.canvas
        hand.wait(lambda: canvas.fitted and canvas.seen().contains(scene_of(hand).content()))
        boxes = [card.sceneBoundingRect() for card in cards.values()]
        boxes += [curves.sceneBoundingRect() for curves in scene_of(hand).curves.values()]
        seen = canvas.seen()
        covered = np.zeros((200, 200), dtype=bool)
        for box in boxes:
            left, right = (np.clip((x - seen.left()) / seen.width() * 200, 0, 200) for x in (box.left(), box.right()))
            top, bottom = (np.clip((y - seen.top()) / seen.height() * 200, 0, 200) for y in (box.top(), box.bottom()))
            covered[int(top) : int(bottom), int(left) : int(right)] = True
        assert covered.mean() >= least
        if name == "rings":
            frame = cards["h1"].column.frame
            assert min(frame.width, frame.height) * canvas.zoom >= 36
        for card in cards.values():
            shown = card.heading
            for text in (shown.title, shown.summary, shown.shape, shown.note):
                assert QFontInfo(text.font()).pixelSize() * text.scale() * canvas.zoom >= 11
        places = list(cards.items())
        for number_, (one, card) in enumerate(places):
            for other, beside in places[number_ + 1 :]:
                assert not card.space.intersects(beside.space), f"{one} lies over {other}"


def test_neurons_of_a_wide_layer_are_chosen_and_that_is_said() -> None:
    with open_window(load_example("rings")) as hand:
        opened(hand, "h1")
        scene, unfolding = scene_of(hand), hand.window.bench.unfolding
        card = scene.cards["h1"]
        assert card.heading.note_text.startswith("16 of 32 shown")
        assert card.column.units.places.tolist() == list(range(16))
        unfolding.show_by("h1", "gradient")
        picture = card.column.units.picture
        largest_ = np.sort(np.argsort(-np.abs(picture.gradients), kind="stable")[:MOST])
        smallest = np.abs(picture.gradients[card.column.units.places]).min()
        assert smallest >= np.sort(np.abs(picture.gradients))[::-1][MOST - 1] and len(largest_) == 16
        unfolding.show_by("h1", "first")
        unfolding.pin("h1", 31)
        assert 31 in card.column.units.places and len(card.column.units.places) == 16
        kept = unfolding.look()
        scene.wished, scene.ways, scene.pinned = {}, {}, {}
        hand.session.view.update(kept)
        unfolding.restore()
        assert scene.pinned == {"h1": (31,)} and scene.ways == {"h1": "first"}
        unfolding.pin("h1", 31)
        assert 31 not in card.column.units.places


@pytest.mark.parametrize("kept", [None, 3, [], {"wished": 3, "ways": {"h1": "all"}, "pinned": {"h1": ["x", -1, True]}}])
def test_what_is_no_wish_in_a_file_is_passed_over(kept: object) -> None:
    with open_window(load_example("rings")) as hand:
        hand.session.view["unfolded"] = kept
        hand.window.bench.unfolding.restore()
        scene = scene_of(hand)
        assert not scene.wished and not scene.ways and not any(scene.pinned.values())


def test_a_card_is_folded_and_unfolded_by_double_click_and_keys_and_that_is_kept() -> None:
    with open_window(load_example("xor")) as hand:
        opened(hand, "hidden", "output")
        scene, canvas = scene_of(hand), hand.window.bench.parts.canvas
        card = scene.cards["hidden"]
        head = hand.pixel(card.pos() + QPointF(card.rect().width() / 2, 12))
        QTest.mouseDClick(canvas.viewport(), LEFT, pos=head)
        assert not card.unfolded and scene.cards["output"].unfolded
        assert card.strength == 1.0 and card._cells == 4, "folded, its neurons are a strip"
        assert all("hidden" not in (w.source, w.target) or c.bundle.rows.size for w, c in scene.curves.items())
        scene.select({"hidden"})
        hand.window.actions_["unfold"].trigger()
        assert card.unfolded
        hand.wait(lambda: card.column.opacity() == 1.0)
        hand.window.actions_["unfold_all"].trigger()
        assert not any(card.unfolded for card in scene.cards.values()) and not scene.curves
        assert hand.session.look_now()["unfolded"]["wished"]["hidden"] is False
        hand.window.actions_["unfold_all"].trigger()
        assert card.unfolded


def test_a_group_opens_in_its_place_as_before() -> None:
    from nnstudio.document.groups import MakeGroup

    with open_window(load_example("xor")) as hand:
        hand.compiled()
        hand.window.bench.stage.propose(MakeGroup(("hidden",)))
        (group,) = [n.id for n in hand.session.document.nodes if n.body is not None]
        hand.window.bench.unfolding.toggle(group)
        assert not scene_of(hand).wished
        hand.window.bench.parts.canvas.opened.emit(group)
        assert hand.window.bench.stage.path == (group,)


# -- edited in the open -----------------------------------------------------------------------


def test_an_unfolded_card_is_dragged_and_its_place_in_the_document_moves_as_far() -> None:
    with open_window(load_example("xor")) as hand:
        opened(hand, "hidden")
        scene = scene_of(hand)
        before = hand.session.document.by_id["hidden"].position
        card = scene.cards["hidden"]
        stands = card.pos()
        start = card.pos() + QPointF(card.rect().width() / 2, 14)
        hand.drag(start, start + QPointF(0, 60))
        after = hand.session.document.by_id["hidden"].position
        assert after[0] - before[0] == pytest.approx(card.pos().x() - stands.x(), abs=1e-6)
        assert after[1] - before[1] == pytest.approx(60, abs=10)
        assert card.home == QPointF(*after)
        hand.window.bench.selecting.undo()
        assert hand.session.document.by_id["hidden"].position == before and card.pos() == stands


def test_plus_and_minus_change_the_width_of_a_layer() -> None:
    with open_window(load_example("xor")) as hand:
        opened(hand, "hidden")
        scene_of(hand).select({"hidden"})
        canvas = hand.window.bench.parts.canvas
        canvas.setFocus()
        QTest.keyClicks(canvas, "+")
        assert hand.session.document.by_id["hidden"].params["units"] == 5
        hand.wait(lambda: len(scene_of(hand).cards["hidden"].column.frame.middles) == 5)
        QTest.keyClicks(canvas, "--")
        assert hand.session.document.by_id["hidden"].params["units"] == 3
        scene_of(hand).select({"data"})
        QTest.keyClicks(canvas, "+")
        assert "width" in hand.window.bench.parts.toast.text()


def test_tidy_and_align_work_on_what_is_seen() -> None:
    with open_window(load_example("xor")) as hand:
        opened(hand, "hidden", "output")
        scene = scene_of(hand)
        scene.select({"hidden", "output"})
        hand.window.bench.arranging.align("top")
        hand.window.bench.arranging.settle()
        tops = [scene.cards[name].pos().y() for name in ("hidden", "output")]
        assert tops[0] == pytest.approx(tops[1], abs=1.0)
        hand.window.bench.arranging.tidy()
        hand.window.bench.arranging.settle()
        boxes = [card.sceneBoundingRect() for card in scene.cards.values()]
        assert not any(a.intersects(b) for i, a in enumerate(boxes) for b in boxes[i + 1 :])


# -- pointed at, clicked ----------------------------------------------------------------------


def test_a_neuron_that_is_pointed_at_says_its_numbers_and_shows_its_weights() -> None:
    with open_window(load_example("rings")) as hand:
        opened(hand, "h1", "h2")
        scene, weighing = scene_of(hand), hand.window.bench.weighing
        card = scene.cards["h2"]
        QTest.mouseMove(hand.window.bench.parts.canvas.viewport(), hand.pixel(card.pos() + card.column.middle(3)))
        hand.wait(weighing.neuron.isVisible)
        picture = card.column.units.picture
        said = weighing.neuron.words.text()
        assert weighing.neuron.title.text() == "h2 · 4" and f"a = {number(float(picture.values[3]))}" in said
        assert f"∂E/∂a = {number(float(picture.gradients[3]))}" in said
        drawn = hand.session.meaning.drawn.snapshot
        strongest = np.abs(drawn.weights["h2"][3, :16]).argmax()
        assert f"h1 · {strongest + 1}: w = {number(float(drawn.weights['h2'][3, strongest]))}" in said
        assert scene.bright.isVisible()
        assert all(curves.opacity() == FADED for curves in scene.curves.values())
        QTest.mouseMove(hand.window.bench.parts.canvas.viewport(), QPoint(3, 3))
        hand.wait(lambda: not weighing.neuron.isVisible())
        assert not scene.bright.isVisible() and all(curves.opacity() == 1.0 for curves in scene.curves.values())


@pytest.mark.led
def test_why_a_weight_moved_is_three_clicks_from_the_welcome_page() -> None:
    """The worked example: w₅ moves from 0.40 by −0.0411."""
    with open_window() as hand:
        window = hand.window
        hand.window.bench.files.open_example("backprop-2-2-2")  # the first click, on its tile
        opened(hand, "hidden", "output")
        assert window.bench.desks.now == "watch"
        wire = wire_into(hand, "output")
        hand.wait(lambda: window.bench.parts.canvas.fitted)
        QTest.mouseClick(window.bench.parts.canvas.viewport(), LEFT, pos=spot_on(hand, wire, 0, 0, 0.4))
        card = window.bench.weighing.card
        assert card.isVisible() and card.title.text().startswith("w₅") and "0.4000" in card.words.text()
        QTest.mouseClick(card.ask, LEFT)
        hand.wait(lambda: window.bench.stepping.trace is not None)
        moment = window.bench.parts.timeline.moment
        assert (moment.phase, moment.parameter) == ("update", "output.weight")
        hand.wait(lambda: window.bench.parts.card.card is not None)
        assert "0.35891648" in window.bench.parts.card.card.result
        assert "w₅: 0.4000 → 0.3589" in scene_of(hand).cards["output"]._tag.text.text()
        assert window.bench.desks.now == "step" and not card.isVisible()
        # And clicked again it says what it did, and sets it by hand.
        QTest.mouseClick(window.bench.parts.canvas.viewport(), LEFT, pos=spot_on(hand, wire, 0, 0, 0.4))
        assert "(−0.04108)" in card.words.text() and "∂E/∂w₅ = 0.08217" in card.words.text()


def test_a_weight_and_a_bias_are_set_by_hand_on_the_canvas(monkeypatch: pytest.MonkeyPatch) -> None:
    with open_window(load_example("backprop-2-2-2")) as hand:
        opened(hand, "hidden", "output")
        window, scene = hand.window, scene_of(hand)
        canvas = window.bench.parts.canvas
        monkeypatch.setattr(QInputDialog, "getDouble", lambda *args: (2.5, True))
        QTest.mouseClick(canvas.viewport(), LEFT, pos=spot_on(hand, wire_into(hand, "output"), 1, 0, 0.25))
        assert window.bench.weighing.card.title.text().startswith("w₇")
        QTest.mouseClick(window.bench.weighing.card.set, LEFT)
        hand.wait(lambda: len(hand.session.stepping.changes) == 1)
        assert hand.session.stepping.shown.parameters["output.weight"].old[1, 0] == pytest.approx(2.5)
        card = scene.cards["hidden"]
        QTest.mouseDClick(canvas.viewport(), LEFT, pos=hand.pixel(card.pos() + card.column.middle(1)))
        hand.wait(lambda: len(hand.session.stepping.changes) == 2)
        assert hand.session.stepping.shown.parameters["hidden.bias"].old[1] == pytest.approx(2.5)
        assert card.unfolded, "a double click on a neuron of a step does not fold its card"


def test_weights_are_numbered_through_a_small_network_and_named_by_place_in_a_large_one() -> None:
    matrices = [("a", (2, 2)), ("b", (2, 2))]
    assert [weight_name(matrices, "b", row, column) for row in (0, 1) for column in (0, 1)] == ["w₅", "w₆", "w₇", "w₈"]
    assert weight_name(matrices, "a", 1, 0) == "w₃"
    assert weight_name([("a", (64, 4)), ("b", (3, 64))], "b", 2, 40) == "w[3, 41]"


# -- what flows -------------------------------------------------------------------------------


def test_what_flows_is_what_the_network_computes() -> None:
    """Forward w·a adds up to z without the bias; backward w·∂E/∂z adds up to the gradient that arrives."""
    program = sound(load_example("rings"))
    looked = first_look(program)
    assert looked is not None
    model, criterion = make_model(program, program.seed, torch.device("cpu"))
    data, _ = load_parts(program, torch.device("cpu"))
    inputs, targets = data.batch(slice(0, 1))
    loss, seen = run_recorded(model.eval(), criterion, inputs, targets, retain=True)
    loss.backward()
    for name in ("h1", "h2", "out"):
        slope = seen[f"{name}_z" if f"{name}_z" in seen else name].grad[0].numpy()
        picture = looked.pictures[name]
        np.testing.assert_allclose(picture.deltas, slope[picture.shown], rtol=1e-5, atol=1e-9)
    arrives = looked.pictures["out"].deltas @ looked.weights["out"]
    np.testing.assert_allclose(arrives, looked.pictures["h2"].gradients, rtol=1e-4, atol=1e-8)


def test_dots_carry_the_largest_flows_with_their_signs() -> None:
    lines, numbers = np.zeros((5, 16, 2)), np.array([0.1, -3.0, 0.0, 2.0, np.nan])
    flow = largest(lines, numbers, most=2)
    assert flow.numbers.tolist() == [-3.0, 2.0] and flow.limit == 3.0


def test_light_runs_forward_and_back_while_a_step_is_walked_and_not_where_motion_is_unwanted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with open_window(load_example("backprop-2-2-2")) as hand:
        opened(hand, "hidden", "output")
        scene, timeline = scene_of(hand), hand.window.bench.parts.timeline
        hand.press(hand.window.actions_["step"])
        hand.wait(lambda: hand.window.bench.stepping.trace is not None)
        trace = hand.window.bench.stepping.trace
        hand.wait(lambda: scene.dots.count == 4)
        back = next(m for m in trace.moments if m.phase == "backward" and m.node == "hidden" and m.step)
        timeline.go_to(back)
        assert scene.dots.count > 0
        wire = wire_into(hand, "hidden")
        flow = scene.flow_of(wire, True)
        found = scene.curves[wire].bundle
        assert flow.lines[0][0][0] > flow.lines[0][-1][0], "gradients run back"
        assert set(np.round(flow.numbers, 12)) == set(
            np.round(trace.gradients["hidden_z"][0][found.rows] * found.values, 12)
        )
        hand.wait(lambda: not scene.dots.count)
        monkeypatch.setattr("nnstudio.ui.teaching.stepping.moves", lambda: False)
        timeline.go_last()
        timeline.go_to(back)
        assert not scene.dots.count


@pytest.mark.unhurried
def test_light_runs_while_a_run_is_held_back_and_rests_when_it_is_let_go() -> None:
    with open_window(load_example("rings")) as hand:
        opened(hand, "h1")
        scene = scene_of(hand)
        hand.press(hand.window.actions_["run"])
        hand.wait(lambda: scene.dots.count > 0)
        seen = {scene.dots.at}
        hand.wait(lambda: (seen.add(scene.dots.at), len(seen) > 3)[1])
        hand.session.helm.speed.set(None)
        hand.wait(lambda: hand.session.training.snapshot.pace is None or hand.session.training.state is State.FINISHED)
        hand.wait(lambda: not scene.dots.count)
        hand.state(State.FINISHED)


# -- pieces -----------------------------------------------------------------------------------


def test_curves_without_weights_lead_from_like_to_like_or_to_a_port() -> None:
    many = np.stack([np.zeros(3), np.arange(3.0)], axis=1)
    port, away = np.array([[100.0, 1.0]]), many + np.array([100.0, 0.0])
    like = bundle(Ends(many, many), Ends(away, away), None)
    assert like.rows.tolist() == like.cols.tolist() == [0, 1, 2] and np.isnan(like.values).all()
    fan = bundle(Ends(many, many), Ends(port, port, port=True), None)
    assert fan.rows.tolist() == [-1, -1, -1] and fan.cols.tolist() == [0, 1, 2]
    full = bundle(Ends(many, many), Ends(away, away), None, full=True)
    assert len(full.rows) == 9


@pytest.mark.parametrize("count", [1, 2, 8, 9, 16])
@pytest.mark.parametrize("shape", [None, (16, 16), (8, 48), (4, 4)])
def test_neurons_stand_beside_each_other(count: int, shape: tuple[int, int] | None) -> None:
    frame = frame_of(count, shape, 0.0)
    for place, (x, y) in enumerate(frame.middles):
        for u, v in frame.middles[place + 1 :]:
            assert abs(x - u) >= frame.width or abs(y - v) >= frame.height
    if shape is not None and count > 2:
        assert frame.height >= 8


def test_pinned_neurons_are_among_those_shown() -> None:
    picture = Picture(np.arange(32.0), np.arange(32.0), np.arange(0, 64, 2), 64)
    assert chosen_of(picture, "first", ()).tolist() == list(range(16))
    assert 31 in chosen_of(picture, "first", (62,)) and 15 not in chosen_of(picture, "first", (62,))
    assert chosen_of(picture, "gradient", ()).tolist() == list(range(16, 32))
    assert len(set(chosen_of(picture, "even", (62, 60)).tolist())) == 16


def test_classes_are_named_and_have_bars() -> None:
    with open_window(load_example("iris")) as hand:
        opened(hand, "out", "data")
        units = scene_of(hand).cards["out"].column.units
        assert units.names == ("setosa", "versicolor", "virginica") and sum(units.shares) == pytest.approx(1.0)
        raised = torch.softmax(torch.tensor(units.picture.values), dim=0)
        np.testing.assert_allclose(units.shares, raised.numpy(), rtol=1e-6)
        assert scene_of(hand).cards["data"].column.units.names == ("x₁", "x₂", "x₃", "x₄")


def test_of_a_single_sample_the_numbers_are_shown_and_of_many_the_planes() -> None:
    with open_window(load_example("backprop-2-2-2")) as hand:
        opened(hand, "hidden")
        assert not scene_of(hand).cards["hidden"].column.units.picture.tiles.size
    with open_window(load_example("xor")) as hand:
        opened(hand, "hidden")
        assert scene_of(hand).cards["hidden"].column.units.picture.tiles.shape[0] == 4


def test_every_kind_of_layer_unfolds() -> None:
    for name in ("digits", "memory", "karate"):
        with open_window(load_example(name)) as hand:
            layers = [n.id for n in hand.session.document.nodes if node_kinds()[n.kind].role == "layer"]
            opened(hand, *layers)
            snapshot: Snapshot = hand.session.meaning.drawn.snapshot
            assert {*layers} <= {*snapshot.pictures}


def test_an_edit_of_a_width_keeps_the_layer_unfolded_and_its_weights_true() -> None:
    with open_window(load_example("xor")) as hand:
        opened(hand, "hidden", "output")
        hand.session.apply(SetParam("hidden", ("units",), 5))
        assert scene_of(hand).curves[wire_into(hand, "output")].opacity() < 1.0, "what is drawn is no longer true"
        hand.wait(lambda: len(scene_of(hand).curves[wire_into(hand, "output")].bundle.values) == 5)
        assert scene_of(hand).curves[wire_into(hand, "output")].opacity() == 1.0


def test_the_arithmetic_of_the_loss_is_folded_until_asked_for() -> None:
    with open_window(load_example("backprop-2-2-2")) as hand:
        opened(hand, "hidden", "output")
        hand.press(hand.window.actions_["step"])
        hand.wait(lambda: hand.window.bench.stepping.trace is not None)
        timeline, whole = hand.window.bench.parts.timeline, hand.session.stepping.shown
        inner = [m for m in whole.moments if m.step in whole.steps and whole.steps[m.step].phase == "loss"]
        assert len(inner) > 4
        shown = [m for m in timeline.trace.moments if m.step in whole.steps and whole.steps[m.step].phase == "loss"]
        assert [(m.phase, m.step) for m in shown] == [("loss", "loss"), ("backward", "loss_difference")]
        assert [m.index for m in timeline.trace.moments] == list(range(len(whole.moments) - len(inner) + 2))
        timeline.go_to(shown[1])
        hand.window.bench.stepping.go_on_to_use()
        assert timeline.moment.node == "output" and timeline.moment.phase == "backward"
        timeline.zoom.click()
        fine = {m.step for m in timeline.trace.moments if m.phase == "loss"}
        assert {m.step for m in inner if m.phase == "loss"} <= fine


def test_in_a_large_network_what_is_looked_at_from_near_unfolds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nnstudio.ui.canvas.unfolded.FEW", 3)
    with open_window(load_example("rings")) as hand:
        scene, canvas = scene_of(hand), hand.window.bench.parts.canvas
        hand.wait(lambda: all(scene.cards[name].strength == 1.0 for name in ("h1", "h2", "out")))
        assert not any(card.unfolded for card in scene.cards.values())
        middle = scene.cards["h2"].sceneBoundingRect().center()
        canvas.go_where(middle.x(), middle.y(), 2.5)
        hand.wait(lambda: scene.cards["h2"].unfolded)
        assert not scene.cards["data"].unfolded, "it is out of sight"
        canvas.fit()
        hand.wait(lambda: canvas.zoom > 0.8 or not scene.cards["h2"].unfolded)
        canvas.go_where(middle.x(), middle.y(), 0.6)
        hand.wait(lambda: not any(card.unfolded for card in scene.cards.values()))


def test_a_closed_group_shows_no_weights_of_its_inside_and_does_not_unfold() -> None:
    from nnstudio.document.groups import MakeGroup

    with open_window(load_example("backprop-2-2-2")) as hand:
        opened(hand, "hidden", "output")
        hand.window.bench.stage.propose(MakeGroup(("hidden", "output")))
        (group,) = [n.id for n in hand.session.document.nodes if n.body is not None]
        scene = scene_of(hand)
        hand.wait(lambda: scene.cards["data"].strength == 1.0 and hand.session.meaning.drawn is not None)
        hand.wait(lambda: scene.cards[group].strength > 0)
        assert not scene.cards[group].unfolded
        assert not any(np.isfinite(c.bundle.values).any() for wire, c in scene.curves.items() if wire.target == group)
        # Inside, the weights are those of the layers there.
        hand.window.bench.grouping.open(group)
        hand.wait(lambda: scene.cards["output"].unfolded)
        found = scene.curves[wire_into(hand, "output")].bundle.values
        np.testing.assert_allclose(found, [0.4, 0.45, 0.5, 0.55], rtol=1e-6)
        assert not any(wire not in scene.wires for wire in scene.curves), "curves go with their wires"


def test_planes_come_back_after_a_step() -> None:
    with open_window(load_example("xor")) as hand:
        opened(hand, "hidden")
        column = scene_of(hand).cards["hidden"].column
        hand.press(hand.window.actions_["run"])
        hand.state(State.FINISHED)
        hand.wait(lambda: len(column._images) == 4)
        hand.press(hand.window.actions_["step"])
        hand.wait(lambda: hand.window.bench.stepping.trace is not None)
        assert not column._images
        hand.window.bench.stepping.leave()
        assert len(column._images) == 4 and column.units.picture.tiles.size


def test_a_weight_that_was_clicked_is_left_when_the_network_is_edited() -> None:
    with open_window(load_example("xor")) as hand:
        opened(hand, "hidden", "output")
        canvas = hand.window.bench.parts.canvas
        QTest.mouseClick(canvas.viewport(), LEFT, pos=spot_on(hand, wire_into(hand, "output"), 0, 2))
        assert hand.window.bench.weighing.card.isVisible() and scene_of(hand).lit.isVisible()
        hand.session.apply(SetParam("hidden", ("units",), 6))
        assert not hand.window.bench.weighing.card.isVisible() and not scene_of(hand).lit.isVisible()


def test_what_is_lit_moves_with_its_curves() -> None:
    with open_window(load_example("xor")) as hand:
        opened(hand, "hidden", "output")
        scene = scene_of(hand)
        scene.light_path("hidden", 1)
        before = scene.lit.boundingRect()
        scene.stretch_to(1.0 if scene.stretch > 1.1 else 1.5)
        assert scene.lit.isVisible() and scene.lit.boundingRect() != before
        scene.light_path("", None)
        assert not scene.lit.isVisible()


def test_numbers_that_are_none_break_no_scale() -> None:
    with open_window(load_example("xor")) as hand:
        opened(hand, "hidden")
        scene = scene_of(hand)
        scene.forget_pictures()
        for slope in (np.nan, np.inf, 0.25):
            scene.show_pictures({"hidden": Picture(np.full(4, slope), np.full(4, slope), np.arange(4), 4)}, {})
            assert np.isfinite(scene.limits).all()
        assert scene.limits[1] == 0.25


def test_xor_is_learnt_from_a_blank_page_in_seven_actions() -> None:
    """Blank page, five double clicks in the palette, Run: the defaults suffice for four of four."""
    with open_window() as hand:
        hand.window.bench.following.blank()
        for kind in ("data", "linear", "linear", "loss", "optimizer"):
            hand.window.bench.placing.append(kind)
            hand.wait(lambda kind=kind: any(n.kind == kind for n in hand.session.document.nodes))
            hand.wait(lambda: hand.session.meaning.document == hand.session.document)
        fresh = hand.window.bench.beginning
        hand.wait(lambda: hand.session.document.training.get("epochs") == 300)
        hand.wait(lambda: hand.session.meaning.lowered is not None and hand.session.meaning.lowered.program is not None)
        nodes = hand.session.document.by_id
        assert nodes["linear1"].params["activation"].kind == "tanh" and nodes["linear1"].params["units"] == 8
        assert nodes["linear2"].params["activation"].kind == "identity" and nodes["linear2"].params["units"] == 2
        assert nodes["data1"].params["validation"] == 0.0 and fresh.fresh == {"data1"}
        hand.press(hand.window.actions_["run"])
        hand.state(State.FINISHED)
        assert hand.session.training.report["final"]["train_accuracy"] == 1.0
        # Who holds rows out by hand keeps them.
        hand.session.apply(SetParam("data1", ("validation",), 0.2))
        hand.wait(lambda: hand.session.meaning.document == hand.session.document)
        assert hand.session.document.by_id["data1"].params["validation"] == 0.2
        hand.window.bench.selecting.undo()
        # With more data some rows are held out after all, and that is said.
        hand.session.apply(SetParam("data1", ("dataset",), choice("iris")))
        hand.wait(lambda: hand.session.document.by_id["data1"].params["validation"] == 0.2)
        assert "20 %" in hand.window.bench.parts.toast.text()


def test_without_weights_values_go_on_and_the_gradient_that_arrives_comes_back() -> None:
    with open_window(load_example("xor")) as hand:
        opened(hand, "hidden", "output")
        scene, wire = scene_of(hand), Wire("output", "y", "loss", "prediction")
        picture = scene.cards["output"].column.units.picture
        assert scene.flow_of(wire, False).numbers.tolist() == picture.values.tolist()
        assert scene.flow_of(wire, True).numbers.tolist() == picture.gradients.tolist()
    with open_window(load_example("digits")) as hand:
        opened(hand, "pool1", "conv2")
        wire = wire_into(hand, "conv2")
        assert len(scene_of(hand).curves[wire].bundle.values) > 16 and scene_of(hand).flow_of(wire, False) is None


def test_a_namesake_in_another_project_is_not_made_to_fit() -> None:
    with open_window() as hand:
        hand.window.bench.following.blank()
        hand.window.bench.placing.append("data")
        fresh = hand.window.bench.beginning
        hand.wait(lambda: hand.session.document.by_id["data1"].params["validation"] == 0.0 and fresh.fresh)
        other = SetParam("data1", ("dataset",), choice("iris")).apply(hand.session.document, CATALOG)
        hand.session.new(other)
        hand.wait(lambda: not fresh.fresh)
        assert hand.session.document == other


# -- names ------------------------------------------------------------------------------------


def test_what_a_student_calls_things_stands_on_the_canvas_at_once() -> None:
    with open_window(load_example("xor")) as hand:
        hand.compiled()
        layer = next(node.id for node in hand.session.document.nodes if node.kind == "linear")
        opened(hand, "data", layer)
        scene, window = scene_of(hand), hand.window
        scene.select({layer})
        window.bench.parts.inspector.set_full(True)
        editor = window.bench.parts.inspector.form.editors["names",]
        editor.setFocus()
        QTest.keyClicks(editor, "left, right")
        QTest.keyClick(editor, Qt.Key.Key_Return)
        assert hand.session.document.by_id[layer].params["names"] == ("left", "right")
        hand.wait(lambda: scene.cards[layer].column.units.names[:2] == ("left", "right"))
        # The inputs as well, and a weight in its card.
        window.bench.parts.stage.propose(SetParam("data", ("names",), ("a", "b")))
        window.bench.parts.stage.propose(SetParam(layer, ("weight_names",), ("first",)))
        hand.wait(lambda: scene.cards["data"].column.units.names == ("a", "b"))
        hand.wait(lambda: hand.session.meaning.lowered is not None)
        wire = wire_into(hand, layer)
        QTest.mouseClick(window.bench.parts.canvas.viewport(), LEFT, pos=spot_on(hand, wire, 0, 0))
        assert "first = " in window.bench.weighing.card.words.text()
        # A trained run stays what it is when things are called otherwise.
        hand.press(window.actions_["run"])
        hand.state(State.FINISHED)
        window.bench.parts.stage.propose(SetParam(layer, ("names",), ("up",)))
        hand.wait(lambda: hand.session.meaning.lowered is not None)
        assert scene.cards[layer].strength == 1.0 and hand.session.fitting_weights()


def test_in_a_step_neurons_say_their_delta() -> None:
    with open_window(load_example("backprop-2-2-2")) as hand:
        opened(hand, "hidden", "output")
        hand.window.actions_["step"].trigger()
        hand.wait(lambda: hand.window.bench.parts.timeline.trace is not None)
        timeline = hand.window.bench.parts.timeline
        timeline.slider.setValue(next(m.index for m in timeline.trace.moments if m.phase == "loss"))
        units = scene_of(hand).cards["output"].column.units
        assert units.delta(0) == 0.0, "it has not come yet"
        timeline.slider.setValue(next(m.index for m in timeline.trace.moments if m.phase == "update"))
        units = scene_of(hand).cards["output"].column.units
        # δ of the worked example: (a − y)·a·(1 − a).
        assert [units.delta(place) for place in range(2)] == pytest.approx([0.138498562, -0.038098236], abs=1e-7)
        hand.window.bench.stepping.leave()
        assert scene_of(hand).cards["output"].column.units.delta(0) == 0.0


# -- groups -----------------------------------------------------------------------------------


def test_a_group_opens_in_its_place_and_lives() -> None:
    with open_window(load_example("rings")) as hand:
        opened(hand, "h1", "h2")
        scene, window = scene_of(hand), hand.window
        scene.select({"h1", "h2"})
        window.bench.grouping.group()
        (group,) = (name for name, card in scene.cards.items() if card.node.body is not None)
        hand.wait(lambda: scene.cards[group].strength)
        assert not scene.cards[group].unfolded, "until it is asked for"
        scene.select({group})
        QTest.keyClick(window, Qt.Key.Key_U, Qt.KeyboardModifier.ControlModifier)
        hand.wait(lambda: scene.cards[group].unfolded)
        inside = scene.cards[group].column.units.inside
        assert set(inside.scene.cards) == set(scene.cards[group].node.body.by_id)
        hand.press(window.actions_["run"])
        hand.state(State.FINISHED)
        pictures = hand.session.training.snapshot.pictures
        for name in ("h1", "h2"):
            card = inside.scene.cards[name]
            assert card.unfolded
            shown = card.column.units.picture
            np.testing.assert_allclose(shown.values, pictures[f"{group}/{name}"].values)
        wire = next(wire for wire in inside.scene.curves if wire.target == "h2")
        weights = hand.session.training.weights
        matrix = next(w for path, w in weights.items() if w.shape == (16, 32))
        found = inside.scene.curves[wire].bundle
        places = inside.scene.cards["h1"].column.units.picture.shown
        np.testing.assert_allclose(
            found.values, matrix[found.rows, places[found.cols]], rtol=1e-5, err_msg="the weights of the end"
        )
        # Wires from outside lead to its ports; a double click opens it on the canvas as before.
        assert all(curves.bundle.rows.max() < 2 for w, curves in scene.curves.items() if w.source == group)
        scene.select({group})
        QTest.keyClick(window, Qt.Key.Key_U, Qt.KeyboardModifier.ControlModifier)
        assert not scene.cards[group].unfolded
        spot = hand.pixel(scene.cards[group].sceneBoundingRect().center())
        QTest.mouseDClick(window.bench.parts.canvas.viewport(), LEFT, pos=spot)
        assert window.bench.parts.stage.path == (group,)


def test_what_is_seen_as_a_whole_stays_so_whoever_scrolls_it() -> None:
    with open_window(load_example("rings")) as hand:
        opened(hand, "h1", "h2", "out")
        canvas = hand.window.bench.parts.canvas
        hand.wait(lambda: canvas.fitted and canvas.seen().contains(canvas.graph.content()))
        # As Qt does while what stands around the canvas is laid out.
        canvas.horizontalScrollBar().setValue(canvas.horizontalScrollBar().value() - 700)
        assert not canvas.seen().contains(canvas.graph.content())
        hand.wait(lambda: canvas.seen().contains(canvas.graph.content()))
        # A hand may.
        canvas.pan_by(QPoint(700, 0))
        hand.wait(lambda: not canvas.fitted)
        assert not canvas.seen().contains(canvas.graph.content())


def test_weights_are_hairs_while_much_changes_and_smooth_again_soon() -> None:
    with open_window(load_example("rings")) as hand:
        opened(hand, "h1", "h2", "out")
        scene, canvas = scene_of(hand), hand.window.bench.parts.canvas
        hand.wait(lambda: not any(curves.rough for curves in scene.curves.values()))
        canvas.zoom_by(1.2)
        assert all(curves.rough for curves in scene.curves.values())
        hand.wait(lambda: not any(curves.rough for curves in scene.curves.values()))
        hand.window.bench.unfolding.toggle("h1")
        hand.window.bench.unfolding.toggle("h1")
        assert any(curves.rough for curves in scene.curves.values())
        hand.wait(lambda: not any(curves.rough for curves in scene.curves.values()))


def test_another_name_is_seen_while_a_step_is_shown_and_so_is_its_undo() -> None:
    with open_window(load_example("backprop-2-2-2")) as hand:
        opened(hand, "hidden", "output")
        bench = hand.window.bench
        hand.window.actions_["step"].trigger()
        hand.wait(lambda: bench.parts.timeline.trace is not None)
        bench.parts.timeline.slider.setValue(3)
        bench.parts.stage.propose(SetParam("hidden", ("names",), ("A", "B")))
        column = scene_of(hand).cards["hidden"].column
        hand.wait(lambda: column.units.names == ("A", "B"))
        hand.wait(lambda: bench.shown.trace.names.units["hidden"] == ("A", "B"))
        assert bench.parts.timeline.slider.value() == 3, "the step stands where it stood"
        hand.session.undo()
        hand.wait(lambda: column.units.names == ("h₁", "h₂"))
        hand.wait(lambda: bench.shown.trace.names.units["hidden"] == ("h₁", "h₂"))
