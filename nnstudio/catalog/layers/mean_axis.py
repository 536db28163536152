"""The mean over one axis."""

from __future__ import annotations

from nnstudio.catalog.entry import Call, Layer, Ref, Rule
from nnstudio.catalog.known import known
from nnstudio.document.fields import IntField
from nnstudio.document.text import Text

ENTRY = Layer(
    id="mean_axis",
    title=Text("Mean over axis"),
    help=Text("Averages along one axis of each sample: over time, it turns a sequence into one row."),
    formula="y = mean of x along the axis",
    fields=(
        IntField(
            name="axis",
            title=Text("Axis"),
            default=1,
            minimum=1,
            maximum=8,
            help=Text("Axes count from 1, behind the batch; time is 1."),
        ),
    ),
    calls=lambda p, shapes: (
        Call(
            "y",
            "torch.mean",
            (Ref("x"),),
            {"dim": p["axis"]},
            form="total",
            rule=Rule("y = 1/T Σₜ xₜ", ("∂E/∂xₜ = ∂E/∂y / T",)),
        ),
    ),
    axes=lambda p, given: given[: p["axis"] - 1] + given[p["axis"] :] if len(given) > 2 else "",
    summary=("axis",),
    known_as=known("torch.mean", {"keepdim": (False,)}, axis="dim"),
    group="shape",
    order=420,
)
