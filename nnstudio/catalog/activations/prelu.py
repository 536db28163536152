"""Leaky ReLU whose slope is learnt."""

from __future__ import annotations

from nnstudio.catalog.entry import Activation, Call, Ref, Rule, Weight
from nnstudio.catalog.known import known
from nnstudio.document.fields import FloatField
from nnstudio.document.text import Text

ENTRY = Activation(
    id="prelu",
    title=Text("PReLU"),
    help=Text("Leaky ReLU with a slope that is learnt with the weights, one for the whole layer."),
    formula="a = z where z > 0, else s·z (s learnt)",
    derivative="1 where z > 0, else s",
    range="(−∞, ∞)",
    fields=(
        FloatField(
            name="slope",
            title=Text("Start slope"),
            default=0.25,
            minimum=-1.0,
            maximum=1.0,
            help=Text("The slope for negative z before training."),
        ),
    ),
    tags=frozenset({"rectifier"}),
    calls=lambda p: (
        Call(
            "a",
            "torch.nn.PReLU",
            (Ref("z"),),
            make={"num_parameters": 1, "init": p["slope"]},
            rule=Rule(
                "a = z where z > 0, else s·z",
                ("∂E/∂z = ∂E/∂a where z > 0, else s·∂E/∂a", "∂E/∂s = Σ ∂E/∂a · z where z ≤ 0"),
            ),
        ),
    ),
    weights=lambda p: (
        Weight(
            "a", "weight", lambda shapes: Call("w", "torch.nn.init.constant_", (Ref("tensor"),), {"val": p["slope"]})
        ),
    ),
    known_as=known("torch.nn.PReLU", {"num_parameters": (1,)}),
    order=52,
)
