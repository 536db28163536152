"""The four rows of a logic gate that one neuron can learn."""

from __future__ import annotations

from nnstudio.catalog.entry import Dataset, Table
from nnstudio.document.fields import OptionField
from nnstudio.document.text import Text
from nnstudio.document.values import Params


def _make(params: Params) -> Table:
    import numpy as np

    x = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    truth = x.min(axis=1) if params["gate"] == "and" else x.max(axis=1)
    return Table(("x1", "x2"), x, truth.astype(np.int64), ("0", "1"))


ENTRY = Dataset(
    id="logic",
    title=Text("AND / OR"),
    help=Text("The four rows of AND or OR: one straight line parts them, so one neuron is enough."),
    fields=(
        OptionField(
            name="gate",
            title=Text("Gate"),
            default="and",
            options=(("and", Text("AND")), ("or", Text("OR"))),
            help=Text("Which of the two is learnt."),
        ),
    ),
    make=_make,
    splits=False,
    order=12,
)
