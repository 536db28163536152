"""The Data node: which samples, how they are split and scaled."""

from __future__ import annotations

from nnstudio.catalog.entry import Node, Port
from nnstudio.document.fields import ChoiceField, FloatField, IntField, OptionField
from nnstudio.document.text import Text
from nnstudio.document.values import Choice

ENTRY = Node(
    id="data",
    title=Text("Data", "数据"),
    help=Text("Where the samples come from. Part of them is kept aside for validation; scaling is fitted on the training part only.",
              "样本的来源。一部分留作验证；缩放只用训练部分拟合。"),
    role="data",
    group="data",
    single=True,
    outputs=(Port("x", Text("samples", "样本")), Port("y", Text("target", "目标"))),
    fields=(
        ChoiceField(name="dataset", title=Text("Data set", "数据集"), family="datasets", default=Choice("xor")),
        FloatField(name="validation", title=Text("Validation share", "验证集比例"), default=0.2, minimum=0.0, maximum=0.9,
                   help=Text("Share of the samples that is kept aside to measure, never to learn.",
                             "留出用于评估、从不用于学习的样本比例。")),
        OptionField(name="split", title=Text("Split", "划分方式"), default="stratified",
                    options=(("stratified", Text("stratified (each class alike)", "分层（各类比例相同）")), ("random", Text("random", "随机")),
                             ("ordered", Text("in order (the last rows)", "按顺序（取末尾）"))),
                    help=Text("How the validation part is picked. Without classes stratified is random; for readings in time take them in order.",
                              "验证集的选取方式。没有类别时“分层”即随机；时间序列请按顺序。")),
        OptionField(name="scaling", title=Text("Scaling", "缩放"), default="standard",
                    options=(("standard", Text("standard (mean 0, spread 1)", "标准化（均值 0，标准差 1）")),
                             ("minmax", Text("min-max (0 to 1)", "最小最大（0 到 1）")),
                             ("none", Text("none", "不缩放"))),
                    help=Text("Fitted on the training part, applied to both parts.", "用训练部分拟合，应用于两部分。")),
        OptionField(name="target_scaling", title=Text("Target scaling", "目标缩放"), default="none",
                    options=(("none", Text("none", "不缩放")), ("standard", Text("standard (mean 0, spread 1)", "标准化（均值 0，标准差 1）")),
                             ("minmax", Text("min-max (0 to 1)", "最小最大（0 到 1）"))),
                    help=Text("For targets that are numbers: fitted on the training part. The loss is that of the scaled targets; answers, MAE and RMSE are in the data's own units again.",
                              "用于数值目标：用训练部分拟合。损失按缩放后的目标计算；回答、MAE 和 RMSE 会换算回数据原来的单位。")),
        IntField(name="split_seed", title=Text("Split seed", "划分种子"), default=0, minimum=0, maximum=2**31 - 1, advanced=True,
                 help=Text("Another seed holds other samples aside.", "不同的种子留出不同的样本。")),
    ),
    summary=("dataset",),
    order=0,
)
