"""Several checks at once: what is said is what the first of them lacks."""

from __future__ import annotations

from nnstudio.document.fields import WordsField
from nnstudio.document.steps import check_of
from nnstudio.document.text import Message, Text, message
from nnstudio.document.values import Choice, Params
from nnstudio.session.checks import Check, Facts, asked, judge


def _parts(params: Params) -> list[Choice]:
    found = [check_of(part) for part in params["of"]]
    return [part for part in found if part is not None and part.kind != CHECK.id]


def _missing(params: Params, facts: Facts) -> Message | None:
    parts = _parts(params)
    if not parts:
        return message("check.unknown", kind="–")
    return next((missing for part in parts if (missing := judge(part, facts).missing) is not None), None)


CHECK = Check(
    "all",
    Text("Several checks"),
    _missing,
    (WordsField(name="of", title=Text("Checks"), default=()),),
    asks=lambda params: next((asks for part in _parts(params) if (asks := asked(part))), ""),
)
