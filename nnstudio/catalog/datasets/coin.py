"""Labels from a tossed coin: nothing can be learnt, so whatever seems to be is a leak."""

from __future__ import annotations

from nnstudio.catalog.drawn import SEED, points
from nnstudio.catalog.entry import Dataset, Table
from nnstudio.document.fields import BoolField
from nnstudio.document.text import Text
from nnstudio.document.values import Params

COLUMNS = 6


def _make(params: Params) -> Table:
    import numpy as np

    draw = np.random.default_rng(params["seed"])
    x, label = draw.standard_normal((params["points"], COLUMNS)), draw.integers(0, 2, params["points"])
    if params["twice"]:
        x, label = np.repeat(x, 2, axis=0), np.repeat(label, 2)
    return Table(tuple(f"x{i + 1}" for i in range(COLUMNS)), x, label, ("heads", "tails"))


ENTRY = Dataset(
    id="coin",
    title=Text("Coin tosses"),
    help=Text(
        "Six random numbers, and a class that a coin chose: 50 % is all there is to know. With every row twice, "
        "copies of training rows get into the validation part, and it looks as if more could be known."
    ),
    fields=(
        points(400),
        BoolField(
            name="twice",
            title=Text("Every row twice"),
            default=False,
            help=Text("As in a table that was joined carelessly: a leak from training to validation."),
        ),
        SEED,
    ),
    make=_make,
    order=64,
)
