"""Points on a zigzag, from a formula."""

from __future__ import annotations

from nnstudio.catalog.entry import Dataset, Table
from nnstudio.document.fields import IntField
from nnstudio.document.text import Text
from nnstudio.document.values import Params


def _make(params: Params) -> Table:
    import numpy as np

    x = np.linspace(0, 4, params["points"])
    return Table(("x",), x[:, None], np.abs(x % 2 - 1)[:, None])


ENTRY = Dataset(
    id="zigzag",
    title=Text("Zigzag"),
    help=Text("A line that goes up and down twice."),
    fields=(IntField(name="points", title=Text("Points"), default=40, minimum=10, maximum=10_000),),
    make=_make,
)
