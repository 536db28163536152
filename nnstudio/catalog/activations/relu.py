"""The rectified linear unit."""

from __future__ import annotations

from nnstudio.catalog.entry import Activation, elementwise
from nnstudio.catalog.known import known
from nnstudio.document.text import Text

ENTRY = Activation(
    id="relu",
    title=Text("ReLU"),
    help=Text("Passes what is positive and cuts the rest. The usual choice in hidden layers, with He initialization."),
    formula="a = max(0, z)",
    derivative="1 where z > 0, else 0",
    range="[0, ∞)",
    tags=frozenset({"rectifier"}),
    calls=lambda p: elementwise(
        "torch.relu", "a = max(0, z)", "1 where z > 0, else 0", each="max(0, z)", slope="1 if z > 0 else 0"
    ),
    known_as=known("torch.nn.ReLU"),
    order=40,
)
