"""The hyperbolic tangent."""

from __future__ import annotations

from nnstudio.catalog.entry import Activation, elementwise
from nnstudio.catalog.known import known
from nnstudio.document.text import Text

ENTRY = Activation(
    id="tanh",
    title=Text("Tanh"),
    help=Text("Squeezes z into −1…1, centred on 0. Goes with Xavier initialization."),
    formula="a = tanh(z)",
    derivative="1 − tanh²(z)",
    range="(−1, 1)",
    tags=frozenset({"saturating"}),
    calls=lambda p: elementwise("torch.tanh", "a = tanh(z)", "1 − tanh²(z)", each="tanh(z)", slope="1 - a**2"),
    known_as=known("torch.nn.Tanh"),
    order=30,
)
