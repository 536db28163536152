"""The product of values, number by number."""

from __future__ import annotations

from nnstudio.catalog.entry import Call, Layer, Port, Ref, Rule, Shape, Shapes, Steps
from nnstudio.catalog.known import known
from nnstudio.document.errors import EditError
from nnstudio.document.text import Text
from nnstudio.document.values import Params

RULE = Rule("y = x₁ ⊙ x₂", ("∂E/∂x₁ = ∂E/∂y ⊙ x₂", "∂E/∂x₂ = ∂E/∂y ⊙ x₁"))


SPREAD = Rule(
    "y = x₁ ⊙ x₂, an axis of one number spread",
    ("∂E/∂x₁ = ∂E/∂y ⊙ x₂", "∂E/∂x₂ = Σ ∂E/∂y ⊙ x₁ over the axes along which it was spread"),
)


def _extents(shape: Shape) -> str:
    return " × ".join(str(extent) for extent in shape[1:])


def _calls(p: Params, shapes: Shapes) -> Steps:
    first = shapes["x"][0]
    for other in shapes["x"][1:]:
        if len(other) != len(first) or any(a != b and 1 not in (a, b) for a, b in zip(other, first, strict=True)):
            raise EditError("multiply.shapes", first=_extents(first), other=_extents(other))
    calls: list[Call] = []
    product = Ref("x", 0)
    for i in range(1, len(shapes["x"])):
        # What is spread over the axes of another is written out nowhere: its gradient is a sum.
        alike = shapes["x"][i] == shapes["x"][0]
        form, rule = ("times", RULE) if alike else (None, SPREAD)
        calls.append(Call(f"y{i}", "torch.mul", (product, Ref("x", i)), form=form, rule=rule))
        product = Ref(f"y{i}")
    # A single wire passes through: a product of one.
    return tuple(calls) or (Call("y", "torch.clone", (Ref("x", 0),), rule=Rule("y = x", ("∂E/∂x = ∂E/∂y",))),)


ENTRY = Layer(
    id="multiply",
    title=Text("Multiply"),
    help=Text(
        "Multiplies values number by number. With a sigmoid on one side it is a gate. An axis of one number is spread "
        "over that of the other: a weight for every channel."
    ),
    formula="y = x₁ ⊙ x₂ ⊙ …",
    inputs=(Port("x", Text("inputs"), many=True),),
    calls=_calls,
    known_as=known("torch.mul"),
    group="join",
    order=206,
)
