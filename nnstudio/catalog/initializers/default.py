"""Leave the start values to the layer."""

from __future__ import annotations

from nnstudio.catalog.entry import Initializer
from nnstudio.document.text import Text

ENTRY = Initializer(
    id="default",
    title=Text("PyTorch default"),
    help=Text("What PyTorch itself would draw for this layer."),
    formula="U(−1/√fan_in, 1/√fan_in)",
    call=lambda p: None,
    variance="1 / (3*fan_in)",
    limit="1 / sqrt(fan_in)",
    order=10,
)
