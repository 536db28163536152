"""The Gaussian error linear unit."""

from __future__ import annotations

from nnstudio.catalog.entry import Activation, elementwise
from nnstudio.document.fields import OptionField
from nnstudio.document.text import Text

# z·Φ(z) and its derivative Φ(z) + z·φ(z), with φ(z) = e^(−z²/2) / √(2π).
EXACT = ("z*Phi(z)", "Phi(z) + z*exp(-(z**2 / 2)) / 2.5066282746310002")

ENTRY = Activation(
    id="gelu",
    title=Text("GELU", "GELU"),
    help=Text("z times the chance that a normal number lies below z: a smooth ReLU. Usual in transformers. The tanh form is a close, older approximation.",
              "z 乘以正态变量小于 z 的概率：平滑的 ReLU。常用于 Transformer。tanh 形式是较早的近似。"),
    formula="a = z·Φ(z)",
    derivative="Φ(z) + z·φ(z)",
    range="[−0.17, ∞)",
    fields=(
        OptionField(name="form", title=Text("Form", "形式"), default="none", advanced=True,
                    options=(("none", Text("exact", "精确")), ("tanh", Text("tanh", "tanh"))),
                    help=Text("Exact, or with tanh in place of Φ.", "精确形式，或用 tanh 近似 Φ。")),
    ),
    tags=frozenset({"rectifier"}),
    calls=lambda p: elementwise("torch.nn.functional.gelu", "a = z·Φ(z)",
                                "Φ(z) + z·φ(z)", approximate=p["form"], each=EXACT[0] if p["form"] == "none" else "", slope=EXACT[1] if p["form"] == "none" else ""),
    order=60,
)
