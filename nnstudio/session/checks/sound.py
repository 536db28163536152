"""The network can be trained: no problem keeps it from that."""

from __future__ import annotations

from nnstudio.document.text import Message, Text
from nnstudio.document.values import Params
from nnstudio.session.checks import Check, Facts


def _missing(params: Params, facts: Facts) -> Message | None:
    return next((problem.what for problem in facts.problems if problem.severity == "error"), None)


CHECK = Check("sound", Text("No errors"), _missing)
