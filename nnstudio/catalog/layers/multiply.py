"""The product of values, number by number."""

from __future__ import annotations

from nnstudio.catalog.entry import Call, Layer, Port, Ref, Rule, Shapes, Steps
from nnstudio.document.text import Text
from nnstudio.document.values import Params

RULE = Rule("y = x₁ ⊙ x₂", ("∂E/∂x₁ = ∂E/∂y ⊙ x₂", "∂E/∂x₂ = ∂E/∂y ⊙ x₁"))


def _calls(p: Params, shapes: Shapes) -> Steps:
    calls: list[Call] = []
    product = Ref("x", 0)
    for i in range(1, len(shapes["x"])):
        calls.append(Call(f"y{i}", "torch.mul", (product, Ref("x", i)), form="times", rule=RULE))
        product = Ref(f"y{i}")
    # A single wire passes through: a product of one.
    return tuple(calls) or (Call("y", "torch.clone", (Ref("x", 0),), rule=Rule("y = x", ("∂E/∂x = ∂E/∂y",))),)


ENTRY = Layer(
    id="multiply",
    title=Text("Multiply"),
    help=Text("Multiplies values of the same shape, number by number. With a sigmoid on one side it is a gate."),
    formula="y = x₁ ⊙ x₂ ⊙ …",
    inputs=(Port("x", Text("inputs"), many=True, alike=True),),
    calls=_calls,
    group="join",
    order=206,
)
