"""Points on both sides of a straight line."""

from __future__ import annotations

from nnstudio.catalog.drawn import SEED, noise, points
from nnstudio.catalog.entry import Dataset, Table
from nnstudio.document.text import Text
from nnstudio.document.values import Params


def _make(params: Params) -> Table:
    import numpy as np

    draw = np.random.default_rng(params["seed"])
    x = draw.uniform(-1.0, 1.0, (params["points"], 2))
    side = x[:, 0] + x[:, 1] + params["noise"] * draw.standard_normal(params["points"])
    return Table(("x1", "x2"), x, (side > 0).astype(np.int64), ("below", "above"))


ENTRY = Dataset(
    id="halves",
    title=Text("Straight boundary"),
    help=Text("Points on both sides of a straight line: one neuron is enough."),
    fields=(points(400), noise(0.1), SEED),
    make=_make,
    order=24,
)
