"""The Optimizer node: how the weights are changed."""

from __future__ import annotations

from nnstudio.catalog.entry import Node
from nnstudio.document.fields import ChoiceField, FloatField, IntField, NamesField
from nnstudio.document.text import Text
from nnstudio.document.values import Choice

ENTRY = Node(
    id="optimizer",
    title=Text("Optimizer", "优化器"),
    help=Text("Turns gradients into new weights. Needs no wire: it looks after every layer of the network, or after those it names.",
              "把梯度变为新的权重。无需连线：它负责网络的所有层，或只负责它指定的层。"),
    role="optimizer",
    group="train",
    fields=(
        ChoiceField(name="optimizer", title=Text("Rule", "规则"), family="optimizers", default=Choice("adam")),
        ChoiceField(name="schedule", title=Text("Schedule", "学习率调度"), family="schedules", default=Choice("constant")),
        NamesField(name="serves", title=Text("Serves", "负责"), default=(), kind="layers", advanced=True,
                   help=Text("The layers or groups that it looks after; none ticked: all that no other optimizer serves.",
                             "它负责的层或组合；不勾选则负责其他优化器未负责的所有层。")),
        FloatField(name="clip_norm", title=Text("Clip gradient norm", "梯度裁剪"), default=None, optional=True, empty=Text("no limit", "不限制"),
                   minimum=0.0, maximum=1e6, above=True, advanced=True,
                   help=Text("If all gradients together are longer than this, they are shortened to it; empty for no limit.",
                             "若全部梯度的总范数超过此值，则缩短到该值；留空表示不限制。")),
        FloatField(name="clip_value", title=Text("Clip gradient values", "梯度值裁剪"), default=None, optional=True, empty=Text("no limit", "不限制"),
                   minimum=0.0, maximum=1e6, above=True, advanced=True,
                   help=Text("Each gradient is cut to this size; empty for no limit.", "每个梯度值被截断到此大小；留空表示不限制。")),
        FloatField(name="l1", title=Text("L1 penalty", "L1 惩罚"), default=0.0, minimum=0.0, maximum=1e3, advanced=True,
                   help=Text("Pulls every weight towards 0 with the same force, so that many become nearly 0. It is added after clipping, and so is not clipped.",
                             "以相同的力把所有权重拉向 0，使许多权重接近 0。它在裁剪之后加入，因此不受裁剪影响。")),
        IntField(name="warmup", title=Text("Warm-up epochs", "预热轮数"), default=0, minimum=0, maximum=1_000_000, advanced=True,
                 help=Text("The learning rate rises in equal steps over so many epochs; the schedule begins behind them.",
                           "学习率在这些轮内等步上升，之后开始调度。")),
    ),
    summary=("optimizer", "schedule"),
    order=910,
)
