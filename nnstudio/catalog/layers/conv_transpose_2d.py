"""A transposed convolution with its activation: it makes an image larger."""

from __future__ import annotations

from nnstudio.catalog.convolution import KERNEL, PADDING, STRIDE, convolution_fields
from nnstudio.catalog.entry import Apply, Call, Layer, Port, Ref, Rule, Shapes, Steps
from nnstudio.catalog.known import known
from nnstudio.catalog.weights import linear_weights
from nnstudio.document.fields import IntField
from nnstudio.document.text import Text, message
from nnstudio.document.values import Params

RULE = Rule(
    "z[k, i·s + u, j·s + v] += W[c, k, u, v]·x[c, i, j], then + b[k]",
    ("∂E/∂W[c, k, u, v] = Σ x[c, i, j]·δ[k, i·s + u, j·s + v]", "∂E/∂b[k] = Σ δ[k]", "∂E/∂x = W ⋆ δ"),
)


def _calls(p: Params, shapes: Shapes) -> Steps:
    make = {
        "in_channels": shapes["x"][0][1],
        "out_channels": p["channels"],
        "kernel_size": p["kernel"],
        "stride": p["stride"],
        "padding": p["padding"],
        "output_padding": p["output_padding"],
        "bias": p["bias"],
    }
    return (Call("z", "torch.nn.ConvTranspose2d", (Ref("x"),), make=make, rule=RULE), Apply("a", "activation", "z"))


ENTRY = Layer(
    id="conv_transpose_2d",
    title=Text("Transposed conv 2d"),
    help=Text("A convolution run backwards: with stride 2 the image becomes twice as large. For decoders."),
    formula="a = f(Wᵀ ⋆ x + b)",
    fields=convolution_fields(
        KERNEL,
        STRIDE,
        PADDING,
        IntField(
            name="output_padding",
            title=Text("Output padding"),
            default=0,
            minimum=0,
            maximum=1000,
            advanced=True,
            help=Text("Rows and columns added on one side; less than the stride."),
        ),
    ),
    check=lambda p: (
        message("conv.output_padding", padding=p["output_padding"], stride=p["stride"])
        if p["output_padding"] >= p["stride"] and p["output_padding"] > 0
        else None
    ),
    inputs=(Port("x", Text("image"), ranks=(4,)),),
    calls=_calls,
    weights=lambda p: linear_weights("z", bias=p["bias"]),
    axes=lambda p, given: "CHW",
    summary=("channels", "kernel", "activation"),
    known_as=known(
        "torch.nn.ConvTranspose2d",
        {"dilation": (1,), "groups": (1,), "padding_mode": ("zeros",)},
        channels="out_channels",
        kernel="kernel_size",
        stride="stride",
        padding="padding",
        output_padding="output_padding",
        bias="bias",
    ),
    group="convolution",
    order=310,
)
