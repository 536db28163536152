"""LeCun et al. 1998, uniform."""

from __future__ import annotations

from nnstudio.catalog.entry import Call, Initializer, Ref, Stream
from nnstudio.document.text import Text

ENTRY = Initializer(
    id="lecun_uniform",
    title=Text("LeCun uniform"),
    help=Text("As LeCun normal, every number between the limits equally likely."),
    formula="U(−k, k), k = √(3 / fan_in)",
    tags=frozenset({"matrix"}),
    suits=frozenset({"self_normalizing"}),
    call=lambda p: Call(
        "w",
        "torch.nn.init.kaiming_uniform_",
        (Ref("tensor"),),
        {"mode": "fan_in", "nonlinearity": "linear", "generator": Stream()},
    ),
    variance="1 / fan_in",
    limit="sqrt(3 / fan_in)",
    order=95,
)
