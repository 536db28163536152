"""A two-dimensional convolution with its activation."""

from __future__ import annotations

from nnstudio.catalog.convolution import DILATION, GROUPS, KERNEL, PADDING, STRIDE, convolution_fields
from nnstudio.catalog.entry import Apply, Call, Layer, Port, Ref, Rule, Shapes, Steps
from nnstudio.catalog.weights import linear_weights
from nnstudio.document.text import Text
from nnstudio.document.values import Params

RULE = Rule("z[k, i, j] = b[k] + Σ W[k, c, u, v]·x[c, i·s + u, j·s + v]",
            ("∂E/∂W[k, c, u, v] = Σ δ[k, i, j]·x[c, i·s + u, j·s + v]", "∂E/∂b[k] = Σ δ[k, i, j]", "∂E/∂x = δ spread back through W"))


def _calls(p: Params, shapes: Shapes) -> Steps:
    make = {"in_channels": shapes["x"][0][1], "out_channels": p["channels"], "kernel_size": p["kernel"], "stride": p["stride"],
            "padding": p["padding"], "dilation": p["dilation"], "groups": p["groups"], "bias": p["bias"]}
    return (Call("z", "torch.nn.Conv2d", (Ref("x"),), make=make, rule=RULE), Apply("a", "activation", "z"))


ENTRY = Layer(
    id="conv_2d",
    title=Text("Conv 2d", "二维卷积"),
    help=Text("Slides small kernels over an image; the same weights look at every place. It computes a cross-correlation: the kernel is not flipped.",
              "用小卷积核在图像上滑动，各处共用权重。实际计算的是互相关：卷积核不翻转。"),
    formula="a = f(W ⋆ x + b)",
    fields=convolution_fields(KERNEL, STRIDE, PADDING, DILATION, GROUPS),
    inputs=(Port("x", Text("image", "图像"), ranks=(4,)),),
    calls=_calls,
    weights=lambda p: linear_weights("z", bias=p["bias"]),
    axes=lambda p, given: "CHW",
    summary=("channels", "kernel", "activation"),
    group="convolution",
    order=300,
)
