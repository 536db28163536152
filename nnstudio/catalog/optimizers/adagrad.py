"""Duchi et al. 2011."""

from __future__ import annotations

from nnstudio.catalog.entry import Optimizer, Rule
from nnstudio.catalog.rates import decay, epsilon, rate
from nnstudio.document.text import Text

ENTRY = Optimizer(
    id="adagrad",
    title=Text("Adagrad"),
    help=Text("Divides by the root of all squared gradients so far, so steps only shrink. Good for rare features."),
    formula="s ← s + g²;  w ← w − η·g / (√s + ε)",
    fields=(
        rate(0.01),
        epsilon(1e-10),
        decay(),
    ),
    target="torch.optim.Adagrad",
    kwargs=lambda p: {"lr": p["learning_rate"], "eps": p["eps"], "weight_decay": p["weight_decay"], "fused": True},
    rule=Rule("g = ∂E/∂w + λw;  s ← s + g²;  w ← w − η·g/(√s + ε)"),
    usual=(0.0001, 1.0),
    state=1,
    lines=lambda p: (("g", "d + λ*w"), ("s", "s + g**2"), ("w", "w - η*(g / (sqrt(s) + ε))")),
    memory={"s": "sum"},
    order=24,
)
