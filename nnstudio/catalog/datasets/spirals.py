"""Arms of a spiral, one for each class."""

from __future__ import annotations

from nnstudio.catalog.drawn import SEED, noise, points
from nnstudio.catalog.entry import Dataset, Table
from nnstudio.document.fields import FloatField, IntField
from nnstudio.document.text import Text
from nnstudio.document.values import Params


def _make(params: Params) -> Table:
    import numpy as np

    draw = np.random.default_rng(params["seed"])
    count, classes = params["points"], params["classes"]
    label = np.arange(count) % classes
    along = draw.uniform(0.1, 1.0, count)
    angle = 2.0 * np.pi * (params["turns"] * along + label / classes)
    x = 3.0 * along[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    x += params["noise"] * draw.standard_normal((count, 2))
    return Table(("x1", "x2"), x, label, tuple(f"arm {k + 1}" for k in range(classes)))


ENTRY = Dataset(
    id="spirals",
    title=Text("Spirals"),
    help=Text("Arms of a spiral that wind around each other: hard for a small network."),
    fields=(
        points(600),
        noise(0.1),
        IntField(
            name="classes", title=Text("Arms"), default=2, minimum=2, maximum=10, help=Text("How many arms there are.")
        ),
        FloatField(
            name="turns",
            title=Text("Turns"),
            default=1.0,
            minimum=0.1,
            maximum=5.0,
            help=Text("How often an arm goes round."),
        ),
        SEED,
    ),
    make=_make,
    order=23,
)
