"""The network was taken home."""

from __future__ import annotations

from nnstudio.document.fields import TextField
from nnstudio.document.text import Message, Text, message
from nnstudio.document.values import Params
from nnstudio.session.checks import Check, Facts


def _missing(params: Params, facts: Facts) -> Message | None:
    found = params["way"] in facts.exported if params["way"] else bool(facts.exported)
    return None if found else message("check.not_exported")


CHECK = Check(
    "exported",
    Text("Code exported"),
    _missing,
    (TextField(name="way", title=Text("As"), default=""),),
    witnessed=True,
)
