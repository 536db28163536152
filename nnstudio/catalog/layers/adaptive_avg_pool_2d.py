"""Average pooling to a wanted size."""

from __future__ import annotations

from nnstudio.catalog.entry import Call, Layer, Port, Ref, Rule
from nnstudio.document.fields import IntField
from nnstudio.document.text import Text

ENTRY = Layer(
    id="adaptive_avg_pool_2d",
    title=Text("Adaptive average pool 2d", "自适应平均池化"),
    help=Text("Averages patches so that the result has the wanted height and width, whatever comes in. 1 averages each channel.",
              "对小块取平均，使结果达到指定的高和宽。取 1 时对每个通道取平均。"),
    formula="y = mean over each patch",
    fields=(
        IntField(name="size", title=Text("Output size", "输出大小"), default=1, minimum=1, maximum=4096,
                 help=Text("Height and width of the result.", "结果的高和宽。")),
    ),
    inputs=(Port("x", Text("image", "图像"), ranks=(4,)),),
    calls=lambda p, shapes: (
        Call("y", "torch.nn.functional.adaptive_avg_pool2d", (Ref("x"), p["size"]), form="average_pool",
             rule=Rule("y = mean over each patch", ("∂E/∂x = ∂E/∂y / size of the patch",))),
    ),
    axes=lambda p, given: "CHW",
    summary=("size",),
    group="convolution",
    order=360,
)
