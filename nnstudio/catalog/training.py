"""The settings of a training run, and those that every layer with weights shares."""

from __future__ import annotations

from nnstudio.document.fields import BoolField, ChoiceField, Field, FloatField, IntField, OptionField
from nnstudio.document.text import Text
from nnstudio.document.values import Choice

TRAINING_FIELDS: tuple[Field, ...] = (
    IntField(name="epochs", title=Text("Epochs", "轮数"), default=50, minimum=1, maximum=1_000_000,
             help=Text("How many times the training part is gone through.", "训练数据被完整使用的次数。")),
    IntField(name="batch_size", title=Text("Batch size", "批大小"), default=32, minimum=1, maximum=1_000_000,
             help=Text("Samples whose gradients are averaged for one update.", "每次更新所平均梯度的样本数。")),
    BoolField(name="shuffle", title=Text("Shuffle every epoch", "每轮打乱"), default=True,
              help=Text("Draw a new order of the samples for each epoch.", "每一轮都重新排列样本顺序。")),
    IntField(name="patience", title=Text("Early stopping", "提前停止"), default=0, minimum=0, maximum=1_000_000, advanced=True,
             help=Text("Epochs without a better validation loss after which training ends and the best weights come back; 0 never stops early.",
                       "验证损失连续这么多轮没有改善就停止训练并恢复最佳权重；0 表示从不提前停止。")),
    IntField(name="seed", title=Text("Seed", "随机种子"), default=0, minimum=0, maximum=2**31 - 1,
             help=Text("Governs start weights, shuffling and dropout; the same seed gives the same run.",
                       "决定初始权重、打乱顺序和随机失活；种子相同则结果相同。")),
    OptionField(name="device", title=Text("Device", "设备"), default="auto",
                options=(("auto", Text("automatic", "自动")), ("cpu", Text("CPU", "CPU")),
                         ("cuda", Text("CUDA GPU", "CUDA GPU"))),
                help=Text("Where the network is trained; automatic takes a CUDA GPU when there is one.",
                          "训练所用的设备；“自动”在有 CUDA GPU 时使用它。")),
    OptionField(name="dtype", title=Text("Number format", "数值精度"), default="float32", advanced=True,
                options=(("float32", Text("float32", "float32")), ("float64", Text("float64", "float64"))),
                help=Text("float64 shows worked figures to all digits; float32 is faster.",
                          "float64 可显示全部有效数字；float32 更快。")),
)

OVERRIDES: tuple[Field, ...] = (
    ChoiceField(name="optimizer", title=Text("Optimizer", "优化器"), family="optimizers", default=None, optional=True, advanced=True,
                help=Text("This layer's own optimizer, with settings of its own; all optimizers step together.",
                          "本层自己的优化器及其设置；所有优化器一起更新。")),
    ChoiceField(name="schedule", title=Text("Schedule", "学习率调度"), family="schedules", default=None, optional=True, advanced=True,
                help=Text("This layer's own schedule of the learning rate.", "本层自己的学习率调度。")),
    FloatField(name="learning_rate", title=Text("Learning rate", "学习率"), default=None, optional=True,
               minimum=0.0, maximum=1e6, advanced=True,
               help=Text("This layer's own learning rate; empty takes the optimizer's.",
                         "本层自己的学习率；留空则使用优化器的设置。")),
    FloatField(name="weight_decay", title=Text("Weight decay", "权重衰减"), default=None, optional=True,
               minimum=0.0, maximum=1e6, advanced=True,
               help=Text("This layer's own weight decay; empty takes the optimizer's.",
                         "本层自己的权重衰减；留空则使用优化器的设置。")),
    BoolField(name="frozen", title=Text("Frozen", "冻结"), default=False, advanced=True,
              help=Text("Keep this layer's weights as they are.", "保持本层权重不变。")),
)


def activation_field(default: str = "identity") -> ChoiceField:
    """The field that picks a layer's activation."""
    return ChoiceField(name="activation", title=Text("Activation", "激活函数"), family="activations",
                       default=Choice(default),
                       help=Text("The function put on the layer's linear output z.", "作用于线性输出 z 的函数。"))


def initializer_field(name: str, title: Text, *, vector: bool = False) -> ChoiceField:
    """The field that picks an initializer; those that need a matrix are not offered for a vector."""
    return ChoiceField(name=name, title=title, family="initializers", default=Choice("default"),
                       exclude=frozenset({"matrix"}) if vector else frozenset(),
                       help=Text("How the start values are drawn.", "初始值的生成方式。"))
