"""Nothing is blank: a network is drawn with its start weights before it trains."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from nnstudio.catalog.registry import CATALOG, node_kinds
from nnstudio.document.edits import SetParam
from nnstudio.document.numbers import number
from nnstudio.engine import first_look as first_look_module
from nnstudio.engine.events import Paused
from nnstudio.engine.experiment import load_parts, make_model
from nnstudio.engine.first_look import first_look
from nnstudio.engine.previews import planned_rates
from nnstudio.engine.runtime.metrics import forward
from nnstudio.engine.states import State
from nnstudio.engine.trainer import Trainer
from nnstudio.session import compiler as compiler_module
from nnstudio.session.examples import example_names, load_example
from nnstudio.ui.canvas.strip import SCALE, SIDE
from nnstudio.ui.kit import theme
from tests.catalog.test_own import ENTROPY, HEAD, IRIS, LAYER, OUT
from tests.e2e.hand import Hand, open_window
from tests.helpers import chain, choice, finish, sound
from tests.owned import own_files

pytestmark = pytest.mark.drawn


def strength(hand: Hand, name: str) -> float:
    """How strongly the picture of a card is drawn; 0 without one."""
    return hand.window.bench.parts.scene.cards[name].strength


def image(hand: Hand, name: str) -> bytes:
    """What is drawn of a layer: its numbers."""
    units = hand.window.bench.parts.scene.cards[name].column.units
    assert units is not None
    return units.picture.tiles.tobytes() + units.picture.values.tobytes()


@pytest.mark.parametrize("name", example_names())
def test_every_example_opens_alive(name: str) -> None:
    with open_window(load_example(name)) as hand:
        layers = [n.id for n in hand.session.document.nodes if node_kinds()[n.kind].role in ("layer", "data")]
        edges = {n.id for n in hand.session.document.nodes if n.kind == "edges"}
        hand.wait(lambda: all(strength(hand, layer) == 1.0 for layer in layers if layer not in edges))
        assert hand.session.training.state is State.IDLE and hand.session.training.program is None
        program = hand.session.meaning.lowered.program
        if hand.session.meaning.drawn.snapshot.plane is not None:
            assert hand.panel("decision").isVisible()
        assert program is not None and not hand.window.bench.parts.status.text()


@pytest.mark.parametrize("name", example_names())
def test_what_is_drawn_is_where_a_run_begins(name: str) -> None:
    """Against the picture of a run that waits before its first update."""
    program = sound(load_example(name))
    drawn = first_look(program)
    trainer = Trainer(program, device="cpu", threads=1, paused=True)
    trainer.start()
    while not isinstance(trainer.events.get(timeout=60), Paused):
        continue
    begun = trainer.take_snapshot()
    trainer.stop()
    trainer.join()
    assert drawn is not None and begun is not None and drawn.pictures.keys() == begun.pictures.keys()
    for node, picture in begun.pictures.items():
        np.testing.assert_array_equal(drawn.pictures[node].values, picture.values)
        np.testing.assert_array_equal(drawn.pictures[node].gradients, picture.gradients)
    for node, weights in begun.weights.items():
        np.testing.assert_array_equal(drawn.weights[node], weights)
    assert (drawn.plane is None) == (begun.plane is None)
    if drawn.plane is not None and begun.plane is not None:
        np.testing.assert_array_equal(drawn.plane.said, begun.plane.said)


def test_looking_draws_no_random_number() -> None:
    torch.manual_seed(7)
    before = torch.get_rng_state()
    first_look(sound(load_example("iris")))
    assert torch.equal(before, torch.get_rng_state())


def test_an_edit_dims_it_for_a_moment_and_reset_brings_it_back() -> None:
    with open_window(load_example("rings")) as hand:
        hand.wait(lambda: strength(hand, "h1") == 1.0)
        first = image(hand, "out")
        hand.session.apply(SetParam("h1", ("units",), 5))
        assert strength(hand, "h1") < 0.5, "what is drawn is no longer true"
        hand.wait(lambda: strength(hand, "h1") == 1.0 and image(hand, "out") != first)
        hand.window.bench.selecting.undo()
        hand.wait(lambda: strength(hand, "h1") == 1.0 and image(hand, "out") == first)
        hand.press(hand.window.actions_["run"])
        hand.state(State.FINISHED)
        assert image(hand, "out") != first
        hand.press(hand.window.actions_["reset"])
        hand.wait(lambda: strength(hand, "h1") == 1.0 and image(hand, "out") == first)


def test_a_network_with_a_problem_stays_dimmed() -> None:
    with open_window(load_example("rings")) as hand:
        hand.wait(lambda: strength(hand, "h1") == 1.0)
        wire = hand.session.document.wires[0]
        from nnstudio.document.edits import Disconnect

        hand.session.apply(Disconnect(wire))
        hand.compiled()
        assert strength(hand, "h1") < 0.5


def test_too_large_a_network_is_drawn_when_it_trains(monkeypatch: pytest.MonkeyPatch) -> None:
    program = sound(load_example("iris"))
    monkeypatch.setattr(first_look_module, "MOST_PARAMETERS", 10)
    assert first_look(program) is None
    monkeypatch.setattr(first_look_module, "MOST_PARAMETERS", 10**9)
    monkeypatch.setattr(first_look_module, "MOST_NUMBERS", 10)
    assert first_look(program) is None


def test_no_sample_to_train_on_is_no_reason_to_fail() -> None:
    program = sound(load_example("iris"))
    assert first_look(replace(program, data=replace(program.data, validation=1.0))) is None


def test_code_of_ones_own_that_fails_is_told_by_the_run_alone(tmp_path) -> None:  # type: ignore[no-untyped-def]
    text = (
        HEAD
        + "import torch\nclass Odd(torch.nn.Module):\n"
        + "    def forward(self, x):\n        raise ValueError('not today')\n"
        + LAYER.format(id="odd", calls='lambda p, s: (Call("y", own(Odd), (Ref("x"),), make={}),)')
    )
    with (
        own_files(tmp_path / "own", layers__odd=text),
        open_window(chain(("odd", "odd", {}), OUT, data=IRIS, loss=ENTROPY)) as hand,
    ):
        hand.compiled()
        hand.wait(lambda: hand.session.meaning.drawn is not None or hand.session.meaning.lowered.program is None)
        assert hand.session.meaning.drawn is None or hand.session.meaning.drawn.snapshot is None


def test_a_large_network_is_looked_at_in_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looking takes as long as some edits: who edits on is not held up."""
    looked: list[str] = []
    monkeypatch.setattr(first_look_module, "first_look", lambda program: looked.append(program.title))
    monkeypatch.setattr(compiler_module, "LARGE_REST", 30.0)
    layers = [("linear", f"l{number}", {"units": 3}) for number in range(compiler_module.LARGE + 1)]
    large, small = chain(*layers, data=IRIS, loss=ENTROPY), chain(layers[0], data=IRIS, loss=ENTROPY)
    compiler = compiler_module.Compiler()
    try:
        compiler.submit(replace(large, name="large"))
        compiler.results.get(timeout=60)
        compiler.submit(replace(small, name="small"))
        compiler.results.get(timeout=60)
        assert compiler.looks.get(timeout=60).program.title == "small"
        assert looked == ["small"]
        compiler.submit(replace(large, name="large"))
        compiler.results.get(timeout=60)
    finally:
        # And nobody waits for the pause when the window closes.
        assert compiler.close()
    assert looked == ["small"]


def face(hand: Hand, role: str) -> Any:
    (node,) = [n.id for n in hand.session.document.nodes if node_kinds()[n.kind].role == role]
    return hand.window.bench.parts.scene.cards[node].face


@pytest.mark.parametrize("name", example_names())
def test_loss_and_rate_stand_on_their_cards(name: str) -> None:
    with open_window(load_example(name)) as hand:
        hand.wait(lambda: face(hand, "loss").isVisible() and face(hand, "optimizer").isVisible())
        cards = hand.window.bench.parts.scene.cards
        boxes = [(n, card.sceneBoundingRect()) for n, card in cards.items()]
        for place, (one, box) in enumerate(boxes):
            for other, beside in boxes[place + 1 :]:
                assert not box.intersects(beside), f"{one} lies over {other}"
        program = hand.session.meaning.lowered.program
        data, _ = load_parts(program, torch.device("cpu"))
        model, criterion = make_model(program, program.seed, torch.device("cpu"))
        with torch.no_grad():
            begins = float(forward(model.eval(), criterion, *data.batch(slice(0, program.batch_size)))[0])
        assert face(hand, "loss").digits == number(begins)
        rate = float(program.updaters[0].kwargs["lr"])
        assert face(hand, "optimizer").digits == f"η {number(planned_rates(program)[0])}" and rate > 0


def test_the_rates_on_the_card_are_those_of_the_run() -> None:
    """Planned by the real scheduler; against the history of a run."""
    for name in ("rings", "iris"):
        program = sound(load_example(name))
        ended, _ = finish(Trainer(program, device="cpu", threads=1, snapshots=False))
        assert ended.report is not None
        rates = [line["learning_rate"] for line in ended.report["history"]]
        np.testing.assert_allclose(planned_rates(program)[: len(rates)], rates, rtol=1e-12)


def test_the_cards_follow_the_run_and_its_steps() -> None:
    with open_window(load_example("rings")) as hand:
        hand.compiled()
        hand.press(hand.window.actions_["run"])
        hand.state(State.FINISHED)
        records, snapshot = hand.session.training.records, hand.session.training.snapshot
        hand.wait(lambda: face(hand, "loss").digits == number(snapshot.loss))
        assert face(hand, "optimizer").digits == f"η {number(records[-1]['learning_rate'])}"
        hand.press(hand.window.actions_["reset"])
        hand.press(hand.window.actions_["step"])
        hand.wait(lambda: hand.window.bench.stepping.trace is not None)
        assert face(hand, "loss").digits == number(hand.window.bench.stepping.trace.loss)
        hand.session.apply(SetParam("h1", ("units",), 5))
        assert face(hand, "loss").opacity() < 0.5


def test_of_several_losses_none_is_said_to_be_the_loss() -> None:
    from nnstudio.document.edits import AddNode, Connect
    from nnstudio.document.values import Params, Wire

    document = chain(("linear", "h", {"units": 3}), data=IRIS, loss=ENTROPY)
    document = AddNode("loss", "second", params=Params({"loss": choice("mse")})).apply(document, CATALOG)
    document = Connect(Wire("h", "y", "second", "prediction")).apply(document, CATALOG)
    with open_window(document) as hand:
        hand.wait(lambda: strength(hand, "h") == 1.0)
        cards = hand.window.bench.parts.scene.cards
        assert not cards["loss"].face.isVisible() and not cards["second"].face.isVisible()


@pytest.mark.parametrize("name", ["rings", "xor", "backprop-2-2-2"])
def test_data_in_a_plane_is_drawn_as_points_with_the_present_sample_ringed(name: str) -> None:
    with open_window(load_example(name)) as hand:
        hand.wait(lambda: strength(hand, "data") == 1.0)
        card = hand.window.bench.parts.scene.cards["data"]
        picture = card._strip.pixmap().toImage()
        assert picture.width() == picture.height() == SCALE * SIDE and card.height >= SIDE
        colours = {picture.pixelColor(x, y).name() for x in range(SCALE * SIDE) for y in range(SCALE * SIDE)}
        plane = hand.session.meaning.drawn.snapshot.plane
        kinds = {int(kind) for kind in np.unique(plane.points.targets)} if plane.classes else set()
        assert {theme.CLASSES[kind] for kind in kinds} <= colours
        assert theme.current().now.lower() in colours, "the present sample has a ring"
        hand.session.apply(SetParam("data", ("scaling",), "minmax"))
        assert strength(hand, "data") < 0.5
        hand.wait(lambda: strength(hand, "data") == 1.0)


def test_another_sample_has_the_ring() -> None:
    with open_window(load_example("xor")) as hand:
        hand.wait(lambda: strength(hand, "data") == 1.0)
        first = image(hand, "data")
        hand.press(hand.window.actions_["step"])
        hand.wait(lambda: hand.window.bench.stepping.trace is not None)
        hand.state(State.PAUSED)
        seen = {image(hand, "data")}
        for sample in range(4):
            hand.window.bench.trying.look_at_sample(sample)
            hand.wait(lambda sample=sample: hand.window.bench.stepping.trace.sample == sample)
            seen.add(image(hand, "data"))
        assert len(seen) == 4 and first in seen


def test_one_input_is_drawn_over_its_target() -> None:
    document = chain(
        ("linear", "h", {"units": 1}),
        data=choice("typed", x=((0.0,), (1.0,), (3.0,)), y=((1.0,), (3.0,), (2.0,))),
        loss=choice("mse"),
    )
    with open_window(document) as hand:
        hand.wait(lambda: strength(hand, "data") == 1.0)
        picture = hand.window.bench.parts.scene.cards["data"]._strip.pixmap()
        assert picture.width() == SCALE * SIDE


def test_a_theme_keeps_the_points() -> None:
    with open_window(load_example("rings")) as hand:
        hand.wait(lambda: strength(hand, "data") == 1.0)
        hand.window.appearance.switch_theme()
        assert hand.window.bench.parts.scene.cards["data"]._strip.pixmap().width() == SCALE * SIDE
