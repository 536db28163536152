"""z times its own sigmoid."""

from __future__ import annotations

from nnstudio.catalog.entry import Activation, elementwise
from nnstudio.catalog.known import known
from nnstudio.document.text import Text

ENTRY = Activation(
    id="silu",
    title=Text("SiLU / Swish"),
    help=Text("z times its sigmoid: smooth, with a small dip below zero. Common in recent image networks."),
    formula="a = z·σ(z)",
    derivative="σ(z)(1 + z(1 − σ(z)))",
    range="[−0.278, ∞)",
    tags=frozenset({"rectifier"}),
    calls=lambda p: elementwise(
        "torch.nn.functional.silu",
        "a = z·σ(z)",
        "σ(z)(1 + z(1 − σ(z)))",
        each="z / (1 + exp(-z))",
        slope="a + (1 - a) / (1 + exp(-z))",
    ),
    known_as=known("torch.nn.SiLU"),
    order=62,
)
