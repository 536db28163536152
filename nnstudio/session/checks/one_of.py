"""One of several checks is enough: what is said is what the first of them lacks."""

from __future__ import annotations

from nnstudio.document.fields import WordsField
from nnstudio.document.steps import check_of
from nnstudio.document.text import Message, Text, message
from nnstudio.document.values import Params
from nnstudio.session.checks import Check, Facts, judge


def _missing(params: Params, facts: Facts) -> Message | None:
    parts = [part for part in map(check_of, params["of"]) if part is not None and part.kind != CHECK.id]
    missing = [judge(part, facts).missing for part in parts]
    if not missing:
        return message("check.unknown", kind="–")
    return None if None in missing else missing[0]


CHECK = Check(
    "any",
    Text("One of several checks"),
    _missing,
    (WordsField(name="of", title=Text("Checks"), default=()),),
)
