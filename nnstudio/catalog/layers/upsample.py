"""Make an image larger by a factor."""

from __future__ import annotations

from nnstudio.catalog.entry import Call, Layer, Port, Ref, Rule
from nnstudio.document.fields import IntField, OptionField
from nnstudio.document.text import Text

ENTRY = Layer(
    id="upsample",
    title=Text("Upsample"),
    help=Text("Makes an image larger: repeats each value, or blends between neighbours. For decoders."),
    formula="y = x, enlarged",
    fields=(
        IntField(
            name="factor",
            title=Text("Factor"),
            default=2,
            minimum=2,
            maximum=64,
            help=Text("How many times as high and wide."),
        ),
        OptionField(
            name="mode",
            title=Text("Mode"),
            default="nearest",
            options=(("nearest", Text("repeat")), ("bilinear", Text("blend"))),
            help=Text("Repeat the nearest value, or blend (bilinear)."),
        ),
    ),
    inputs=(Port("x", Text("image"), ranks=(4,)),),
    calls=lambda p, shapes: (
        Call(
            "y",
            "torch.nn.Upsample",
            (Ref("x"),),
            make={"scale_factor": p["factor"], "mode": p["mode"]},
            rule=Rule("y = x, enlarged", ("∂E/∂x = sum of ∂E/∂y over its copies",)),
        ),
    ),
    axes=lambda p, given: "CHW",
    summary=("factor",),
    group="convolution",
    order=370,
)
