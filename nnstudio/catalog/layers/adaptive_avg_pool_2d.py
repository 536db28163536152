"""Average pooling to a wanted size."""

from __future__ import annotations

from nnstudio.catalog.entry import Call, Layer, Port, Ref, Rule
from nnstudio.catalog.known import known
from nnstudio.document.fields import IntField
from nnstudio.document.text import Text

ENTRY = Layer(
    id="adaptive_avg_pool_2d",
    title=Text("Adaptive average pool 2d"),
    help=Text(
        "Averages patches so that the result has the wanted height and width, whatever comes in. 1 averages each "
        "channel."
    ),
    formula="y = mean over each patch",
    fields=(
        IntField(
            name="size",
            title=Text("Output size"),
            default=1,
            minimum=1,
            maximum=4096,
            help=Text("Height and width of the result."),
        ),
    ),
    inputs=(Port("x", Text("image"), ranks=(4,)),),
    calls=lambda p, shapes: (
        Call(
            "y",
            "torch.nn.functional.adaptive_avg_pool2d",
            (Ref("x"), p["size"]),
            form="average_pool",
            rule=Rule("y = mean over each patch", ("∂E/∂x = ∂E/∂y / size of the patch",)),
        ),
    ),
    axes=lambda p, given: "CHW",
    summary=("size",),
    known_as=known("torch.nn.functional.adaptive_avg_pool2d", size="output_size"),
    group="convolution",
    order=360,
)
