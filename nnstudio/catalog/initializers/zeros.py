"""All zeros."""

from __future__ import annotations

from nnstudio.catalog.entry import Call, Initializer, Ref
from nnstudio.document.text import Text

ENTRY = Initializer(
    id="zeros",
    title=Text("Zeros"),
    help=Text("All zeros: good for a bias; in a weight matrix all neurons of a layer stay equal for ever."),
    formula="w = 0",
    tags=frozenset({"even"}),
    call=lambda p: Call("w", "torch.nn.init.zeros_", (Ref("tensor"),)),
    variance="0",
    limit="0",
    order=20,
)
