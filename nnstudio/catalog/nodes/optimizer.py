"""The Optimizer node: how the weights are changed."""

from __future__ import annotations

from nnstudio.catalog.entry import Node
from nnstudio.document.fields import ChoiceField, FloatField
from nnstudio.document.text import Text
from nnstudio.document.values import Choice

ENTRY = Node(
    id="optimizer",
    title=Text("Optimizer", "优化器"),
    help=Text("Turns gradients into new weights. Needs no wire: it looks after every layer of the network.",
              "把梯度变为新的权重。无需连线：它负责网络的所有层。"),
    role="optimizer",
    group="train",
    single=True,
    fields=(
        ChoiceField(name="optimizer", title=Text("Rule", "规则"), family="optimizers", default=Choice("adam")),
        ChoiceField(name="schedule", title=Text("Schedule", "学习率调度"), family="schedules", default=Choice("constant")),
        FloatField(name="clip_norm", title=Text("Clip gradient norm", "梯度裁剪"), default=None, optional=True,
                   minimum=0.0, maximum=1e6, above=True, advanced=True,
                   help=Text("If all gradients together are longer than this, they are shortened to it; empty for no limit.",
                             "若全部梯度的总范数超过此值，则缩短到该值；留空表示不限制。")),
    ),
    summary=("optimizer", "schedule"),
    order=910,
)
