"""Points painted with the mouse."""

from __future__ import annotations

from nnstudio.catalog.entry import Dataset, Table
from nnstudio.document.errors import TrainError
from nnstudio.document.fields import TableField
from nnstudio.document.text import Text
from nnstudio.document.values import Params


def _make(params: Params) -> Table:
    import numpy as np

    rows = np.array(params["points"], dtype=np.float64)
    if rows.ndim != 2 or rows.shape[1] != 3:
        raise TrainError("data.painted")
    label = rows[:, 2].round().astype(np.int64)
    count = int(label.max()) + 1
    if label.min() < 0 or count > 20:
        raise TrainError("data.painted")
    return Table(("x1", "x2"), rows[:, :2], label, tuple(f"colour {k + 1}" for k in range(max(2, count))))


ENTRY = Dataset(
    id="painted",
    title=Text("Painted points"),
    help=Text("Points you paint yourself: press Paint and click or drag on the plane; each colour is a class."),
    fields=(
        TableField(
            name="points",
            title=Text("Points x1 x2 class"),
            default=((-1.0, 0.0, 0.0), (1.0, 0.0, 1.0)),
            maximum=30_000,
            editor="paint",
            help=Text("One row per point: two coordinates and the number of its class, from 0."),
        ),
    ),
    make=_make,
    order=38,
)
