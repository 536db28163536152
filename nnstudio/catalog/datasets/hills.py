"""Hills and hollows over two inputs, for regression."""

from __future__ import annotations

from nnstudio.catalog.drawn import SEED, noise, points
from nnstudio.catalog.entry import Dataset, Table
from nnstudio.document.text import Text
from nnstudio.document.values import Params


def _make(params: Params) -> Table:
    import numpy as np

    draw = np.random.default_rng(params["seed"])
    x = draw.uniform(-2.0, 2.0, (params["points"], 2))
    height = np.zeros(params["points"])
    for cx, cy, sign in ((-1.0, -1.0, 1.0), (1.0, 1.0, 1.0), (-1.0, 1.0, -1.0), (1.0, -1.0, -1.0), (0.0, 0.0, 0.7)):
        height += sign * np.exp(-2.0 * ((x[:, 0] - cx) ** 2 + (x[:, 1] - cy) ** 2))
    height += params["noise"] * draw.standard_normal(params["points"])
    return Table(("x1", "x2"), x, height[:, None], (), ("height",))


ENTRY = Dataset(
    id="hills",
    title=Text("Hills (multi-Gaussian)"),
    help=Text("Hills and hollows over two inputs: a surface that bends everywhere."),
    fields=(points(800), noise(0.02), SEED),
    make=_make,
    order=52,
)
