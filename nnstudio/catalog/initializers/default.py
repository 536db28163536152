"""Leave the start values to the layer."""

from __future__ import annotations

from nnstudio.catalog.entry import Initializer
from nnstudio.document.text import Text

ENTRY = Initializer(
    id="default",
    title=Text("PyTorch default", "PyTorch 默认"),
    help=Text("What PyTorch itself would draw for this layer.",
              "PyTorch 对该层的默认初始化。"),
    formula="U(−1/√fan_in, 1/√fan_in)",
    call=lambda p: None,
    order=10,
)
