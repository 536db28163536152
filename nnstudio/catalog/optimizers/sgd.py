"""Stochastic gradient descent, with momentum and Nesterov's form."""

from __future__ import annotations

from nnstudio.catalog.entry import Optimizer, Rule
from nnstudio.catalog.rates import decay, rate
from nnstudio.document.fields import BoolField, FloatField
from nnstudio.document.text import Message, Text, message
from nnstudio.document.values import Params


def _check(params: Params) -> Message | None:
    if params["nesterov"] and params["momentum"] <= 0:
        return message("optimizer.nesterov")
    return None


ENTRY = Optimizer(
    id="sgd",
    title=Text("SGD"),
    help=Text("A step against the gradient. Momentum keeps part of the last step, Nesterov looks ahead first."),
    formula="v ← μv + ∂E/∂w;  w ← w − ηv",
    fields=(
        rate(0.1),
        FloatField(
            name="momentum",
            title=Text("Momentum μ"),
            default=0.0,
            minimum=0.0,
            maximum=1.0,
            below=True,
            help=Text("Share of the last step that is kept."),
        ),
        BoolField(
            name="nesterov",
            title=Text("Nesterov"),
            default=False,
            advanced=True,
            help=Text("Look ahead along the momentum; needs momentum above 0."),
        ),
        decay(),
    ),
    target="torch.optim.SGD",
    kwargs=lambda p: {
        "lr": p["learning_rate"],
        "momentum": p["momentum"],
        "nesterov": p["nesterov"],
        "weight_decay": p["weight_decay"],
        "fused": True,
    },
    rule=Rule("g = ∂E/∂w + λw;  v ← μv + g;  w ← w − ηv"),
    usual=(1e-4, 1.0),
    check=_check,
    lines=lambda p: (
        ("g", "d + λ*w"),
        *(
            (("v", "μ*v + g"), ("w", "w - η*(g + μ*v)" if p["nesterov"] else "w - η*v"))
            if p["momentum"] > 0
            else (("w", "w - η*g"),)
        ),
    ),
    memory={"v": "momentum_buffer"},
    order=10,
)
