"""The next reading of a sine wave."""

from __future__ import annotations

from nnstudio.catalog.drawn import SEED, noise, points
from nnstudio.catalog.entry import Dataset, Table
from nnstudio.document.fields import IntField
from nnstudio.document.text import Text
from nnstudio.document.values import Params


def _make(params: Params) -> Table:
    import numpy as np

    draw = np.random.default_rng(params["seed"])
    count, length = params["points"], params["length"]
    start = draw.uniform(0.0, 2.0 * np.pi, (count, 1))
    wave = np.sin(start + 0.4 * np.arange(length + 1)) + params["noise"] * draw.standard_normal((count, length + 1))
    return Table((), wave[:, :-1, None], wave[:, -1:], (), ("next",), axes="TD", scale_axis=2, lagged=0)


ENTRY = Dataset(
    id="forecast",
    title=Text("Sine forecast"),
    help=Text("Readings of a sine wave, one a step; the value is the next reading."),
    fields=(
        points(800),
        noise(0.05),
        IntField(
            name="length",
            title=Text("Length"),
            default=16,
            minimum=2,
            maximum=500,
            help=Text("Readings that are seen."),
        ),
        SEED,
    ),
    make=_make,
    order=74,
)
