"""A sigmoid made of straight pieces."""

from __future__ import annotations

from nnstudio.catalog.entry import Activation, elementwise
from nnstudio.catalog.known import known
from nnstudio.document.text import Text

# torch takes a sixth with the digits of float32, whatever it computes in (aten/native/cpu/Activation.cpp).
SIXTH = 0.1666666716337204

ENTRY = Activation(
    id="hardsigmoid",
    title=Text("Hardsigmoid"),
    help=Text("A sigmoid made of straight pieces: cheap, used as a gate in small networks for phones."),
    formula="a = min(max(0, z + 3), 6) / 6",
    derivative="1/6 where −3 < z < 3, else 0",
    range="[0, 1]",
    tags=frozenset({"saturating"}),
    calls=lambda p: elementwise(
        "torch.nn.functional.hardsigmoid",
        "a = min(max(0, z + 3), 6) / 6",
        "1/6 where −3 < z < 3, else 0",
        each="min(max(0, z + 3), 6) / 6",
        slope=f"{SIXTH} if min(z + 3, 3 - z) > 0 else 0",
    ),
    known_as=known("torch.nn.Hardsigmoid"),
    order=22,
)
