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
    title=Text("Spirals", "螺旋"),
    help=Text("Arms of a spiral that wind around each other: hard for a small network.",
              "互相缠绕的螺旋臂：对小网络较难。"),
    fields=(
        points(600), noise(0.1),
        IntField(name="classes", title=Text("Arms", "臂数"), default=2, minimum=2, maximum=10,
                 help=Text("How many arms there are.", "螺旋臂的条数。")),
        FloatField(name="turns", title=Text("Turns", "圈数"), default=1.0, minimum=0.1, maximum=5.0,
                   help=Text("How often an arm goes round.", "每条臂绕的圈数。")),
        SEED,
    ),
    make=_make,
    order=23,
)
