"""The rate falls as a power."""

from __future__ import annotations

from nnstudio.catalog.entry import Epochs, Schedule
from nnstudio.document.fields import FloatField
from nnstudio.document.text import Text

ENTRY = Schedule(
    id="polynomial",
    title=Text("Polynomial", "多项式"),
    help=Text("Falls towards 0 as a power of the time that is left; it would be 0 one step behind the last planned epoch.", "按剩余时间的幂次下降；在最后一个计划轮之后一步降到 0。"),
    formula="ηₜ = η(1 − t/T)^power",
    fields=(
        FloatField(name="power", title=Text("Power", "幂次"), default=2.0, minimum=0.1, maximum=10.0,
                   help=Text("1 is a straight line; more falls faster at first.", "1 为直线；越大起初下降越快。")),
    ),
    target="torch.optim.lr_scheduler.PolynomialLR",
    kwargs=lambda p: {"total_iters": Epochs(), "power": p["power"]},
    order=36,
)
