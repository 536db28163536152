"""Hinton 2012."""

from __future__ import annotations

from nnstudio.catalog.entry import Optimizer, Rule
from nnstudio.document.fields import FloatField
from nnstudio.document.text import Text

ENTRY = Optimizer(
    id="rmsprop",
    title=Text("RMSprop", "RMSprop"),
    help=Text("Divides by a running root mean square of the gradient. A good start for recurrent networks.",
              "除以梯度的滑动均方根。循环网络的良好起点。"),
    formula="s ← αs + (1 − α)g²;  w ← w − η·g / (√s + ε)",
    fields=(
        FloatField(name="learning_rate", title=Text("Learning rate η", "学习率 η"), default=0.01, minimum=0.0, maximum=1e6,
                   help=Text("How far one step goes.", "每一步的步长。")),
        FloatField(name="alpha", title=Text("α", "α"), default=0.99, minimum=0.0, maximum=1.0, below=True,
                   help=Text("Memory of the squared gradient.", "梯度平方的记忆系数。")),
        FloatField(name="momentum", title=Text("Momentum μ", "动量 μ"), default=0.0, minimum=0.0, maximum=1.0, below=True, advanced=True,
                   help=Text("Share of the last step that is kept.", "保留上一步的比例。")),
        FloatField(name="eps", title=Text("ε", "ε"), default=1e-8, minimum=0.0, maximum=1.0, above=True, advanced=True,
                   help=Text("Keeps the division from blowing up.", "防止除以零。")),
        FloatField(name="weight_decay", title=Text("Weight decay", "权重衰减"), default=0.0, minimum=0.0, maximum=1e3,
                   help=Text("Pulls every weight towards 0 (L2, added to the gradient).", "把所有权重拉向 0（L2，加到梯度上）。")),
    ),
    target="torch.optim.RMSprop",
    kwargs=lambda p: {"lr": p["learning_rate"], "alpha": p["alpha"], "momentum": p["momentum"], "eps": p["eps"],
                      "weight_decay": p["weight_decay"]},
    rule=Rule("g = ∂E/∂w + λw;  s ← αs + (1 − α)g²;  v ← μv + g/(√s + ε);  w ← w − ηv"),
    usual=(1e-5, 1e-1),
    state=1,
    order=28,
)
