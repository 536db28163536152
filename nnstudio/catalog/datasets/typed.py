"""A few rows typed by hand, for a lesson worked out with numbers."""

from __future__ import annotations

from nnstudio.catalog.entry import Dataset, Table
from nnstudio.document.errors import TrainError
from nnstudio.document.fields import TableField
from nnstudio.document.text import Text
from nnstudio.document.values import Params


def _make(params: Params) -> Table:
    import numpy as np

    x = np.atleast_2d(np.array(params["x"], dtype=np.float64))
    y = np.atleast_2d(np.array(params["y"], dtype=np.float64))
    if len(x) != len(y):
        raise TrainError("data.rows_differ", samples=len(x), targets=len(y))
    columns = tuple(f"x{i + 1}" for i in range(x.shape[1]))
    return Table(columns, x, y, (), tuple(f"t{i + 1}" for i in range(y.shape[1])))


ENTRY = Dataset(
    id="typed",
    title=Text("Typed rows"),
    help=Text("Samples and target values typed by hand, one row each. All rows are learnt from."),
    fields=(
        TableField(name="x", title=Text("Samples"), default=((0.05, 0.1),), help=Text("One row per sample.")),
        TableField(name="y", title=Text("Targets"), default=((0.01, 0.99),), help=Text("One row per sample.")),
    ),
    make=_make,
    splits=False,
    order=40,
)
