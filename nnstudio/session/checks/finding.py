"""A problem or a finding is there, or is gone."""

from __future__ import annotations

from nnstudio.document.fields import BoolField, TextField
from nnstudio.document.text import Message, Text, message
from nnstudio.document.values import Params
from nnstudio.session.checks import Check, Facts


def _missing(params: Params, facts: Facts) -> Message | None:
    found = next(
        (problem for problem in facts.problems if problem.what.key.removesuffix(".what") == params["finding"]), None
    )
    if (found is not None) == params["there"]:
        return None
    return message("check.not_found") if found is None else message("check.still", what=found.what)


CHECK = Check(
    "finding",
    Text("A finding"),
    _missing,
    (
        TextField(name="finding", title=Text("Finding"), default=""),
        BoolField(name="there", title=Text("There"), default=False),
    ),
)
