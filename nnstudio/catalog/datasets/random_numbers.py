"""Random numbers of a wanted form: a network can be tried, stepped and measured before there is data for it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from nnstudio.catalog.drawn import SEED, points
from nnstudio.catalog.entry import Dataset, Table
from nnstudio.document.errors import TrainError
from nnstudio.document.fields import IntField, OptionField, TableField
from nnstudio.document.text import Text, message
from nnstudio.document.values import Params

if TYPE_CHECKING:
    import numpy as np

CLASSES, VALUES, STEPS = "classes", "values", "steps"
MOST_NUMBERS = 50_000_000


def _make(params: Params) -> Table:
    import numpy as np

    rows = [row if isinstance(row, tuple) else (row,) for row in params["shape"]]
    shape = tuple(int(extent) for row in rows for extent in row)
    count, tokens, wanted = params["points"], params["tokens"], params["count"]
    if not shape or min(shape) < 1:
        raise TrainError("random.shape")
    if count * math.prod(shape) > MOST_NUMBERS:
        raise TrainError("data.much", count=count * math.prod(shape), high=MOST_NUMBERS)
    draw = np.random.default_rng(params["seed"])
    x = draw.integers(0, tokens, (count, *shape)) if tokens else draw.standard_normal((count, *shape))
    steps = (shape[0],) if params["target"] == STEPS else ()
    classes: tuple[str, ...] = ()
    y: np.ndarray
    if params["target"] == VALUES:
        y = draw.standard_normal((count, wanted))
    else:
        classes = tuple(str(number) for number in range(wanted))
        y = draw.integers(0, wanted, (count, *steps))
        # Every class is there, however few the samples are.
        y.reshape(-1)[: min(wanted, y.size)] = np.arange(min(wanted, y.size))
    axes = {1: "T" if tokens else "", 2: "TD", 3: "CHW"}.get(len(shape), "")
    return Table(
        tuple(f"x{n + 1}" for n in range(shape[0])) if len(shape) == 1 and not tokens else (),
        x,
        y,
        classes,
        tuple(f"t{n + 1}" for n in range(wanted)) if params["target"] == VALUES else ("target",),
        axes,
        tokens,
        scale_axis=None if len(shape) > 1 else 1,
        notes=(message("random.note"),),
    )


ENTRY = Dataset(
    id="random_numbers",
    title=Text("Random numbers"),
    help=Text(
        "Samples of any form, drawn by chance: to try a network, to step through it or to measure its speed. There is "
        "nothing in them to learn."
    ),
    fields=(
        TableField(
            name="shape",
            title=Text("Shape of a sample"),
            default=(8.0,),
            maximum=6,
            help=Text("Sizes apart by blanks, without the batch; for an image channels, height, width."),
        ),
        points(64),
        OptionField(
            name="target",
            title=Text("Target", about="column"),
            default=CLASSES,
            options=(
                (CLASSES, Text("a class")),
                (VALUES, Text("numbers")),
                (STEPS, Text("a class for every step")),
            ),
            help=Text("What belongs to each sample."),
        ),
        IntField(
            name="count",
            title=Text("Classes or numbers"),
            default=2,
            minimum=1,
            maximum=100_000,
            help=Text("How many classes there are, or numbers to be said."),
        ),
        IntField(
            name="tokens",
            title=Text("Tokens"),
            default=0,
            minimum=0,
            maximum=1_000_000,
            advanced=True,
            help=Text("Above 0 the samples are whole numbers below it, that name things."),
        ),
        SEED,
    ),
    tags=frozenset({"any_form"}),
    make=_make,
    order=41,
)
