"""Adam: a step of its own size for every weight."""

from __future__ import annotations

from nnstudio.catalog.entry import Optimizer, Rule
from nnstudio.catalog.rates import BETAS, decay, epsilon, rate
from nnstudio.document.text import Text

ENTRY = Optimizer(
    id="adam",
    title=Text("Adam"),
    help=Text(
        "Divides a running mean of the gradient by its running size, so every weight gets its own step. A safe start."
    ),
    formula="w ← w − η·m̂ / (√v̂ + ε)",
    fields=(
        rate(0.001),
        *BETAS,
        epsilon(1e-8),
        decay(),
    ),
    target="torch.optim.Adam",
    kwargs=lambda p: {
        "lr": p["learning_rate"],
        "betas": (p["beta1"], p["beta2"]),
        "eps": p["eps"],
        "weight_decay": p["weight_decay"],
        "fused": True,
    },
    rule=Rule("g = ∂E/∂w + λw;  m ← β₁m + (1 − β₁)g;  v ← β₂v + (1 − β₂)g²;  w ← w − η·m̂/(√v̂ + ε)"),
    usual=(1e-5, 1e-1),
    state=2,
    lines=lambda p: (
        ("g", "d + λ*w"),
        ("m", "β1*m + (1 - β1)*g"),
        ("v", "β2*v + (1 - β2)*g**2"),
        ("m̂", "m / (1 - β1**t)"),
        ("v̂", "v / (1 - β2**t)"),
        ("w", "w - η*(m̂ / (sqrt(v̂) + ε))"),
    ),
    memory={"m": "exp_avg", "v": "exp_avg_sq"},
    order=20,
)
