"""The Gaussian error linear unit, exact form."""

from __future__ import annotations

from nnstudio.catalog.entry import Activation, elementwise
from nnstudio.document.text import Text

ENTRY = Activation(
    id="gelu",
    title=Text("GELU", "GELU"),
    help=Text("Smooth relative of ReLU that weighs z by the normal distribution. Usual in transformers.",
              "ReLU 的平滑版本，用正态分布加权 z。常用于 Transformer。"),
    formula="a = z·Φ(z)",
    derivative="Φ(z) + z·φ(z)",
    range="[−0.17, ∞)",
    calls=lambda p: elementwise("torch.nn.functional.gelu", "a = z·Φ(z)", "Φ(z) + z·φ(z)"),
    order=60,
)
