"""The sum of all inputs, as in a residual link."""

from __future__ import annotations

from nnstudio.catalog.entry import Call, Layer, Port, Ref, Rule, Shapes, Steps
from nnstudio.catalog.known import known
from nnstudio.document.text import Text
from nnstudio.document.values import Params

RULE = Rule("y = x₁ + x₂", ("∂E/∂x₁ = ∂E/∂y", "∂E/∂x₂ = ∂E/∂y"))


def _calls(p: Params, shapes: Shapes) -> Steps:
    calls: list[Call] = []
    total = Ref("x", 0)
    for i in range(1, len(shapes["x"])):
        calls.append(Call(f"y{i}", "torch.add", (total, Ref("x", i)), form="sum", rule=RULE))
        total = Ref(f"y{i}")
    # A single wire passes through: a sum of one.
    return tuple(calls) or (Call("y", "torch.clone", (Ref("x", 0),), rule=Rule("y = x", ("∂E/∂x = ∂E/∂y",))),)


ENTRY = Layer(
    id="add",
    title=Text("Add", about="layer"),
    help=Text("Adds values of the same shape. With a wire around some layers it is a residual link."),
    formula="y = x₁ + x₂ + …",
    inputs=(Port("x", Text("inputs"), many=True, alike=True),),
    calls=_calls,
    known_as=known("torch.add"),
    group="join",
    order=200,
)
