"""A plane over two inputs, for regression."""

from __future__ import annotations

from nnstudio.catalog.drawn import SEED, noise, points
from nnstudio.catalog.entry import Dataset, Table
from nnstudio.document.text import Text
from nnstudio.document.values import Params


def _make(params: Params) -> Table:
    import numpy as np

    draw = np.random.default_rng(params["seed"])
    x = draw.uniform(-1.0, 1.0, (params["points"], 2))
    height = 0.5 * x[:, 0] + 0.3 * x[:, 1] + 0.1 + params["noise"] * draw.standard_normal(params["points"])
    return Table(("x1", "x2"), x, height[:, None], (), ("height",))


ENTRY = Dataset(
    id="plane",
    title=Text("Plane"),
    help=Text("Heights of a plane over two inputs: one linear neuron is enough."),
    fields=(points(400), noise(0.1), SEED),
    make=_make,
    order=50,
)
