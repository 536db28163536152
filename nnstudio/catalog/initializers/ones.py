"""All ones."""

from __future__ import annotations

from nnstudio.catalog.entry import Call, Initializer, Ref
from nnstudio.document.text import Text

ENTRY = Initializer(
    id="ones",
    title=Text("Ones"),
    help=Text("One everywhere. For scales such as γ; as weights it keeps all neurons of a layer equal for ever."),
    formula="w = 1",
    tags=frozenset({"even"}),
    call=lambda p: Call("w", "torch.nn.init.ones_", (Ref("tensor"),)),
    variance="0",
    limit="1",
    order=25,
)
