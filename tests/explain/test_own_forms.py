"""Forms of calls that no shipped layer writes so: settings left to torch, axes counted from the end."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from nnstudio.document.values import Document
from nnstudio.engine.trace import Trace
from nnstudio.explain import cards
from nnstudio.explain.cards import Card, make_card
from tests.helpers import chain, choice, sound
from tests.owned import own_files
from tests.properties.test_cards import look_through, recorded, sums_that_do_not_add_up, wide

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


def over_time(kind: str) -> Document:
    """A layer on sequences of eight steps with five numbers each."""
    return chain(
        ("embedding", "e", {"width": 5}),
        (kind, "m", {}),
        ("flatten", "f", {}),
        ("linear", "o", {"units": 4}),
        data=choice("sequence_memory", points=60),
        loss=choice("cross_entropy"),
    )


@pytest.mark.parametrize("axis", [-1, -2, 1])
def test_an_axis_may_be_counted_from_the_end(axis: int, tmp_path: Path) -> None:
    with own_files(tmp_path / "own", layers__ends=ENDS.replace("AXIS", str(axis))):
        program = sound(wide(over_time("ends")))
        trace = recorded(program, 4, shake=True)
        look_through(program, trace, random.Random(1), 8)
        moment = next(m for m in trace.moments if m.node == "m" and m.phase == "forward")
        count = trace.values[trace.steps[moment.step].inputs[0]].shape[axis]
        card = make_card(trace, moment)
        assert not any("no form of this call" in note for note in card.notes)
        assert f"/ {count} = " in card.lines[0]


# A softmax whose axis is given by place, and one that is a softmax by its form alone.
SOFT = (
    BEGIN
    + """
ENTRY = Layer(
    id="soft",
    title=Text("Soft"),
    help=Text("Shares along an axis."),
    formula="y = softmax of x",
    calls=lambda p, shapes: (
        Call("y", "TARGET", (Ref("x"), AXIS), form="shares", rule=Rule("y = softmax(x)", ("∂E/∂x = y·(g − Σ y·g)",))),
    ),
)
"""
)
# A convolution that is a function of its kernels, and pools that are modules.
FUNCTION = (
    BEGIN
    + """
from nnstudio.catalog.entry import PARAMETER

ENTRY = Layer(
    id="function",
    title=Text("Function"),
    help=Text("A convolution by a function, pooled by modules."),
    formula="y = pools of conv of x",
    fields=OVERRIDES,
    calls=lambda p, shapes: (
        Call("w", PARAMETER, make={"shape": (2, shapes["x"][0][1], 2, 2)}, rule=Rule("w")),
        Call(
            "c",
            "torch.nn.functional.conv2d",
            (Ref("x"), Ref("w"), None, 2, 1),
            form="convolution",
            rule=Rule("z = Σ w·x", ("∂E/∂w = Σ δ·x", "", "∂E/∂x = δ back through w")),
        ),
        Call("m", "torch.nn.MaxPool2d", (Ref("c"),), make={"kernel_size": 2}, form="max_pool", rule=Rule("y = max")),
        Call(
            "y", "torch.nn.AvgPool2d", (Ref("m"),), make={"kernel_size": 2}, form="average_pool", rule=Rule("y = mean")
        ),
    ),
    weights=lambda p: (Weight("w", "value", lambda shapes: uniform(0.4)),),
)
"""
)


def cards_of_node(trace: Trace, node: str, phase: str = "forward") -> list[Card]:
    """Of every number that the node gives."""
    found = []
    for moment in trace.moments:
        if moment.node == node and moment.phase == phase and not moment.parameter:
            first = make_card(trace, moment)
            found += [
                make_card(trace, moment, unit, place) for unit in range(first.units) for place in range(first.places)
            ]
    return found


@pytest.mark.parametrize("axis", [1, 2, -1, -2])
def test_an_axis_may_be_given_by_place(axis: int, tmp_path: Path) -> None:
    with own_files(tmp_path / "own", layers__soft=SOFT.replace("AXIS", str(axis)).replace("TARGET", "torch.softmax")):
        program = sound(wide(over_time("soft")))
        trace = recorded(program, 4, shake=True)
        look_through(program, trace, random.Random(1), 8)
        cards_ = cards_of_node(trace, "m")
        count = trace.values["m"].shape[axis]
        assert len(cards_) == 8 * 5 and not any(card.notes[1:] for card in cards_)
        assert all(not sums_that_do_not_add_up(card) for card in cards_) and count in (5, 8)


def test_a_convolution_and_pools_in_any_spelling(tmp_path: Path) -> None:
    with own_files(tmp_path / "own", layers__function=FUNCTION):
        document = chain(
            ("conv_2d", "c", {"channels": 3, "kernel": 3, "padding": 1}),
            ("function", "b", {}),
            ("flatten", "f", {}),
            ("linear", "o", {"units": 10}),
            data=choice("digits", form="images"),
            loss=choice("cross_entropy"),
        )
        trace = recorded(sound(wide(document)), 4, shake=True)
        found = cards_of_node(trace, "b")
        # Two kernels over 5 × 5 places, their pools of 2 × 2, the mean of these; the kernels are 2 × 3 × 2 × 2 numbers.
        assert len(found) == 2 * 25 + 2 * 4 + 2 + 24
        assert not any("no form of this call" in note for card in found for note in card.notes)
        assert not any(sums_that_do_not_add_up(card) for card in found)


@pytest.mark.parametrize(
    ("target", "form"),
    [("torch.add", "shares"), ("torch.mul", "sum"), ("torch.sub", "times"), ("torch.div", "sum")],
)
def test_numbers_that_are_not_those_of_the_form_are_not_written(target: str, form: str, tmp_path: Path) -> None:
    text = SOFT.replace("AXIS", "1.5").replace("TARGET", target).replace('"shares"', f'"{form}"')
    with own_files(tmp_path / "own", layers__soft=text):
        trace = recorded(sound(wide(over_time("soft"))), 4, shake=True)
        for card in cards_of_node(trace, "m"):
            assert any(f"{form} is no form of this call" in note for note in card.notes)
            assert not any(" = " in line and "/" in line for line in card.lines)


def test_a_fault_of_the_program_itself_is_no_own_files_form(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without own files a card that cannot be written is a fault that has to be seen, not a note."""
    document = chain(("linear", "o", {"units": 3}), data=choice("iris"), loss=choice("cross_entropy"))
    trace = recorded(sound(document))
    monkeypatch.setattr(cards, "_made", lambda *args: 1 / 0)
    for moment in trace.moments:
        with pytest.raises(ZeroDivisionError):
            make_card(trace, moment)
