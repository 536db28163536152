"""Whether a row of bits holds an odd number of ones."""

from __future__ import annotations

from nnstudio.catalog.drawn import SEED, points
from nnstudio.catalog.entry import Dataset, Table
from nnstudio.document.fields import IntField
from nnstudio.document.text import Text
from nnstudio.document.values import Params


def _make(params: Params) -> Table:
    import numpy as np

    draw = np.random.default_rng(params["seed"])
    bits = draw.integers(0, 2, (params["points"], params["length"]))
    return Table(
        (), bits[:, :, None].astype(np.float64), bits.sum(axis=1) % 2, ("even", "odd"), axes="TD", scale_axis=2
    )


ENTRY = Dataset(
    id="parity",
    title=Text("Parity"),
    help=Text("A row of zeros and ones, one a step; the answer is whether the ones are odd in number."),
    fields=(
        points(1000),
        IntField(
            name="length", title=Text("Length"), default=6, minimum=2, maximum=500, help=Text("Steps of each sequence.")
        ),
        SEED,
    ),
    make=_make,
    order=72,
)
