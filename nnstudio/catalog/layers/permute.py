"""Put the axes of a sample into another order."""

from __future__ import annotations

from nnstudio.catalog.entry import Call, Layer, Ref, Rule, Shapes, Steps
from nnstudio.catalog.known import known
from nnstudio.document.errors import EditError
from nnstudio.document.fields import TableField
from nnstudio.document.text import Text
from nnstudio.document.values import Params


def _order(p: Params) -> tuple[int, ...]:
    return tuple(int(n) for row in p["order"] for n in (row if isinstance(row, tuple) else (row,)))


def _calls(p: Params, shapes: Shapes) -> Steps:
    order, rank = _order(p), len(shapes["x"][0])
    if sorted(order) != list(range(1, rank)):
        raise EditError("permute.order", order=" ".join(map(str, order)), wanted=" ".join(map(str, range(1, rank))))
    return (
        Call(
            "y",
            "torch.permute",
            (Ref("x"), (0, *order)),
            rule=Rule("y = x, axes in another order", ("∂E/∂x = ∂E/∂y, axes put back",)),
        ),
    )


ENTRY = Layer(
    id="permute",
    title=Text("Permute"),
    help=Text(
        "Puts the axes of each sample into another order: 2 1 turns N × T × D into N × D × T, as Conv 1d wants it."
    ),
    formula="N × A × B → N × B × A",
    fields=(
        TableField(
            name="order",
            title=Text("Order of the axes"),
            default=(2.0, 1.0),
            maximum=6,
            help=Text("Axes count from 1, behind the batch."),
        ),
    ),
    calls=_calls,
    axes=lambda p, given: "".join(given[i - 1] for i in _order(p)) if len(given) == len(_order(p)) else "",
    known_as=known("torch.permute", order=lambda a: tuple(float(d) for d in a["dims"][1:])),
    group="shape",
    order=410,
)
