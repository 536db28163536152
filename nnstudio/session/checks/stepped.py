"""A step of training is shown: the first, or a later one; of a row of the data."""

from __future__ import annotations

from nnstudio.document.fields import IntField
from nnstudio.document.text import Message, Text, message
from nnstudio.document.values import Params
from nnstudio.session.checks import Check, Facts


def _missing(params: Params, facts: Facts) -> Message | None:
    trace, row, update = facts.trace, params["row"], params["update"]
    if trace is None:
        return message("check.no_step")
    if row is not None and row not in trace.rows:
        return message("check.other_row", row=row)
    if update is not None and trace.update < update:
        return message("check.other_update", update=update)
    return None


CHECK = Check(
    "stepped",
    Text("A step of training"),
    _missing,
    (
        IntField(name="row", title=Text("Row of the data"), default=None, optional=True),
        IntField(name="update", title=Text("Updates before it, at least"), default=None, optional=True),
    ),
)
