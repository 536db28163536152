"""Loshchilov and Hutter 2017."""

from __future__ import annotations

from nnstudio.catalog.entry import Schedule
from nnstudio.document.fields import FloatField, IntField
from nnstudio.document.text import Text

ENTRY = Schedule(
    id="cosine_restarts",
    title=Text("Cosine with restarts", "余弦重启"),
    help=Text("Half a cosine again and again, each time from the top; every period is longer than the last by a factor.", "一次次地沿半个余弦下降并重新回到顶点；每个周期按系数变长。"),
    formula="ηₜ = η_end + ½(η − η_end)(1 + cos(π·t_cur/T_cur))",
    fields=(
        IntField(name="period", title=Text("First period", "首个周期"), default=10, minimum=1, maximum=1_000_000,
                 help=Text("Epochs until the first restart.", "首次重启前的轮数。")),
        IntField(name="growth", title=Text("Growth", "增长"), default=1, minimum=1, maximum=100,
                 help=Text("Each period is longer by this factor.", "每个周期变长的倍数。")),
        FloatField(name="end", title=Text("End value", "终值"), default=0.0, minimum=0.0, maximum=1e6,
                   help=Text("The lowest rate.", "最低的学习率。")),
    ),
    target="torch.optim.lr_scheduler.CosineAnnealingWarmRestarts",
    kwargs=lambda p: {"T_0": p["period"], "T_mult": p["growth"], "eta_min": p["end"]},
    order=32,
)
