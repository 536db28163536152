"""Settings that many optimizers share."""

from __future__ import annotations

from nnstudio.document.fields import FloatField
from nnstudio.document.text import Text

BETAS = (
    FloatField(name="beta1", title=Text("β₁", "β₁"), default=0.9, minimum=0.0, maximum=1.0, below=True, advanced=True,
               help=Text("Memory of the mean gradient.", "梯度均值的记忆系数。")),
    FloatField(name="beta2", title=Text("β₂", "β₂"), default=0.999, minimum=0.0, maximum=1.0, below=True, advanced=True,
               help=Text("Memory of the squared gradient.", "梯度平方的记忆系数。")),
)
ADDED = Text("Pulls every weight towards 0 (L2, added to the gradient).", "把所有权重拉向 0（L2，加到梯度上）。")
APART = Text("Pulls every weight towards 0, apart from the gradient.", "把所有权重拉向 0，与梯度无关。")


def rate(default: float) -> FloatField:
    """The learning rate η."""
    return FloatField(name="learning_rate", title=Text("Learning rate η", "学习率 η"), default=default, minimum=0.0, maximum=1e6,
                      help=Text("How far one step goes.", "每一步的步长。"))


def epsilon(default: float) -> FloatField:
    """What is added to a divisor."""
    return FloatField(name="eps", title=Text("ε", "ε"), default=default, minimum=0.0, maximum=1.0, above=True, advanced=True,
                      help=Text("Keeps the division from blowing up.", "防止除以零。"))


def decay(default: float = 0.0, text: Text = ADDED) -> FloatField:
    """Weight decay λ."""
    return FloatField(name="weight_decay", title=Text("Weight decay", "权重衰减"), default=default, minimum=0.0, maximum=1e3, help=text)
