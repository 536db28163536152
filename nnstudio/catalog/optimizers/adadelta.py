"""Zeiler 2012."""

from __future__ import annotations

from nnstudio.catalog.entry import Optimizer, Rule
from nnstudio.catalog.rates import decay, epsilon, rate
from nnstudio.document.fields import FloatField
from nnstudio.document.text import Text

ENTRY = Optimizer(
    id="adadelta",
    title=Text("Adadelta"),
    help=Text(
        "Compares running sizes of gradients and steps, so that it needs hardly any learning rate; 1 is the usual one."
    ),
    formula="w ← w − η·g·√(d + ε) / √(s + ε)",
    fields=(
        rate(1.0),
        FloatField(
            name="rho",
            title=Text("ρ"),
            default=0.9,
            minimum=0.0,
            maximum=1.0,
            below=True,
            help=Text("Memory of the running sizes."),
        ),
        epsilon(1e-6),
        decay(),
    ),
    target="torch.optim.Adadelta",
    kwargs=lambda p: {"lr": p["learning_rate"], "rho": p["rho"], "eps": p["eps"], "weight_decay": p["weight_decay"]},
    rule=Rule("g = ∂E/∂w + λw;  s ← ρs + (1 − ρ)g²;  Δ = g√(d + ε)/√(s + ε);  d ← ρd + (1 − ρ)Δ²;  w ← w − ηΔ"),
    usual=(0.01, 10.0),
    state=2,
    lines=lambda p: (
        ("g", "d + λ*w"),
        ("s", "ρ*s + (1 - ρ)*g**2"),
        ("Δ", "g*sqrt(u + ε) / sqrt(s + ε)"),
        ("u", "ρ*u + (1 - ρ)*Δ**2"),
        ("w", "w - η*Δ"),
    ),
    memory={"s": "square_avg", "u": "acc_delta"},
    order=26,
)
