"""The scaled exponential linear unit."""

from __future__ import annotations

from nnstudio.catalog.entry import Activation, elementwise
from nnstudio.catalog.known import known
from nnstudio.document.text import Text

ENTRY = Activation(
    id="selu",
    title=Text("SELU"),
    help=Text(
        "ELU with two fixed numbers that keep mean 0 and spread 1 from layer to layer. Needs LeCun initialization and "
        "no batch norm."
    ),
    formula="a = 1.0507·(z where z > 0, else 1.6733(e^z − 1))",
    derivative="1.0507 where z > 0, else 1.7581·e^z",
    range="(−1.758, ∞)",
    tags=frozenset({"self_normalizing"}),
    calls=lambda p: elementwise(
        "torch.selu",
        "a = λ(z where z > 0, else α(e^z − 1))",
        "λ where z > 0, else λα·e^z",
        each="1.0507009873554805*(z if z > 0 else 1.6732632423543772*(exp(z) - 1))",
        slope="1.0507009873554805*(1 if z > 0 else 1.6732632423543772*exp(z))",
    ),
    known_as=known("torch.nn.SELU"),
    order=58,
)
