"""Two noisy rings, one inside the other."""

from __future__ import annotations

from nnstudio.catalog.entry import Dataset, Table
from nnstudio.document.fields import FloatField, IntField
from nnstudio.document.text import Text
from nnstudio.document.values import Params


def _make(params: Params) -> Table:
    import numpy as np

    draw = np.random.default_rng(params["seed"])
    count = params["points"]
    label = np.arange(count) % 2
    angle = draw.uniform(0.0, 2.0 * np.pi, count)
    radius = 1.0 + label
    x = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    x += params["noise"] * draw.standard_normal((count, 2))
    return Table(("x1", "x2"), x, label, ("inner", "outer"))


ENTRY = Dataset(
    id="rings",
    title=Text("Two rings"),
    help=Text("Points on two rings with radii 1 and 2. The boundary between them is round."),
    fields=(
        IntField(
            name="points",
            title=Text("Points"),
            default=2000,
            minimum=10,
            maximum=1_000_000,
            help=Text("How many points are drawn."),
        ),
        FloatField(
            name="noise",
            title=Text("Noise"),
            default=0.1,
            minimum=0.0,
            maximum=10.0,
            help=Text("Spread of the points around their ring."),
        ),
        IntField(
            name="seed",
            title=Text("Data seed"),
            default=0,
            minimum=0,
            maximum=2**31 - 1,
            advanced=True,
            help=Text("Another seed draws other points."),
        ),
    ),
    make=_make,
    order=20,
)
