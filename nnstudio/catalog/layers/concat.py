"""All inputs side by side."""

from __future__ import annotations

from nnstudio.catalog.entry import Call, Layer, Port, Ref, Rule
from nnstudio.catalog.known import known
from nnstudio.document.text import Text

ENTRY = Layer(
    id="concat",
    title=Text("Concat"),
    help=Text("Puts the features of all inputs side by side."),
    formula="y = [x₁, x₂, …]",
    inputs=(Port("x", Text("inputs"), many=True),),
    calls=lambda p, shapes: (
        Call(
            "y",
            "torch.cat",
            (tuple(Ref("x", i) for i in range(len(shapes["x"]))),),
            {"dim": 1},
            rule=Rule("y = [x₁, x₂, …]", ("∂E/∂xᵢ = its part of ∂E/∂y",)),
        ),
    ),
    known_as=known("torch.cat", {"dim": (1,)}),
    group="join",
    order=210,
)
