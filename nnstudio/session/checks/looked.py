"""A view was looked at: a panel, a desk, a layer unfolded."""

from __future__ import annotations

from nnstudio.document.fields import TextField
from nnstudio.document.text import Message, Text, message
from nnstudio.document.values import Params
from nnstudio.session.checks import Check, Facts


def _missing(params: Params, facts: Facts) -> Message | None:
    return None if params["view"] in facts.looked else message("check.not_looked")


CHECK = Check(
    "looked",
    Text("A view looked at"),
    _missing,
    (TextField(name="view", title=Text("View"), default=""),),
    witnessed=True,
)
