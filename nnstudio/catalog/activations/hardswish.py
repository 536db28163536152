"""SiLU made of straight pieces."""

from __future__ import annotations

from nnstudio.catalog.entry import Activation, elementwise
from nnstudio.catalog.known import known
from nnstudio.document.text import Text

ENTRY = Activation(
    id="hardswish",
    title=Text("Hardswish"),
    help=Text("SiLU made of straight pieces and a parabola: cheap, for small networks on phones."),
    formula="a = z·min(max(0, z + 3), 6) / 6",
    derivative="0 below −3, 1 above 3, else (2z + 3)/6",
    range="[−0.375, ∞)",
    tags=frozenset({"rectifier"}),
    calls=lambda p: elementwise(
        "torch.nn.functional.hardswish",
        "a = z·min(max(0, z + 3), 6) / 6",
        "0 below −3, 1 above 3, else (2z + 3)/6",
        each="z*min(max(0, z + 3), 6) / 6",
        slope="0 if z < -3 else (1 if z > 3 else (2*z + 3) / 6)",
    ),
    known_as=known("torch.nn.Hardswish"),
    order=66,
)
