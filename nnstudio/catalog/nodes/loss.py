"""The Loss node: what is to be made small."""

from __future__ import annotations

from nnstudio.catalog.entry import Node, Port
from nnstudio.document.fields import ChoiceField, FloatField
from nnstudio.document.text import Text
from nnstudio.document.values import Choice

ENTRY = Node(
    id="loss",
    title=Text("Loss", "损失"),
    help=Text("Measures how far the prediction is from the target. The target is the Data node's unless a wire says otherwise.",
              "衡量预测与目标的差距。除非另外连线，目标取自数据节点。"),
    role="loss",
    group="train",
    inputs=(Port("prediction", Text("prediction", "预测")), Port("target", Text("target", "目标"), optional=True)),
    fields=(
        ChoiceField(name="loss", title=Text("Loss", "损失"), family="losses", default=Choice("cross_entropy")),
        FloatField(name="weight", title=Text("Weight in the sum", "求和权重"), default=1.0, minimum=0.0, maximum=1e6, advanced=True,
                   help=Text("With several losses, their weighted sum is made small.", "有多个损失时，最小化其加权和。")),
    ),
    summary=("loss",),
    order=900,
)
