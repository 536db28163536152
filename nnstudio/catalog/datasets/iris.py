"""Fisher's iris flowers, read from the CSV file that ships with the program."""

from __future__ import annotations

import csv

from nnstudio.catalog.entry import Dataset, Table
from nnstudio.document.text import Text
from nnstudio.document.values import Params
from nnstudio.resources import resource


def _make(params: Params) -> Table:
    import numpy as np

    with resource("datasets", "iris.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = list(csv.reader(file))
    classes = tuple(dict.fromkeys(row[-1] for row in rows))
    x = np.array([[float(cell) for cell in row[:-1]] for row in rows])
    return Table(tuple(header[:-1]), x, np.array([classes.index(row[-1]) for row in rows]), classes)


ENTRY = Dataset(
    id="iris",
    title=Text("Iris", "鸢尾花 Iris"),
    help=Text("150 flowers of three species, four measures each in centimetres (R. A. Fisher, 1936).",
              "三种鸢尾花共 150 朵，每朵四个以厘米计的测量值（R. A. Fisher，1936）。"),
    make=_make,
    order=30,
)
