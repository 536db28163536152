"""A stretch of one axis."""

from __future__ import annotations

from nnstudio.catalog.entry import Call, Layer, Ref, Rule, Shapes, Steps
from nnstudio.catalog.known import known
from nnstudio.document.errors import EditError
from nnstudio.document.fields import IntField
from nnstudio.document.text import Text
from nnstudio.document.values import Params


def _calls(p: Params, shapes: Shapes) -> Steps:
    shape = shapes["x"][0]
    extent = shape[p["axis"]] if p["axis"] < len(shape) else 0
    if p["start"] + p["length"] > extent:
        raise EditError("part.beyond", axis=p["axis"], extent=extent, end=p["start"] + p["length"])
    rule = Rule("y = a stretch of x", ("∂E/∂x = ∂E/∂y in that stretch, else 0",))
    return (Call("y", "torch.narrow", (Ref("x"), p["axis"], p["start"], p["length"]), rule=rule),)


ENTRY = Layer(
    id="part_of_axis",
    title=Text("Part of an axis"),
    help=Text("Takes a stretch of one axis: some features, some channels, some steps of a sequence."),
    formula="y = x[start : start + length]",
    fields=(
        IntField(
            name="axis",
            title=Text("Axis"),
            default=1,
            minimum=1,
            maximum=8,
            help=Text("Axes count from 1, behind the batch; time is 1."),
        ),
        IntField(
            name="start",
            title=Text("From", about="place"),
            default=0,
            minimum=0,
            maximum=10_000_000,
            help=Text("The first place that is taken; the very first is 0."),
        ),
        IntField(
            name="length",
            title=Text("How many"),
            default=1,
            minimum=1,
            maximum=10_000_000,
            help=Text("So many places are taken."),
        ),
    ),
    calls=_calls,
    known_as=known("torch.narrow", axis="dim", start="start", length="length"),
    summary=("start", "length"),
    group="shape",
    order=425,
)
