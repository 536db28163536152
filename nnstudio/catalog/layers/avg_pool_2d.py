"""The mean of every patch of an image."""

from __future__ import annotations

from nnstudio.catalog.entry import Call, Layer, Port, Ref, Rule
from nnstudio.document.fields import IntField
from nnstudio.document.text import Text

ENTRY = Layer(
    id="avg_pool_2d",
    title=Text("Average pool 2d", "二维平均池化"),
    help=Text("Takes the mean of each patch: smaller and smoother.", "取每个窗口的平均：更小、更平滑。"),
    formula="y = mean over each patch",
    fields=(
        IntField(name="kernel", title=Text("Patch size", "窗口大小"), default=2, minimum=1, maximum=1000,
                 help=Text("Width and height of the patch.", "窗口的宽和高。")),
        IntField(name="stride", title=Text("Stride", "步幅"), default=None, optional=True, minimum=1, maximum=1000,
                 help=Text("How far the patch moves each time; empty: by its size.", "窗口每次移动的距离；留空则等于窗口大小。")),
        IntField(name="padding", title=Text("Padding", "填充"), default=0, minimum=0, maximum=500, advanced=True,
                 help=Text("Places added around the edge; at most half the patch.", "在边缘补的位置，至多为窗口的一半。")),
    ),
    inputs=(Port("x", Text("image", "图像"), ranks=(4,)),),
    calls=lambda p, shapes: (
        Call("y", "torch.nn.functional.avg_pool2d", (Ref("x"), p["kernel"]), {"stride": p["stride"] or p["kernel"], "padding": p["padding"]},
             rule=Rule("y = mean over each patch", ("∂E/∂x = ∂E/∂y / size of the patch",))),
    ),
    axes=lambda p, given: "CHW",
    summary=("kernel",),
    group="convolution",
    order=332,
)
