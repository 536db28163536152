"""A sine curve with noise, for regression."""

from __future__ import annotations

from nnstudio.catalog.drawn import SEED, noise, points
from nnstudio.catalog.entry import Dataset, Table
from nnstudio.document.text import Text
from nnstudio.document.values import Params


def _make(params: Params) -> Table:
    import numpy as np

    draw = np.random.default_rng(params["seed"])
    x = draw.uniform(-np.pi, np.pi, (params["points"], 1))
    return Table(("x",), x, np.sin(x) + params["noise"] * draw.standard_normal(x.shape), (), ("sine",))


ENTRY = Dataset(
    id="sine",
    title=Text("Sine curve"),
    help=Text("Readings of a sine curve: one input, one output."),
    fields=(points(300), noise(0.1), SEED),
    make=_make,
    order=54,
)
