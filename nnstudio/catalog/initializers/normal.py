"""A normal distribution."""

from __future__ import annotations

from nnstudio.catalog.entry import Call, Initializer, Ref, Stream
from nnstudio.document.fields import FloatField
from nnstudio.document.text import Text

ENTRY = Initializer(
    id="normal",
    title=Text("Normal"),
    help=Text("Drawn from a bell curve."),
    formula="w ~ N(mean, std²)",
    fields=(
        FloatField(name="mean", title=Text("Mean"), default=0.0, minimum=-1e6, maximum=1e6),
        FloatField(name="std", title=Text("Standard deviation"), default=0.1, minimum=0.0, maximum=1e6),
    ),
    call=lambda p: Call(
        "w", "torch.nn.init.normal_", (Ref("tensor"),), {"mean": p["mean"], "std": p["std"], "generator": Stream()}
    ),
    variance="std**2",
    order=40,
)
