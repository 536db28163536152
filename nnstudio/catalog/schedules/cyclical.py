"""Smith 2017."""

from __future__ import annotations

from nnstudio.catalog.entry import GroupRates, Schedule
from nnstudio.document.fields import FloatField, IntField, OptionField
from nnstudio.document.text import Text

ENTRY = Schedule(
    id="cyclical",
    title=Text("Cyclical", "循环"),
    help=Text("Up and down in a triangle, again and again; the learning rate is the top.", "三角形地反复上升与下降；学习率为顶点。"),
    formula="ηₜ between low·η and η",
    fields=(
        FloatField(name="low", title=Text("Lowest share", "最低比例"), default=0.1, minimum=0.0, maximum=1.0,
                   help=Text("The lowest rate, as a share of the learning rate.", "最低学习率占学习率的比例。")),
        IntField(name="half", title=Text("Half period", "半周期"), default=5, minimum=1, maximum=1_000_000,
                 help=Text("Epochs from the bottom to the top.", "从最低到最高的轮数。")),
        OptionField(name="mode", title=Text("Mode", "模式"), default="triangular",
                    options=(("triangular", Text("same height", "高度不变")), ("triangular2", Text("halved each time", "每次减半"))),
                    help=Text("Whether the triangles stay as high.", "三角形的高度是否保持。")),
    ),
    target="torch.optim.lr_scheduler.CyclicLR",
    kwargs=lambda p: {"base_lr": GroupRates(p["low"]), "max_lr": GroupRates(), "step_size_up": p["half"], "mode": p["mode"],
                           "cycle_momentum": False},
    order=42,
)
