"""Remember the first token of a sequence."""

from __future__ import annotations

from nnstudio.catalog.drawn import SEED, points
from nnstudio.catalog.entry import Dataset, Table
from nnstudio.document.fields import IntField
from nnstudio.document.text import Text
from nnstudio.document.values import Params


def _make(params: Params) -> Table:
    import numpy as np

    draw = np.random.default_rng(params["seed"])
    x = draw.integers(0, params["kinds"], (params["points"], params["length"]))
    letters = tuple(chr(ord("A") + k) for k in range(params["kinds"]))
    return Table((), x, x[:, 0].copy(), letters, axes="T", tokens=params["kinds"])


ENTRY = Dataset(
    id="sequence_memory",
    title=Text("Sequence memory"),
    help=Text("Letters in a row; the answer is the first one. How far back can the network remember?"),
    fields=(
        points(1000),
        IntField(
            name="length", title=Text("Length"), default=8, minimum=2, maximum=500, help=Text("Steps of each sequence.")
        ),
        IntField(
            name="kinds",
            title=Text("Letters"),
            default=4,
            minimum=2,
            maximum=26,
            help=Text("How many different letters there are."),
        ),
        SEED,
    ),
    make=_make,
    order=70,
)
