"""Straight between two limits, and no further."""

from __future__ import annotations

from nnstudio.catalog.entry import Activation, elementwise
from nnstudio.catalog.known import known
from nnstudio.document.fields import FloatField
from nnstudio.document.text import Text, message

ENTRY = Activation(
    id="hardtanh",
    title=Text("Hardtanh"),
    help=Text("Passes what lies between two limits and cuts the rest: a tanh without its bend."),
    formula="a = min(max(low, z), high)",
    derivative="1 where low < z < high, else 0",
    range="[low, high]",
    fields=(
        FloatField(
            name="low",
            title=Text("Least value"),
            default=-1.0,
            minimum=-1e6,
            maximum=1e6,
            help=Text("The lower limit."),
        ),
        FloatField(
            name="high",
            title=Text("Greatest value"),
            default=1.0,
            minimum=-1e6,
            maximum=1e6,
            help=Text("The upper limit."),
        ),
    ),
    tags=frozenset({"saturating"}),
    calls=lambda p: elementwise(
        "torch.nn.functional.hardtanh",
        "a = min(max(low, z), high)",
        "1 where low < z < high, else 0",
        min_val=p["low"],
        max_val=p["high"],
        each="min(max(min_val, z), max_val)",
        slope="1 if min(z - min_val, max_val - z) > 0 else 0",
    ),
    known_as=known("torch.nn.Hardtanh", low="min_val", high="max_val"),
    check=lambda p: message("initializer.limits", low=p["low"], high=p["high"]) if p["low"] > p["high"] else None,
    order=32,
)
