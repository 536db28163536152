"""Dozat 2016."""

from __future__ import annotations

from nnstudio.catalog.entry import Optimizer, Rule
from nnstudio.catalog.rates import BETAS, decay, epsilon, rate
from nnstudio.document.text import Text

ENTRY = Optimizer(
    id="nadam",
    title=Text("NAdam"),
    help=Text("Adam that looks ahead along its momentum, as Nesterov does."),
    formula="w ← w − η(μₜ₊₁m̂ + (1 − μₜ)ĝ) / (√v̂ + ε)",
    fields=(
        rate(0.002),
        *BETAS,
        epsilon(1e-8),
        decay(),
    ),
    target="torch.optim.NAdam",
    kwargs=lambda p: {
        "lr": p["learning_rate"],
        "betas": (p["beta1"], p["beta2"]),
        "eps": p["eps"],
        "weight_decay": p["weight_decay"],
    },
    rule=Rule("g = ∂E/∂w + λw;  m ← β₁m + (1 − β₁)g;  v ← β₂v + (1 − β₂)g²;  w ← w − η(μₜ₊₁m̂ + (1 − μₜ)ĝ)/(√v̂ + ε)"),
    usual=(1e-5, 1e-1),
    state=2,
    lines=lambda p: (
        ("g", "d + λ*w"),
        ("m", "β1*m + (1 - β1)*g"),
        ("v", "β2*v + (1 - β2)*g**2"),
        ("a", "β1*(1 - 0.5*0.96**(t*ψ))"),
        ("b", "β1*(1 - 0.5*0.96**((t + 1)*ψ))"),
        ("q", "q*a"),
        ("r", "sqrt(v / (1 - β2**t)) + ε"),
        ("w", "w - η*((1 - a) / (1 - q))*(g / r) - η*(b / (1 - q*b))*(m / r)"),
    ),
    memory={"m": "exp_avg", "v": "exp_avg_sq", "q": "mu_product"},
    order=34,
)
