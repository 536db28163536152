"""A uniform distribution."""

from __future__ import annotations

from nnstudio.catalog.entry import Call, Initializer, Ref, Stream
from nnstudio.document.fields import FloatField
from nnstudio.document.text import Text, message

ENTRY = Initializer(
    id="uniform",
    title=Text("Uniform"),
    help=Text("Every number between the limits is equally likely."),
    formula="w ~ U(low, high)",
    fields=(
        FloatField(name="low", title=Text("Low"), default=-0.1, minimum=-1e6, maximum=1e6),
        FloatField(name="high", title=Text("High"), default=0.1, minimum=-1e6, maximum=1e6),
    ),
    call=lambda p: Call(
        "w", "torch.nn.init.uniform_", (Ref("tensor"),), {"a": p["low"], "b": p["high"], "generator": Stream()}
    ),
    check=lambda p: message("initializer.limits", low=p["low"], high=p["high"]) if p["low"] > p["high"] else None,
    variance="(high - low)**2 / 12",
    limit="max(abs(low), abs(high))",
    order=50,
)
