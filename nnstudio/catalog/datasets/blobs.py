"""Round clouds of points, one for each class."""

from __future__ import annotations

from nnstudio.catalog.drawn import SEED, noise, points
from nnstudio.catalog.entry import Dataset, Table
from nnstudio.document.fields import IntField
from nnstudio.document.text import Text
from nnstudio.document.values import Params


def _make(params: Params) -> Table:
    import numpy as np

    draw = np.random.default_rng(params["seed"])
    count, classes = params["points"], params["classes"]
    label = np.arange(count) % classes
    angle = 2.0 * np.pi * label / classes
    x = 2.0 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    x += params["noise"] * draw.standard_normal((count, 2))
    return Table(("x1", "x2"), x, label, tuple(f"blob {k + 1}" for k in range(classes)))


ENTRY = Dataset(
    id="blobs",
    title=Text("Blobs"),
    help=Text("Round clouds of points, one for each class, spread evenly on a circle."),
    fields=(
        points(500),
        noise(0.5, Text("Spread of each cloud.")),
        IntField(
            name="classes",
            title=Text("Classes"),
            default=3,
            minimum=2,
            maximum=20,
            help=Text("How many clouds there are."),
        ),
        SEED,
    ),
    make=_make,
    order=22,
)
