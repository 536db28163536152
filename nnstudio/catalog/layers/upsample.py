"""Make an image larger by a factor."""

from __future__ import annotations

from nnstudio.catalog.entry import Call, Layer, Port, Ref, Rule
from nnstudio.catalog.known import Arguments, Unfit, known
from nnstudio.document.fields import IntField, OptionField
from nnstudio.document.text import Text


def _factor(arguments: Arguments) -> int:
    factor = arguments.get("scale_factor")
    factor = factor[0] if isinstance(factor, list | tuple) and len(set(factor)) == 1 else factor
    if not isinstance(factor, int | float) or factor != int(factor) or factor < 2:
        raise Unfit(f"scale_factor={factor}")
    return int(factor)


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
    known_as=known(
        "torch.nn.Upsample",
        {"mode": ("nearest", "bilinear"), "align_corners": (None, False), "size": (None,)},
        factor=_factor,
        mode="mode",
    ),
    group="convolution",
    order=370,
)
