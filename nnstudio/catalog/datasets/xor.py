"""The four rows of exclusive or."""

from __future__ import annotations

from nnstudio.catalog.entry import Dataset, Table
from nnstudio.document.text import Text
from nnstudio.document.values import Params


def _make(params: Params) -> Table:
    import numpy as np

    x = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    return Table(("x1", "x2"), x, np.array([0, 1, 1, 0]), ("0", "1"))


ENTRY = Dataset(
    id="xor",
    title=Text("XOR"),
    help=Text("Four points that no straight line can separate. All four are learnt from, none is held aside."),
    make=_make,
    splits=False,
    order=10,
)
