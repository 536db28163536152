"""What a network writes that tells the next token."""

from __future__ import annotations

from typing import Any

from nnstudio.document.text import Text
from nnstudio.ui.desk import Desk
from nnstudio.ui.kit.panel import WISH, Feed, Panel, epochs_of
from nnstudio.ui.training.writing_view import WritingView


def make(desk: Desk) -> WritingView:
    return WritingView(desk.session.trained, lambda: epochs_of(desk.session.training.records))


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
