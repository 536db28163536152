"""No activation: the layer stays linear."""

from __future__ import annotations

from nnstudio.catalog.entry import Activation
from nnstudio.document.text import Text

ENTRY = Activation(
    id="identity",
    title=Text("Identity"),
    help=Text("Leaves z as it is. Use it on the output of a regression, or before a loss that works on logits."),
    formula="a = z",
    derivative="1",
    range="(−∞, ∞)",
    calls=lambda p: (),
    order=10,
)
