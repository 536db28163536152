"""Liu et al. 2020."""

from __future__ import annotations

from nnstudio.catalog.entry import Optimizer, Rule
from nnstudio.catalog.rates import BETAS, decay, epsilon, rate
from nnstudio.document.text import Text

ENTRY = Optimizer(
    id="radam",
    title=Text("RAdam"),
    help=Text(
        "Adam that starts carefully: it divides by √v only when enough steps have been seen to trust it. Needs no "
        "warm-up."
    ),
    formula="w ← w − η·r·m̂ / (√v̂ + ε), r grows to 1",
    fields=(
        rate(0.001),
        *BETAS,
        epsilon(1e-8),
        decay(),
    ),
    target="torch.optim.RAdam",
    kwargs=lambda p: {
        "lr": p["learning_rate"],
        "betas": (p["beta1"], p["beta2"]),
        "eps": p["eps"],
        "weight_decay": p["weight_decay"],
    },
    rule=Rule(
        "g = ∂E/∂w + λw;  m ← β₁m + (1 − β₁)g;  v ← β₂v + (1 − β₂)g²;  w ← w − η·r·m̂/(√v̂ + ε), or w − η·m̂ while r "
        "is unknown"
    ),
    usual=(1e-5, 1e-1),
    state=2,
    lines=lambda p: (
        ("g", "d + λ*w"),
        ("m", "β1*m + (1 - β1)*g"),
        ("v", "β2*v + (1 - β2)*g**2"),
        ("m̂", "m / (1 - β1**t)"),
        ("k", "2 / (1 - β2) - 1"),
        ("ρ", "k - 2*t*β2**t / (1 - β2**t)"),
        ("r", "sqrt(max((ρ - 4)*(ρ - 2)*k / ((k - 4)*(k - 2)*ρ), 0))*sqrt(1 - β2**t) / (sqrt(v) + ε)"),
        ("w", "w - η*m̂*(r if ρ > 5 else 1)"),
    ),
    memory={"m": "exp_avg", "v": "exp_avg_sq"},
    order=36,
)
