"""Every number times a factor, and an offset added."""

from __future__ import annotations

from dataclasses import replace

from nnstudio.catalog.entry import Call, Layer, Ref, Rule, Shapes, Steps
from nnstudio.catalog.known import known
from nnstudio.document.fields import FloatField
from nnstudio.document.text import Text
from nnstudio.document.values import Params

TIMES = Rule("y = c·x", ("f′(x): c", "∂E/∂x = c·∂E/∂y"), "other*z", "other")
PLUS = Rule("y = x + c", ("f′(x): 1", "∂E/∂x = ∂E/∂y"), "z + other", "1")


def _calls(p: Params, shapes: Shapes) -> Steps:
    calls: list[Call] = []
    value = Ref("x")
    if p["factor"] != 1.0:
        calls.append(Call("scaled", "torch.mul", (value,), {"other": p["factor"]}, form="elementwise", rule=TIMES))
        value = Ref("scaled")
    if p["offset"] or not calls:
        calls.append(Call("y", "torch.add", (value,), {"other": p["offset"]}, form="elementwise", rule=PLUS))
    return (*calls[:-1], replace(calls[-1], out="y"))


ENTRY = Layer(
    id="scale_number",
    title=Text("Scale and shift"),
    help=Text("Multiplies every number by a factor and adds an offset; both stay as they are, nothing is learnt."),
    formula="y = a·x + b",
    fields=(
        FloatField(
            name="factor",
            title=Text("Factor", about="number"),
            default=1.0,
            minimum=-1e9,
            maximum=1e9,
            help=Text("Every number is multiplied by it."),
        ),
        FloatField(
            name="offset",
            title=Text("Offset"),
            default=0.0,
            minimum=-1e9,
            maximum=1e9,
            help=Text("It is added to every number."),
        ),
    ),
    calls=_calls,
    known_as=known("scale_and_shift", factor="factor", offset="offset"),
    summary=("factor", "offset"),
    begins={"factor": 2.0},
    group="join",
    order=212,
)
