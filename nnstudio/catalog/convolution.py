"""What the convolutions share: fields and weights."""

from __future__ import annotations

from nnstudio.catalog.training import OVERRIDES, activation_field, initializer_field
from nnstudio.document.fields import BoolField, Field, IntField
from nnstudio.document.text import Text

KERNEL = IntField(name="kernel", title=Text("Kernel size", "卷积核大小"), default=3, minimum=1, maximum=1000,
                  help=Text("Width (and height) of the patch that is looked at.", "所看小块的宽（和高）。"))
STRIDE = IntField(name="stride", title=Text("Stride", "步幅"), default=1, minimum=1, maximum=1000,
                  help=Text("How far the patch moves each time.", "小块每次移动的距离。"))
PADDING = IntField(name="padding", title=Text("Padding", "填充"), default=0, minimum=0, maximum=1000,
                   help=Text("Zeros put around the edge.", "在边缘补的零。"))
DILATION = IntField(name="dilation", title=Text("Dilation", "膨胀"), default=1, minimum=1, maximum=1000, advanced=True,
                    help=Text("Distance between two places of the kernel.", "卷积核相邻位置的间隔。"))
GROUPS = IntField(name="groups", title=Text("Groups", "分组"), default=1, minimum=1, maximum=100_000, advanced=True,
                  help=Text("Channels are split into this many groups that do not see each other.", "通道被分成互不相见的若干组。"))


def convolution_fields(*more: Field) -> tuple[Field, ...]:
    """Channels, then ``more``, then activation, bias and start values."""
    return (
        IntField(name="channels", title=Text("Channels", "通道数"), default=8, minimum=1, maximum=100_000, width=True,
                 help=Text("How many kernels, and so feature maps, the layer has.", "卷积核（即特征图）的个数。")),
        *more,
        activation_field(),
        BoolField(name="bias", title=Text("Bias", "偏置"), default=True,
                  help=Text("Add a trainable constant to each channel.", "为每个通道加上可训练的常数。")),
        initializer_field("weight_initializer", Text("Kernels", "卷积核")),
        initializer_field("bias_initializer", Text("Bias start", "偏置初值"), vector=True),
        *OVERRIDES,
    )
