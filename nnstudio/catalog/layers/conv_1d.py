"""A one-dimensional convolution with its activation."""

from __future__ import annotations

from nnstudio.catalog.convolution import DILATION, GROUPS, KERNEL, PADDING, STRIDE, convolution_fields
from nnstudio.catalog.entry import Apply, Call, Layer, Port, Ref, Rule, Shapes, Steps
from nnstudio.catalog.weights import linear_weights
from nnstudio.document.text import Text
from nnstudio.document.values import Params

RULE = Rule("z[k, i] = b[k] + Σ W[k, c, u]·x[c, i·s + u]",
            ("∂E/∂W[k, c, u] = Σ δ[k, i]·x[c, i·s + u]", "∂E/∂b[k] = Σ δ[k, i]", "∂E/∂x = δ spread back through W"))


def _calls(p: Params, shapes: Shapes) -> Steps:
    make = {"in_channels": shapes["x"][0][1], "out_channels": p["channels"], "kernel_size": p["kernel"], "stride": p["stride"],
            "padding": p["padding"], "dilation": p["dilation"], "groups": p["groups"], "bias": p["bias"]}
    return (Call("z", "torch.nn.Conv1d", (Ref("x"),), make=make, rule=RULE), Apply("a", "activation", "z"))


ENTRY = Layer(
    id="conv_1d",
    title=Text("Conv 1d", "一维卷积"),
    help=Text("Slides small kernels along a line. It wants channels first: put a Permute in front of a sequence N × T × D.",
              "用小卷积核沿一条线滑动。要求通道在前：对 N × T × D 的序列请先用“换轴”。"),
    formula="a = f(W ⋆ x + b)",
    fields=convolution_fields(KERNEL, STRIDE, PADDING, DILATION, GROUPS),
    inputs=(Port("x", Text("channels × length", "通道 × 长度"), ranks=(3,)),),
    calls=_calls,
    weights=lambda p: linear_weights("z", bias=p["bias"]),
    axes=lambda p, given: "CL",
    summary=("channels", "kernel", "activation"),
    group="convolution",
    order=290,
)
