"""Glorot and Bengio 2010, normal."""

from __future__ import annotations

from nnstudio.catalog.entry import Call, Initializer, Ref, Stream
from nnstudio.document.fields import FloatField
from nnstudio.document.text import Text

ENTRY = Initializer(
    id="xavier_normal",
    title=Text("Xavier normal"),
    help=Text("As Xavier uniform, drawn from a bell curve."),
    formula="N(0, gain²·2 / (fan_in + fan_out))",
    fields=(FloatField(name="gain", title=Text("Gain"), default=1.0, minimum=0.0, maximum=1e3, above=True),),
    tags=frozenset({"matrix"}),
    suits=frozenset({"saturating"}),
    call=lambda p: Call(
        "w", "torch.nn.init.xavier_normal_", (Ref("tensor"),), {"gain": p["gain"], "generator": Stream()}
    ),
    variance="2*gain**2 / (fan_in + fan_out)",
    order=70,
)
