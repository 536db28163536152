"""Duchi et al. 2011."""

from __future__ import annotations

from nnstudio.catalog.entry import Optimizer, Rule
from nnstudio.document.fields import FloatField
from nnstudio.document.text import Text

ENTRY = Optimizer(
    id="adagrad",
    title=Text("Adagrad", "Adagrad"),
    help=Text("Divides by the root of all squared gradients so far, so steps only shrink. Good for rare features.",
              "除以迄今梯度平方和的平方根，步长只会变小。适合稀疏特征。"),
    formula="s ← s + g²;  w ← w − η·g / (√s + ε)",
    fields=(
        FloatField(name="learning_rate", title=Text("Learning rate η", "学习率 η"), default=0.01, minimum=0.0, maximum=1e6,
                   help=Text("How far one step goes.", "每一步的步长。")),
        FloatField(name="eps", title=Text("ε", "ε"), default=1e-10, minimum=0.0, maximum=1.0, above=True, advanced=True,
                   help=Text("Keeps the division from blowing up.", "防止除以零。")),
        FloatField(name="weight_decay", title=Text("Weight decay", "权重衰减"), default=0.0, minimum=0.0, maximum=1e3,
                   help=Text("Pulls every weight towards 0 (L2, added to the gradient).", "把所有权重拉向 0（L2，加到梯度上）。")),
    ),
    target="torch.optim.Adagrad",
    kwargs=lambda p: {"lr": p["learning_rate"], "eps": p["eps"], "weight_decay": p["weight_decay"], "fused": True},
    rule=Rule("g = ∂E/∂w + λw;  s ← s + g²;  w ← w − η·g/(√s + ε)"),
    usual=(0.0001, 1.0),
    state=1,
    order=24,
)
