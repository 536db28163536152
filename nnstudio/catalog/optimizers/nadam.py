"""Dozat 2016."""

from __future__ import annotations

from nnstudio.catalog.entry import Optimizer, Rule
from nnstudio.document.fields import FloatField
from nnstudio.document.text import Text

ENTRY = Optimizer(
    id="nadam",
    title=Text("NAdam", "NAdam"),
    help=Text("Adam that looks ahead along its momentum, as Nesterov does.",
              "像 Nesterov 那样沿动量方向先看一步的 Adam。"),
    formula="w ← w − η(μₜ₊₁m̂ + (1 − μₜ)ĝ) / (√v̂ + ε)",
    fields=(
        FloatField(name="learning_rate", title=Text("Learning rate η", "学习率 η"), default=0.002, minimum=0.0, maximum=1e6,
                   help=Text("How far one step goes.", "每一步的步长。")),
        FloatField(name="beta1", title=Text("β₁", "β₁"), default=0.9, minimum=0.0, maximum=1.0, below=True, advanced=True,
                   help=Text("Memory of the mean gradient.", "梯度均值的记忆系数。")),
        FloatField(name="beta2", title=Text("β₂", "β₂"), default=0.999, minimum=0.0, maximum=1.0, below=True, advanced=True,
                   help=Text("Memory of the squared gradient.", "梯度平方的记忆系数。")),
        FloatField(name="eps", title=Text("ε", "ε"), default=1e-8, minimum=0.0, maximum=1.0, above=True, advanced=True,
                   help=Text("Keeps the division from blowing up.", "防止除以零。")),
        FloatField(name="weight_decay", title=Text("Weight decay", "权重衰减"), default=0.0, minimum=0.0, maximum=1e3,
                   help=Text("Pulls every weight towards 0 (L2, added to the gradient).", "把所有权重拉向 0（L2，加到梯度上）。")),
    ),
    target="torch.optim.NAdam",
    kwargs=lambda p: {"lr": p["learning_rate"], "betas": (p["beta1"], p["beta2"]), "eps": p["eps"],
                      "weight_decay": p["weight_decay"]},
    rule=Rule("g = ∂E/∂w + λw;  m ← β₁m + (1 − β₁)g;  v ← β₂v + (1 − β₂)g²;  w ← w − η(μₜ₊₁m̂ + (1 − μₜ)ĝ)/(√v̂ + ε)"),
    usual=(1e-5, 1e-1),
    state=2,
    order=34,
)
