"""Something was written in one's own words. A teacher reads it; the program only sees that it is there."""

from __future__ import annotations

from nnstudio.document.fields import IntField
from nnstudio.document.text import Message, Text, message
from nnstudio.document.values import Params
from nnstudio.session.checks import WORDS, Check, Facts


def _missing(params: Params, facts: Facts) -> Message | None:
    text = "".join(str(facts.answer or "").split())
    return None if len(text) >= params["letters"] else message("check.write_more", letters=params["letters"])


CHECK = Check(
    "written",
    Text("In one's own words"),
    _missing,
    (IntField(name="letters", title=Text("Letters at least"), default=10, minimum=1, maximum=2000),),
    asks=lambda params: WORDS,
    judged=False,
)
