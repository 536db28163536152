"""Loshchilov and Hutter 2019."""

from __future__ import annotations

from nnstudio.catalog.entry import Optimizer, Rule
from nnstudio.document.fields import FloatField
from nnstudio.document.text import Text

ENTRY = Optimizer(
    id="adamw",
    title=Text("AdamW", "AdamW"),
    help=Text("Adam whose weight decay pulls the weights themselves instead of joining the gradient. Usual for transformers.",
              "权重衰减直接作用于权重而不并入梯度的 Adam。常用于 Transformer。"),
    formula="w ← w − η(m̂ / (√v̂ + ε) + λw)",
    fields=(
        FloatField(name="learning_rate", title=Text("Learning rate η", "学习率 η"), default=0.001, minimum=0.0, maximum=1e6,
                   help=Text("How far one step goes.", "每一步的步长。")),
        FloatField(name="beta1", title=Text("β₁", "β₁"), default=0.9, minimum=0.0, maximum=1.0, below=True, advanced=True,
                   help=Text("Memory of the mean gradient.", "梯度均值的记忆系数。")),
        FloatField(name="beta2", title=Text("β₂", "β₂"), default=0.999, minimum=0.0, maximum=1.0, below=True, advanced=True,
                   help=Text("Memory of the squared gradient.", "梯度平方的记忆系数。")),
        FloatField(name="eps", title=Text("ε", "ε"), default=1e-8, minimum=0.0, maximum=1.0, above=True, advanced=True,
                   help=Text("Keeps the division from blowing up.", "防止除以零。")),
        FloatField(name="weight_decay", title=Text("Weight decay", "权重衰减"), default=0.01, minimum=0.0, maximum=1e3,
                   help=Text("Pulls every weight towards 0, apart from the gradient.", "把所有权重拉向 0，与梯度无关。")),
    ),
    target="torch.optim.AdamW",
    kwargs=lambda p: {"lr": p["learning_rate"], "betas": (p["beta1"], p["beta2"]), "eps": p["eps"],
                      "weight_decay": p["weight_decay"], "fused": True},
    rule=Rule("m ← β₁m + (1 − β₁)g;  v ← β₂v + (1 − β₂)g²;  w ← (1 − ηλ)w − η·m̂/(√v̂ + ε)"),
    usual=(1e-5, 1e-1),
    state=2,
    order=30,
)
