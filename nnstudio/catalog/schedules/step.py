"""The rate is multiplied by a factor every few epochs."""

from __future__ import annotations

from nnstudio.catalog.entry import Schedule
from nnstudio.document.fields import FloatField, IntField
from nnstudio.document.text import Text

ENTRY = Schedule(
    id="step",
    title=Text("Step", "阶梯"),
    help=Text("Multiplies the learning rate by a factor every few epochs.", "每隔若干轮将学习率乘以一个系数。"),
    formula="ηₜ = η·γ^⌊t / every⌋",
    fields=(
        IntField(name="every", title=Text("Every", "间隔"), default=10, minimum=1, maximum=1_000_000,
                 help=Text("Epochs between two steps.", "两次下降之间的轮数。")),
        FloatField(name="factor", title=Text("Factor γ", "系数 γ"), default=0.5, minimum=0.0, maximum=10.0, above=True,
                   help=Text("What the rate is multiplied by.", "学习率所乘的系数。")),
    ),
    target="torch.optim.lr_scheduler.StepLR",
    kwargs=lambda p: {"step_size": p["every"], "gamma": p["factor"]},
    order=20,
)
