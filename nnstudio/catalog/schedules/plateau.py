"""The rate falls when nothing gets better."""

from __future__ import annotations

from nnstudio.catalog.entry import Schedule
from nnstudio.document.fields import FloatField, IntField
from nnstudio.document.text import Text

ENTRY = Schedule(
    id="plateau",
    title=Text("Reduce on plateau", "平台期降低"),
    help=Text("Multiplies the learning rate by a factor when the validation loss (without one, the training loss) has not improved for some epochs.", "若干轮内验证损失（没有验证集时为训练损失）未改善时，将学习率乘以一个系数。"),
    formula="η ← γη after patience epochs without progress",
    fields=(
        FloatField(name="factor", title=Text("Factor γ", "系数 γ"), default=0.5, minimum=0.0, maximum=1.0, above=True, below=True,
                   help=Text("What the rate is multiplied by.", "学习率所乘的系数。")),
        IntField(name="patience", title=Text("Patience", "耐心"), default=5, minimum=0, maximum=1_000_000,
                 help=Text("Epochs without progress that are waited for.", "允许无改善的轮数。")),
        FloatField(name="least", title=Text("Lowest rate", "最低学习率"), default=0.0, minimum=0.0, maximum=1e6, advanced=True,
                   help=Text("The rate does not fall below this.", "学习率不会低于此值。")),
    ),
    target="torch.optim.lr_scheduler.ReduceLROnPlateau",
    kwargs=lambda p: {"factor": p["factor"], "patience": p["patience"], "min_lr": p["least"]},
    order=44,
)
