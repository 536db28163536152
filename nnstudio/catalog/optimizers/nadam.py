"""Dozat 2016."""

from __future__ import annotations

from nnstudio.catalog.entry import Optimizer, Rule
from nnstudio.catalog.rates import BETAS, decay, epsilon, rate
from nnstudio.document.text import Text

ENTRY = Optimizer(
    id="nadam",
    title=Text("NAdam", "NAdam"),
    help=Text("Adam that looks ahead along its momentum, as Nesterov does.",
              "像 Nesterov 那样沿动量方向先看一步的 Adam。"),
    formula="w ← w − η(μₜ₊₁m̂ + (1 − μₜ)ĝ) / (√v̂ + ε)",
    fields=(
        rate(0.002),
        *BETAS,
        epsilon(1e-8),
        decay(),
    ),
    target="torch.optim.NAdam",
    kwargs=lambda p: {"lr": p["learning_rate"], "betas": (p["beta1"], p["beta2"]), "eps": p["eps"],
                      "weight_decay": p["weight_decay"]},
    rule=Rule("g = ∂E/∂w + λw;  m ← β₁m + (1 − β₁)g;  v ← β₂v + (1 − β₂)g²;  w ← w − η(μₜ₊₁m̂ + (1 − μₜ)ĝ)/(√v̂ + ε)"),
    usual=(1e-5, 1e-1),
    state=2,
    order=34,
)
