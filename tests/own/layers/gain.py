"""A number for each feature, learnt by itself: no module is needed."""

from __future__ import annotations

from nnstudio.catalog.entry import PARAMETER, Call, Layer, Ref, Rule, Weight
from nnstudio.catalog.training import OVERRIDES
from nnstudio.catalog.weights import ones
from nnstudio.document.text import Text

ENTRY = Layer(
    id="gain",
    title=Text("Gain"),
    help=Text("Multiplies every feature by a number of its own, which is learnt."),
    formula="y = g ⊙ x",
    fields=OVERRIDES,
    calls=lambda p, shapes: (
        Call("gain", PARAMETER, make={"shape": (shapes["x"][0][-1],)}),
        Call(
            "y",
            "torch.mul",
            (Ref("x"), Ref("gain")),
            form="times",
            rule=Rule("y = g ⊙ x", ("∂E/∂x = g ⊙ ∂E/∂y", "∂E/∂g = Σ x ⊙ ∂E/∂y")),
        ),
    ),
    weights=lambda p: (Weight("gain", "value", ones),),
)
