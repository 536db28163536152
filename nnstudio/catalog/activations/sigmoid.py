"""The logistic function."""

from __future__ import annotations

from nnstudio.catalog.entry import Activation, elementwise
from nnstudio.catalog.known import known
from nnstudio.document.text import Text

ENTRY = Activation(
    id="sigmoid",
    title=Text("Sigmoid"),
    help=Text("Squeezes z into 0…1. Its slope is at most 0.25, so gradients fade through many of them."),
    formula="a = σ(z) = 1 / (1 + e⁻ᶻ)",
    derivative="σ(z)(1 − σ(z))",
    range="(0, 1)",
    tags=frozenset({"saturating", "probabilities"}),
    calls=lambda p: elementwise(
        "torch.sigmoid", "a = σ(z) = 1 / (1 + e⁻ᶻ)", "σ(z)(1 − σ(z))", each="1 / (1 + exp(-z))", slope="a*(1 - a)"
    ),
    known_as=known("torch.nn.Sigmoid"),
    order=20,
)
