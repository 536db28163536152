"""Zeiler 2012."""

from __future__ import annotations

from nnstudio.catalog.entry import Optimizer, Rule
from nnstudio.document.fields import FloatField
from nnstudio.document.text import Text

ENTRY = Optimizer(
    id="adadelta",
    title=Text("Adadelta", "Adadelta"),
    help=Text("Compares running sizes of gradients and steps, so that it needs hardly any learning rate; 1 is the usual one.",
              "比较梯度与步长的滑动大小，几乎不需要学习率；通常取 1。"),
    formula="w ← w − η·g·√(d + ε) / √(s + ε)",
    fields=(
        FloatField(name="learning_rate", title=Text("Learning rate η", "学习率 η"), default=1.0, minimum=0.0, maximum=1e6,
                   help=Text("How far one step goes.", "每一步的步长。")),
        FloatField(name="rho", title=Text("ρ", "ρ"), default=0.9, minimum=0.0, maximum=1.0, below=True,
                   help=Text("Memory of the running sizes.", "滑动平均的记忆系数。")),
        FloatField(name="eps", title=Text("ε", "ε"), default=1e-6, minimum=0.0, maximum=1.0, above=True, advanced=True,
                   help=Text("Keeps the division from blowing up.", "防止除以零。")),
        FloatField(name="weight_decay", title=Text("Weight decay", "权重衰减"), default=0.0, minimum=0.0, maximum=1e3,
                   help=Text("Pulls every weight towards 0 (L2, added to the gradient).", "把所有权重拉向 0（L2，加到梯度上）。")),
    ),
    target="torch.optim.Adadelta",
    kwargs=lambda p: {"lr": p["learning_rate"], "rho": p["rho"], "eps": p["eps"], "weight_decay": p["weight_decay"]},
    rule=Rule("g = ∂E/∂w + λw;  s ← ρs + (1 − ρ)g²;  Δ = g√(d + ε)/√(s + ε);  d ← ρd + (1 − ρ)Δ²;  w ← w − ηΔ"),
    usual=(0.01, 10.0),
    state=2,
    order=26,
)
