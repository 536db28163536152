"""ReLU, cut at 6."""

from __future__ import annotations

from nnstudio.catalog.entry import Activation, elementwise
from nnstudio.catalog.known import known
from nnstudio.document.text import Text

ENTRY = Activation(
    id="relu6",
    title=Text("ReLU6"),
    help=Text("ReLU that stops at 6. Made for small networks on phones, where numbers must stay small."),
    formula="a = min(max(0, z), 6)",
    derivative="1 where 0 < z < 6, else 0",
    range="[0, 6]",
    tags=frozenset({"rectifier"}),
    calls=lambda p: elementwise(
        "torch.nn.functional.relu6",
        "a = min(max(0, z), 6)",
        "1 where 0 < z < 6, else 0",
        each="min(max(0, z), 6)",
        slope="1 if min(z, 6 - z) > 0 else 0",
    ),
    known_as=known("torch.nn.ReLU6"),
    order=45,
)
