"""Forms of calls that no shipped layer writes so: settings left to torch, axes counted from the end."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from nnstudio.explain import cards
from nnstudio.explain.cards import make_card
from tests.helpers import chain, choice, sound
from tests.owned import own_files
from tests.properties.test_cards import look_through, recorded, wide

BEGIN = """
from nnstudio.catalog.entry import Call, Layer, Ref, Rule, Weight
from nnstudio.catalog.training import OVERRIDES
from nnstudio.catalog.weights import uniform, zeros
from nnstudio.document.text import Text

"""
# A convolution and a pooling of which only what must be given is given.
BARE = (
    BEGIN
    + """
ENTRY = Layer(
    id="bare",
    title=Text("Bare"),
    help=Text("A convolution and a pooling as torch has them by itself."),
    formula="y = max pool of conv of x",
    fields=OVERRIDES,
    calls=lambda p, shapes: (
        Call(
            "conv",
            "torch.nn.Conv2d",
            (Ref("x"),),
            make={"in_channels": shapes["x"][0][1], "out_channels": 2, "kernel_size": 3},
            form="convolution",
            rule=Rule("z = b + Σ W·x", ("∂E/∂W = Σ δ·x", "∂E/∂b = Σ δ", "∂E/∂x = δ back through W")),
        ),
        Call(
            "y",
            "torch.nn.functional.max_pool2d",
            (Ref("conv"), 2),
            form="max_pool",
            rule=Rule("y = max over the patch", ("∂E/∂x = ∂E/∂y at the winner, else 0",)),
        ),
    ),
    weights=lambda p: (Weight("conv", "weight", lambda shapes: uniform(0.4)), Weight("conv", "bias", zeros)),
)
"""
)
# The mean over an axis counted from the end.
ENDS = (
    BEGIN
    + """
ENTRY = Layer(
    id="ends",
    title=Text("Ends"),
    help=Text("The mean over the last axis but one."),
    formula="y = mean over AXIS",
    calls=lambda p, shapes: (
        Call(
            "y",
            "torch.mean",
            (Ref("x"),),
            {"dim": AXIS},
            form="total",
            rule=Rule("y = mean of x", ("∂E/∂x = ∂E/∂y / n",)),
        ),
    ),
)
"""
)


def test_what_is_not_given_is_as_torch_has_it(tmp_path: Path) -> None:
    with own_files(tmp_path / "own", layers__bare=BARE):
        document = chain(
            ("conv_2d", "c", {"channels": 3, "kernel": 3}),
            ("bare", "b", {}),
            ("flatten", "f", {}),
            ("linear", "o", {"units": 10}),
            data=choice("digits", form="images"),
            loss=choice("cross_entropy"),
        )
        program = sound(wide(document))
        trace = recorded(program, 4, steps=2, shake=True)
        look_through(program, trace, random.Random(1), 8)
        own = [moment for moment in trace.moments if moment.node == "b"]
        assert {moment.phase for moment in own} == {"forward", "backward", "update"}
        assert not any("no form of this call" in note for m in own for note in make_card(trace, m).notes)


@pytest.mark.parametrize("axis", [-1, -2, 1])
def test_an_axis_may_be_counted_from_the_end(axis: int, tmp_path: Path) -> None:
    with own_files(tmp_path / "own", layers__ends=ENDS.replace("AXIS", str(axis))):
        document = chain(
            ("embedding", "e", {"width": 5}),
            ("ends", "m", {}),
            ("linear", "o", {"units": 4}),
            data=choice("sequence_memory", points=60),
            loss=choice("cross_entropy"),
        )
        program = sound(wide(document))
        trace = recorded(program, 4, shake=True)
        look_through(program, trace, random.Random(1), 8)
        moment = next(m for m in trace.moments if m.node == "m" and m.phase == "forward")
        count = trace.values[trace.steps[moment.step].inputs[0]].shape[axis]
        card = make_card(trace, moment)
        assert not any("no form of this call" in note for note in card.notes)
        assert f"/ {count} = " in card.lines[0]


def test_a_fault_of_the_program_itself_is_no_own_files_form(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without own files a card that cannot be written is a fault that has to be seen, not a note."""
    document = chain(("linear", "o", {"units": 3}), data=choice("iris"), loss=choice("cross_entropy"))
    trace = recorded(sound(document))
    monkeypatch.setattr(cards, "_made", lambda *args: 1 / 0)
    for moment in trace.moments:
        with pytest.raises(ZeroDivisionError):
            make_card(trace, moment)
