"""What data sets share: their common fields, and reading the tables that ship with the program."""

from __future__ import annotations

import csv

from nnstudio.catalog.entry import Table
from nnstudio.document.fields import FloatField, IntField
from nnstudio.document.text import Text
from nnstudio.resources import resource

SEED = IntField(
    name="seed",
    title=Text("Data seed"),
    default=0,
    minimum=0,
    maximum=2**31 - 1,
    advanced=True,
    help=Text("Another seed draws other samples."),
)


def points(count: int) -> IntField:
    """How many samples are drawn."""
    return IntField(
        name="points",
        title=Text("Points"),
        default=count,
        minimum=10,
        maximum=1_000_000,
        help=Text("How many samples are drawn."),
    )


def noise(size: float, text: Text | None = None) -> FloatField:
    """How far samples lie from their curve."""
    return FloatField(
        name="noise",
        title=Text("Noise"),
        default=size,
        minimum=0.0,
        maximum=100.0,
        help=text or Text("Spread of the points around their curve."),
    )


def shipped(name: str, *, classes: bool = True) -> Table:
    """Return a table that ships with the program; its last column is the class, or the value to be predicted."""
    import numpy as np

    with resource("datasets", f"{name}.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = list(csv.reader(file))
    x = np.array([[float(cell) for cell in row[:-1]] for row in rows])
    if not classes:
        return Table(tuple(header[:-1]), x, np.array([[float(row[-1])] for row in rows]), (), (header[-1],))
    names = tuple(dict.fromkeys(row[-1] for row in rows))
    if all(name.isdigit() for name in names):
        names = tuple(sorted(names, key=int))
    return Table(tuple(header[:-1]), x, np.array([names.index(row[-1]) for row in rows]), names)
