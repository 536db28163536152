"""Dropout of whole channels."""

from __future__ import annotations

from nnstudio.catalog.entry import Call, Layer, Port, Ref, Rule
from nnstudio.document.fields import FloatField
from nnstudio.document.text import Text

ENTRY = Layer(
    id="dropout_2d",
    title=Text("Dropout 2d", "通道失活"),
    help=Text("While training, switches whole channels off with probability p and scales the rest by 1/(1 − p). For images, whose neighbours are alike.",
              "训练时以概率 p 关闭整个通道，其余乘以 1/(1 − p)。适合相邻像素相近的图像。"),
    formula="y = x ⊙ mask / (1 − p), one mask per channel",
    fields=(
        FloatField(name="p", title=Text("Probability p", "概率 p"), default=0.25, minimum=0.0, maximum=1.0, below=True,
                   help=Text("Share of the channels that is switched off.", "被关闭的通道比例。")),
    ),
    tags=frozenset({"drops"}),
    inputs=(Port("x", Text("image", "图像"), ranks=(4,)),),
    calls=lambda p, shapes: (
        Call("y", "torch.nn.Dropout2d", (Ref("x"),), make={"p": p["p"]}, form="mask",
             rule=Rule("y = x ⊙ mask / (1 − p)", ("∂E/∂x = ∂E/∂y ⊙ mask / (1 − p)",))),
    ),
    summary=("p",),
    group="convolution",
    order=380,
)
