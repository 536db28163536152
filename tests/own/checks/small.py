"""A network may have only so many parameters."""

from __future__ import annotations

from nnstudio.document.fields import IntField
from nnstudio.document.text import Message, Text, message
from nnstudio.document.values import Params
from nnstudio.session.checks import Check, Facts


def _missing(params: Params, facts: Facts) -> Message | None:
    if facts.lowered.total <= params["most"]:
        return None
    return message(
        "The network has {count} parameters; at most {most} are allowed.",
        count=facts.lowered.total,
        most=params["most"],
    )


CHECK = Check(
    "small", Text("A small network"), _missing, (IntField(name="most", title=Text("At most"), default=100, minimum=1),)
)
