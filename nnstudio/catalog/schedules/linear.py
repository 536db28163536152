"""The rate falls along a straight line."""

from __future__ import annotations

from nnstudio.catalog.entry import Epochs, Schedule
from nnstudio.document.fields import FloatField
from nnstudio.document.text import Text

ENTRY = Schedule(
    id="linear",
    title=Text("Linear", "线性"),
    help=Text("Falls in a straight line to a share of itself over the planned epochs.", "在计划的轮数内沿直线降到原值的一部分。"),
    formula="ηₜ = η(1 − (1 − end)·t/T)",
    fields=(
        FloatField(name="end", title=Text("End share", "终值比例"), default=0.0, minimum=0.0, maximum=1.0,
                   help=Text("The share of the rate that is left at the end.", "结束时剩余的比例。")),
    ),
    target="torch.optim.lr_scheduler.LinearLR",
    kwargs=lambda p: {"start_factor": 1.0, "end_factor": p["end"], "total_iters": Epochs()},
    order=34,
)
