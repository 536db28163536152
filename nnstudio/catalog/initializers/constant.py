"""One number everywhere."""

from __future__ import annotations

from nnstudio.catalog.entry import Call, Initializer, Ref
from nnstudio.document.fields import FloatField
from nnstudio.document.text import Text

ENTRY = Initializer(
    id="constant",
    title=Text("Constant"),
    help=Text("The same number everywhere; in a weight matrix all neurons of a layer stay equal."),
    formula="w = c",
    fields=(FloatField(name="value", title=Text("Value"), default=0.1, minimum=-1e6, maximum=1e6),),
    tags=frozenset({"even"}),
    call=lambda p: Call("w", "torch.nn.init.constant_", (Ref("tensor"),), {"val": p["value"]}),
    variance="0",
    limit="abs(value)",
    order=30,
)
