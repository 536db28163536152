"""Saxe et al. 2014."""

from __future__ import annotations

from nnstudio.catalog.entry import Call, Initializer, Ref, Stream
from nnstudio.document.fields import FloatField
from nnstudio.document.text import Text

ENTRY = Initializer(
    id="orthogonal",
    title=Text("Orthogonal"),
    help=Text(
        "Rows at right angles to each other, all of one length: nothing is stretched. Good for deep and recurrent "
        "networks."
    ),
    formula="W Wᵀ = gain²·I",
    fields=(FloatField(name="gain", title=Text("Gain"), default=1.0, minimum=0.0, maximum=1e3, above=True),),
    tags=frozenset({"matrix"}),
    suits=frozenset({"rectifier", "saturating"}),
    call=lambda p: Call("w", "torch.nn.init.orthogonal_", (Ref("tensor"),), {"gain": p["gain"], "generator": Stream()}),
    variance="gain**2 / max(fan_in, fan_out)",
    limit="gain",
    order=97,
)
