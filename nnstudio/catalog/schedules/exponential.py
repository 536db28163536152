"""The rate falls by the same share every epoch."""

from __future__ import annotations

from nnstudio.catalog.entry import Schedule
from nnstudio.document.fields import FloatField
from nnstudio.document.text import Text

ENTRY = Schedule(
    id="exponential",
    title=Text("Exponential", "指数"),
    help=Text("Multiplies the learning rate by a factor after every epoch.", "每一轮后将学习率乘以一个系数。"),
    formula="ηₜ = η·γ^t",
    fields=(
        FloatField(name="factor", title=Text("Factor γ", "系数 γ"), default=0.95, minimum=0.0, maximum=10.0, above=True,
                   help=Text("What the rate is multiplied by.", "学习率所乘的系数。")),
    ),
    target="torch.optim.lr_scheduler.ExponentialLR",
    kwargs=lambda p: {"gamma": p["factor"]},
    order=25,
)
