"""Put the numbers of each sample into another shape."""

from __future__ import annotations

from nnstudio.catalog.entry import Call, Layer, Ref, Rule, Shapes, Steps
from nnstudio.catalog.known import known
from nnstudio.document.errors import EditError
from nnstudio.document.fields import TableField
from nnstudio.document.text import Text
from nnstudio.document.values import Params


def _sizes(p: Params) -> tuple[int, ...]:
    return tuple(int(n) for row in p["shape"] for n in (row if isinstance(row, tuple) else (row,)))


def _calls(p: Params, shapes: Shapes) -> Steps:
    sizes, count = _sizes(p), 1
    for extent in shapes["x"][0][1:]:
        count *= extent
    total = 1
    for size in sizes:
        total *= size
    if total != count or min(sizes) < 1:
        raise EditError("reshape.count", count=count, wanted=" × ".join(map(str, sizes)))
    return (
        Call(
            "y",
            "torch.reshape",
            (Ref("x"), (-1, *sizes)),
            rule=Rule("y = x, in another shape", ("∂E/∂x = ∂E/∂y, folded back",)),
        ),
    )


ENTRY = Layer(
    id="reshape",
    title=Text("Reshape"),
    help=Text("Folds the numbers of each sample into another shape: 64 features become an image 1 8 8."),
    formula="N × K → N × …",
    fields=(
        TableField(
            name="shape",
            title=Text("Shape of a sample"),
            default=(1.0, 8.0, 8.0),
            maximum=6,
            help=Text("Sizes apart by blanks, without the batch; for an image channels, height, width."),
        ),
    ),
    calls=_calls,
    axes=lambda p, given: {1: "", 2: "TD", 3: "CHW"}.get(len(_sizes(p)), ""),
    known_as=known("torch.reshape", shape=lambda a: tuple(float(extent) for extent in a["shape"])),
    group="shape",
    order=405,
)
