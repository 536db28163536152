"""z times tanh of softplus."""

from __future__ import annotations

from nnstudio.catalog.entry import Activation, elementwise
from nnstudio.catalog.known import known
from nnstudio.document.text import Text

ENTRY = Activation(
    id="mish",
    title=Text("Mish"),
    help=Text("Much like SiLU, a little smoother."),
    formula="a = z·tanh(ln(1 + e^z))",
    derivative="tanh(s) + z·σ(z)(1 − tanh²(s)), s = ln(1 + e^z)",
    range="[−0.309, ∞)",
    tags=frozenset({"rectifier"}),
    calls=lambda p: elementwise(
        "torch.nn.functional.mish",
        "a = z·tanh(ln(1 + e^z))",
        "tanh(s) + z·σ(z)(1 − tanh²(s)), s = ln(1 + e^z)",
        each="z*tanh(log(1 + exp(z)))",
        slope="tanh(log(1 + exp(z))) + z*(1 - tanh(log(1 + exp(z)))**2) / (1 + exp(-z))",
    ),
    known_as=known("torch.nn.Mish"),
    order=63,
)
