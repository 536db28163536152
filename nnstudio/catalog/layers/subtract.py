"""The difference of two values."""

from __future__ import annotations

from nnstudio.catalog.entry import Call, Layer, Port, Ref, Rule
from nnstudio.catalog.known import known
from nnstudio.document.text import Text

ENTRY = Layer(
    id="subtract",
    title=Text("Subtract"),
    help=Text("Takes the second value from the first; both have the same shape."),
    formula="y = a − b",
    inputs=(Port("x", Text("first")), Port("b", Text("second"))),
    calls=lambda p, shapes: (
        Call(
            "y",
            "torch.sub",
            (Ref("x"), Ref("b")),
            form="sum",
            rule=Rule("y = a − b", ("∂E/∂a = ∂E/∂y", "∂E/∂b = −∂E/∂y")),
        ),
    ),
    known_as=known("torch.sub"),
    group="join",
    order=204,
)
