"""Loshchilov and Hutter 2019."""

from __future__ import annotations

from nnstudio.catalog.entry import Optimizer, Rule
from nnstudio.catalog.rates import APART, BETAS, decay, epsilon, rate
from nnstudio.document.text import Text

ENTRY = Optimizer(
    id="adamw",
    title=Text("AdamW"),
    help=Text(
        "Adam whose weight decay pulls the weights themselves instead of joining the gradient. Usual for transformers."
    ),
    formula="w ← w − η(m̂ / (√v̂ + ε) + λw)",
    fields=(
        rate(0.001),
        *BETAS,
        epsilon(1e-8),
        decay(0.01, APART),
    ),
    target="torch.optim.AdamW",
    kwargs=lambda p: {
        "lr": p["learning_rate"],
        "betas": (p["beta1"], p["beta2"]),
        "eps": p["eps"],
        "weight_decay": p["weight_decay"],
        "fused": True,
    },
    rule=Rule("m ← β₁m + (1 − β₁)g;  v ← β₂v + (1 − β₂)g²;  w ← (1 − ηλ)w − η·m̂/(√v̂ + ε)"),
    usual=(1e-5, 1e-1),
    state=2,
    lines=lambda p: (
        ("m", "β1*m + (1 - β1)*d"),
        ("v", "β2*v + (1 - β2)*d**2"),
        ("m̂", "m / (1 - β1**t)"),
        ("v̂", "v / (1 - β2**t)"),
        ("w", "(1 - η*λ)*w - η*(m̂ / (sqrt(v̂) + ε))"),
    ),
    memory={"m": "exp_avg", "v": "exp_avg_sq"},
    order=30,
)
