"""What a network writes that tells the next token."""

from __future__ import annotations

from typing import Any

from nnstudio.document.text import Text
from nnstudio.ui.desk import Desk
from nnstudio.ui.kit.panel import WISH, Feed, Panel
from nnstudio.ui.training.writing_view import WritingView


def make(desk: Desk) -> WritingView:
    session = desk.session

    def epoch() -> int:
        records = session.training.records
        return int(records[-1]["epoch"]) if records else 0

    return WritingView(session.trained, epoch)


def _grow(view: WritingView, run: Any) -> None:
    program = run.program
    if program is not None and program.answer.form == "steps" and run.records:
        view.grow()


PANEL = Panel(
    "writing",
    Text("Writing"),
    make,
    (Feed("run", _grow, every=1.5), Feed("records", lambda view, *_: view.grow(), every=1.5)),
    order=55,
    waits_for=WISH,
    leave=WritingView.leave,
)
