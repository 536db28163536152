"""The difference of two values."""

from __future__ import annotations

from nnstudio.catalog.entry import Call, Layer, Port, Ref, Rule
from nnstudio.document.text import Text

ENTRY = Layer(
    id="subtract",
    title=Text("Subtract", "相减"),
    help=Text("Takes the second value from the first; both have the same shape.", "用第一个值减去形状相同的第二个值。"),
    formula="y = a − b",
    inputs=(Port("x", Text("first", "被减数")), Port("b", Text("second", "减数"))),
    calls=lambda p, shapes: (
        Call("y", "torch.sub", (Ref("x"), Ref("b")), form="sum", rule=Rule("y = a − b", ("∂E/∂a = ∂E/∂y", "∂E/∂b = −∂E/∂y"))),
    ),
    group="join",
    order=204,
)
