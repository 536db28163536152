"""The exponential linear unit."""

from __future__ import annotations

from nnstudio.catalog.entry import Activation, elementwise
from nnstudio.catalog.known import known
from nnstudio.document.fields import FloatField
from nnstudio.document.text import Text

ENTRY = Activation(
    id="elu",
    title=Text("ELU"),
    help=Text(
        "Like ReLU, but falls smoothly to −α below zero, so the mean of a layer stays near 0. For deep networks "
        "without batch norm."
    ),
    formula="a = z where z > 0, else α(e^z − 1)",
    derivative="1 where z > 0, else α·e^z",
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
        "torch.nn.functional.elu",
        "a = z where z > 0, else α(e^z − 1)",
        "1 where z > 0, else α·e^z",
        alpha=p["alpha"],
        each="z if z > 0 else alpha*(exp(z) - 1)",
        slope="1 if z > 0 else alpha*exp(z)",
    ),
    known_as=known("torch.nn.ELU", alpha="alpha"),
    order=56,
)
