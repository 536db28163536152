"""Hinton 2012."""

from __future__ import annotations

from nnstudio.catalog.entry import Optimizer, Rule
from nnstudio.catalog.rates import decay, epsilon, rate
from nnstudio.document.fields import FloatField
from nnstudio.document.text import Text

ENTRY = Optimizer(
    id="rmsprop",
    title=Text("RMSprop"),
    help=Text("Divides by a running root mean square of the gradient. A good start for recurrent networks."),
    formula="s ← αs + (1 − α)g²;  w ← w − η·g / (√s + ε)",
    fields=(
        rate(0.01),
        FloatField(
            name="alpha",
            title=Text("α"),
            default=0.99,
            minimum=0.0,
            maximum=1.0,
            below=True,
            help=Text("Memory of the squared gradient."),
        ),
        FloatField(
            name="momentum",
            title=Text("Momentum μ"),
            default=0.0,
            minimum=0.0,
            maximum=1.0,
            below=True,
            advanced=True,
            help=Text("Share of the last step that is kept."),
        ),
        epsilon(1e-8),
        decay(),
    ),
    target="torch.optim.RMSprop",
    kwargs=lambda p: {
        "lr": p["learning_rate"],
        "alpha": p["alpha"],
        "momentum": p["momentum"],
        "eps": p["eps"],
        "weight_decay": p["weight_decay"],
    },
    rule=Rule("g = ∂E/∂w + λw;  s ← αs + (1 − α)g²;  v ← μv + g/(√s + ε);  w ← w − ηv"),
    usual=(1e-5, 1e-1),
    state=1,
    lines=lambda p: (
        ("g", "d + λ*w"),
        ("s", "α*s + (1 - α)*g**2"),
        *(
            (("v", "μ*v + g / (sqrt(s) + ε)"), ("w", "w - η*v"))
            if p["momentum"] > 0
            else (("w", "w - η*(g / (sqrt(s) + ε))"),)
        ),
    ),
    memory={"s": "square_avg", "v": "momentum_buffer"},
    order=28,
)
