"""All zeros."""

from __future__ import annotations

from nnstudio.catalog.entry import Call, Initializer, Ref
from nnstudio.document.text import Text

ENTRY = Initializer(
    id="zeros",
    title=Text("Zeros", "全零"),
    help=Text("All zeros: good for a bias; in a weight matrix all neurons of a layer stay equal for ever.",
              "全部为零：适合偏置；若用于权重，同层神经元将永远相同。"),
    formula="w = 0",
    tags=frozenset({"even"}),
    call=lambda p: Call("w", "torch.nn.init.zeros_", (Ref("tensor"),)),
    order=20,
)
