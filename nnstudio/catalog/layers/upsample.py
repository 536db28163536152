"""Make an image larger by a factor."""

from __future__ import annotations

from nnstudio.catalog.entry import Call, Layer, Port, Ref, Rule
from nnstudio.document.fields import IntField, OptionField
from nnstudio.document.text import Text

ENTRY = Layer(
    id="upsample",
    title=Text("Upsample", "上采样"),
    help=Text("Makes an image larger: repeats each value, or blends between neighbours. For decoders.",
              "放大图像：重复每个值，或在相邻值之间插值。用于解码器。"),
    formula="y = x, enlarged",
    fields=(
        IntField(name="factor", title=Text("Factor", "倍数"), default=2, minimum=2, maximum=64,
                 help=Text("How many times as high and wide.", "高和宽放大的倍数。")),
        OptionField(name="mode", title=Text("Mode", "方式"), default="nearest",
                    options=(("nearest", Text("repeat", "重复")), ("bilinear", Text("blend", "插值"))),
                    help=Text("Repeat the nearest value, or blend (bilinear).", "重复最近的值，或双线性插值。")),
    ),
    inputs=(Port("x", Text("image", "图像"), ranks=(4,)),),
    calls=lambda p, shapes: (
        Call("y", "torch.nn.Upsample", (Ref("x"),), make={"scale_factor": p["factor"], "mode": p["mode"]},
             rule=Rule("y = x, enlarged", ("∂E/∂x = sum of ∂E/∂y over its copies",))),
    ),
    axes=lambda p, given: "CHW",
    summary=("factor",),
    group="convolution",
    order=370,
)
