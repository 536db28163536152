"""Kingma and Ba 2015, with the greatest gradient."""

from __future__ import annotations

from nnstudio.catalog.entry import Optimizer, Rule
from nnstudio.catalog.rates import BETAS, decay, epsilon, rate
from nnstudio.document.text import Text

ENTRY = Optimizer(
    id="adamax",
    title=Text("Adamax"),
    help=Text("Adam that divides by the greatest recent gradient instead of the root of its square."),
    formula="w ← w − η/(1 − β₁ᵗ)·m / u",
    fields=(
        rate(0.002),
        *BETAS,
        epsilon(1e-8),
        decay(),
    ),
    target="torch.optim.Adamax",
    kwargs=lambda p: {
        "lr": p["learning_rate"],
        "betas": (p["beta1"], p["beta2"]),
        "eps": p["eps"],
        "weight_decay": p["weight_decay"],
    },
    rule=Rule("g = ∂E/∂w + λw;  m ← β₁m + (1 − β₁)g;  u ← max(β₂u, |g| + ε);  w ← w − η/(1 − β₁ᵗ)·m/u"),
    usual=(1e-05, 0.05),
    state=2,
    lines=lambda p: (
        ("g", "d + λ*w"),
        ("m", "β1*m + (1 - β1)*g"),
        ("u", "max(β2*u, abs(g) + ε)"),
        ("w", "w - η / (1 - β1**t)*(m / u)"),
    ),
    memory={"m": "exp_avg", "u": "exp_inf"},
    order=38,
)
