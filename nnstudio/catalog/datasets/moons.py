"""Two half circles that reach into each other."""

from __future__ import annotations

from nnstudio.catalog.drawn import SEED, noise, points
from nnstudio.catalog.entry import Dataset, Table
from nnstudio.document.text import Text
from nnstudio.document.values import Params


def _make(params: Params) -> Table:
    import numpy as np

    draw = np.random.default_rng(params["seed"])
    count = params["points"]
    label = np.arange(count) % 2
    angle = draw.uniform(0.0, np.pi, count)
    x = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    x[label == 1] = np.stack([1.0 - np.cos(angle[label == 1]), 0.5 - np.sin(angle[label == 1])], axis=1)
    x += params["noise"] * draw.standard_normal((count, 2))
    return Table(("x1", "x2"), x, label, ("upper", "lower"))


ENTRY = Dataset(
    id="moons",
    title=Text("Moons"),
    help=Text("Two half circles that reach into each other: a curved boundary is needed."),
    fields=(points(500), noise(0.15), SEED),
    make=_make,
    order=21,
)
