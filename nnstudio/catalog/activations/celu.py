"""ELU with a continuous slope."""

from __future__ import annotations

from nnstudio.catalog.entry import Activation, elementwise
from nnstudio.catalog.known import known
from nnstudio.document.fields import FloatField
from nnstudio.document.text import Text

ENTRY = Activation(
    id="celu",
    title=Text("CELU"),
    help=Text("ELU whose slope is continuous for every α."),
    formula="a = max(0, z) + min(0, α(e^(z/α) − 1))",
    derivative="1 where z > 0, else e^(z/α)",
    range="(−α, ∞)",
    fields=(
        FloatField(
            name="alpha",
            title=Text("α"),
            default=1.0,
            minimum=0.0,
            maximum=100.0,
            above=True,
            help=Text("How far it goes below zero."),
        ),
    ),
    tags=frozenset({"rectifier"}),
    calls=lambda p: elementwise(
        "torch.nn.functional.celu",
        "a = max(0, z) + min(0, α(e^(z/α) − 1))",
        "1 where z > 0, else e^(z/α)",
        alpha=p["alpha"],
        each="max(0, z) + min(0, alpha*(exp(z / alpha) - 1))",
        slope="1 if z > 0 else exp(z / alpha)",
    ),
    known_as=known("torch.nn.CELU", alpha="alpha"),
    order=57,
)
