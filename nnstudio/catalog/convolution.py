"""What convolutions and poolings share: fields, weights, and the layers themselves but for one or two axes."""

from __future__ import annotations

from nnstudio.catalog.entry import Apply, Call, Layer, Port, Ref, Rule, Shapes, Steps
from nnstudio.catalog.known import Told, high, known, wide
from nnstudio.catalog.training import OVERRIDES, activation_field, initializer_field
from nnstudio.catalog.weights import linear_weights
from nnstudio.document.fields import BoolField, Field, IntField
from nnstudio.document.text import Text
from nnstudio.document.values import Params

IMAGE = Port("x", Text("image"), ranks=(4,))
LINE = Port("x", Text("channels × length"), ranks=(3,))

KERNEL = IntField(
    name="kernel",
    title=Text("Kernel size"),
    default=3,
    minimum=1,
    maximum=1000,
    help=Text("Width (and height) of the patch that is looked at."),
)
STRIDE = IntField(
    name="stride",
    title=Text("Stride"),
    default=1,
    minimum=1,
    maximum=1000,
    help=Text("How far the patch moves each time."),
)
PADDING = IntField(
    name="padding", title=Text("Padding"), default=0, minimum=0, maximum=1000, help=Text("Zeros put around the edge.")
)
DILATION = IntField(
    name="dilation",
    title=Text("Dilation"),
    default=1,
    minimum=1,
    maximum=1000,
    advanced=True,
    help=Text("Distance between two places of the kernel."),
)
GROUPS = IntField(
    name="groups",
    title=Text("Groups"),
    default=1,
    minimum=1,
    maximum=100_000,
    advanced=True,
    help=Text("Channels are split into this many groups that do not see each other."),
)


def _width(name: str, title: Text, least: int) -> IntField:
    return IntField(
        name=name,
        title=title,
        default=None,
        optional=True,
        empty=Text("as high"),
        minimum=least,
        maximum=1000,
        advanced=True,
        help=Text("Along the width, where that is not as along the height."),
    )


WIDTHS = (
    _width("kernel_width", Text("Width of the patch"), 1),
    _width("stride_width", Text("Stride along the width"), 1),
    _width("padding_width", Text("Padding left and right"), 0),
)
CEIL = BoolField(
    name="ceil",
    title=Text("Patches beyond the edge"),
    default=False,
    advanced=True,
    help=Text("What is left at the end makes a patch of its own, even if a part of it lies outside."),
)


def _pair(p: Params, name: str) -> int | tuple[int, int] | None:
    """A setting along both axes; one number where they are alike, None where it is not set."""
    first: int | None = p[name]
    last: int | None = p.get(f"{name}_width")
    if last is None or first == last:
        return first
    # A stride that is not set is that of the patch.
    return (int(p["kernel"]) if first is None else first, last)


def _both(name: str, argument: str, image: bool) -> dict[str, Told]:
    """How a setting and that along the width are told by an argument."""
    return {name: high(argument), **({f"{name}_width": wide(argument)} if image else {})}


def convolution_fields(*more: Field) -> tuple[Field, ...]:
    """Channels, then ``more``, then activation, bias and start values."""
    return (
        IntField(
            name="channels",
            title=Text("Channels"),
            default=8,
            minimum=1,
            maximum=100_000,
            width=True,
            help=Text("How many kernels, and so feature maps, the layer has."),
        ),
        *more,
        activation_field(),
        BoolField(
            name="bias", title=Text("Bias"), default=True, help=Text("Add a trainable constant to each channel.")
        ),
        initializer_field("weight_initializer", Text("Kernels")),
        initializer_field("bias_initializer", Text("Bias start"), vector=True),
        *OVERRIDES,
    )


def pooling(
    *, id: str, title: Text, help: Text, formula: str, backward: str, function: str, image: bool, order: int
) -> Layer:
    """A layer that makes one number of every patch; ``function`` is torch's own."""
    greatest = "max_pool" in function
    size = Text("Width and height of the patch.") if image else Text("Length of the patch.")
    return Layer(
        id=id,
        title=title,
        help=help,
        formula=formula,
        fields=(
            IntField(name="kernel", title=Text("Patch size"), default=2, minimum=1, maximum=1000, help=size),
            IntField(
                name="stride",
                title=Text("Stride"),
                default=None,
                optional=True,
                empty=Text("as the patch"),
                minimum=1,
                maximum=1000,
                help=Text("How far the patch moves each time; empty: by its size."),
            ),
            IntField(
                name="padding",
                title=Text("Padding"),
                default=0,
                minimum=0,
                maximum=500,
                advanced=True,
                help=Text("Places added around the edge; at most half the patch."),
            ),
            *(WIDTHS if image else ()),
            *((CEIL,) if greatest else ()),
        ),
        inputs=(IMAGE if image else LINE,),
        calls=lambda p, shapes: (
            Call(
                "y",
                function,
                (Ref("x"), _pair(p, "kernel")),
                {
                    "stride": _pair(p, "stride") or _pair(p, "kernel"),
                    "padding": _pair(p, "padding"),
                    **({"ceil_mode": True} if p.get("ceil") else {}),
                },
                form="max_pool" if greatest else "average_pool",
                rule=Rule(formula, (backward,)),
            ),
        ),
        axes=lambda p, given: "CHW" if image else "CL",
        known_as=known(
            function,
            {
                **({} if greatest else {"ceil_mode": (False,)}),
                "dilation": (1,),
                "count_include_pad": (True,),
                "return_indices": (False,),
                "divisor_override": (None,),
            },
            **({"ceil": "ceil_mode"} if greatest else {}),
            **_both("kernel", "kernel_size", image),
            **_both("stride", "stride", image),
            **_both("padding", "padding", image),
        ),
        summary=("kernel",),
        group="convolution",
        order=order,
    )


def convolution(*, id: str, title: Text, help: Text, module: str, rule: Rule, image: bool, order: int) -> Layer:
    """A layer that slides kernels along one axis, or two; ``module`` is torch's own."""

    def calls(p: Params, shapes: Shapes) -> Steps:
        make = {
            "in_channels": shapes["x"][0][1],
            "out_channels": p["channels"],
            "kernel_size": _pair(p, "kernel"),
            "stride": _pair(p, "stride"),
            "padding": _pair(p, "padding"),
            "dilation": p["dilation"],
            "groups": p["groups"],
            "bias": p["bias"],
        }
        return (Call("z", module, (Ref("x"),), make=make, form="convolution", rule=rule), Apply("a", "activation", "z"))

    return Layer(
        id=id,
        title=title,
        help=help,
        formula="a = f(W ⋆ x + b)",
        fields=convolution_fields(KERNEL, STRIDE, PADDING, *(WIDTHS if image else ()), DILATION, GROUPS),
        inputs=(IMAGE if image else LINE,),
        calls=calls,
        known_as=known(
            module,
            {"padding_mode": ("zeros",)},
            channels="out_channels",
            **_both("kernel", "kernel_size", image),
            **_both("stride", "stride", image),
            **_both("padding", "padding", image),
            dilation="dilation",
            groups="groups",
            bias="bias",
        ),
        weights=lambda p: linear_weights("z", bias=p["bias"]),
        axes=lambda p, given: "CHW" if image else "CL",
        summary=("channels", "kernel", "activation"),
        group="convolution",
        order=order,
    )
