"""The present network was trained for so many epochs."""

from __future__ import annotations

from nnstudio.document.fields import IntField
from nnstudio.document.text import Message, Text, message
from nnstudio.document.values import Params
from nnstudio.session.checks import Check, Facts


def _missing(params: Params, facts: Facts) -> Message | None:
    if len(facts.history) >= params["epochs"]:
        return None
    return message("check.epochs", found=len(facts.history), wanted=params["epochs"])


CHECK = Check(
    "ran",
    Text("Trained"),
    _missing,
    (IntField(name="epochs", title=Text("Epochs at least"), default=1, minimum=1),),
    trained=True,
)
