"""Nothing is blank: a network is drawn with its start weights before it trains."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from nnstudio.catalog.registry import node_kinds
from nnstudio.document.edits import SetParam
from nnstudio.engine import first_look as first_look_module
from nnstudio.engine.events import Paused
from nnstudio.engine.first_look import first_look
from nnstudio.engine.states import State
from nnstudio.engine.trainer import Trainer
from nnstudio.session import compiler as compiler_module
from nnstudio.session.examples import example_names, load_example
from tests.catalog.test_own import ENTROPY, HEAD, IRIS, LAYER, OUT
from tests.e2e.hand import Hand, open_window
from tests.helpers import chain, sound
from tests.owned import own_files

pytestmark = pytest.mark.drawn


def strength(hand: Hand, name: str) -> float:
    """How strongly the picture of a card is drawn; 0 without one."""
    strip = hand.window.bench.parts.scene.cards[name]._strip
    return 0.0 if strip.pixmap().isNull() else strip.opacity()


def image(hand: Hand, name: str) -> bytes:
    found = hand.window.bench.parts.scene.cards[name]._strip.pixmap().toImage()
    return bytes(found.constBits())


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
