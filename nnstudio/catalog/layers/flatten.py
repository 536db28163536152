"""All axes but the batch become one."""

from __future__ import annotations

from nnstudio.catalog.entry import Call, Layer, Ref, Rule
from nnstudio.catalog.known import known
from nnstudio.document.text import Text

ENTRY = Layer(
    id="flatten",
    title=Text("Flatten"),
    help=Text("Lays all axes but the batch out in one row."),
    formula="N × … → N × K",
    calls=lambda p, shapes: (
        Call(
            "y",
            "torch.flatten",
            (Ref("x"),),
            {"start_dim": 1},
            rule=Rule("y = x, laid out in a row", ("∂E/∂x = ∂E/∂y, folded back",)),
        ),
    ),
    tags=frozenset({"lays_flat", "passes"}),
    axes=lambda p, given: "",
    known_as=known("torch.flatten"),
    group="shape",
    order=400,
)
