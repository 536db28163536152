"""Squares of a checkerboard."""

from __future__ import annotations

from nnstudio.catalog.drawn import SEED, noise, points
from nnstudio.catalog.entry import Dataset, Table
from nnstudio.document.fields import IntField
from nnstudio.document.text import Text
from nnstudio.document.values import Params


def _make(params: Params) -> Table:
    import numpy as np

    draw = np.random.default_rng(params["seed"])
    place = draw.uniform(0.0, 1.0, (params["points"], 2))
    label = np.floor(place * params["squares"]).astype(np.int64).sum(axis=1) % 2
    x = 4.0 * place - 2.0 + params["noise"] * draw.standard_normal(place.shape)
    return Table(("x1", "x2"), x, label, ("black", "white"))


ENTRY = Dataset(
    id="checkerboard",
    title=Text("Checkerboard"),
    help=Text("Squares of a checkerboard: XOR many times over."),
    fields=(
        points(1000),
        noise(0.0),
        IntField(
            name="squares",
            title=Text("Squares", about="board"),
            default=4,
            minimum=2,
            maximum=20,
            help=Text("How many squares a side has."),
        ),
        SEED,
    ),
    make=_make,
    order=25,
)
