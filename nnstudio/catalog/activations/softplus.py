"""A smooth ReLU."""

from __future__ import annotations

from nnstudio.catalog.entry import Activation, elementwise
from nnstudio.catalog.known import known
from nnstudio.document.fields import FloatField
from nnstudio.document.text import Text

ENTRY = Activation(
    id="softplus",
    title=Text("Softplus"),
    help=Text("A ReLU without the corner. On an output it keeps a value positive."),
    formula="a = ln(1 + e^(βz)) / β",
    derivative="σ(βz)",
    range="(0, ∞)",
    fields=(
        FloatField(
            name="beta",
            title=Text("β"),
            default=1.0,
            minimum=0.0,
            maximum=100.0,
            above=True,
            help=Text("How sharp the bend is."),
        ),
    ),
    tags=frozenset({"rectifier"}),
    calls=lambda p: elementwise(
        "torch.nn.functional.softplus",
        "a = ln(1 + e^(βz)) / β",
        "σ(βz)",
        beta=p["beta"],
        each="log(1 + exp(beta*z)) / beta",
        slope="1 / (1 + exp(-(beta*z)))",
    ),
    known_as=known("torch.nn.Softplus", {"threshold": (20, 20.0)}, beta="beta"),
    order=64,
)
