"""LeCun et al. 1998."""

from __future__ import annotations

from nnstudio.catalog.entry import Call, Initializer, Ref, Stream
from nnstudio.document.text import Text

ENTRY = Initializer(
    id="lecun_normal",
    title=Text("LeCun normal"),
    help=Text("Keeps the spread of values through layers that are nearly linear. The one for SELU."),
    formula="N(0, 1 / fan_in)",
    tags=frozenset({"matrix"}),
    suits=frozenset({"self_normalizing"}),
    call=lambda p: Call(
        "w",
        "torch.nn.init.kaiming_normal_",
        (Ref("tensor"),),
        {"mode": "fan_in", "nonlinearity": "linear", "generator": Stream()},
    ),
    variance="1 / fan_in",
    order=94,
)
