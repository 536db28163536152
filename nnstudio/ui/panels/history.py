"""Every edit by its name."""

from __future__ import annotations

from nnstudio.document.text import Text
from nnstudio.ui.desk import Desk
from nnstudio.ui.editing.history_view import HistoryView
from nnstudio.ui.kit.panel import WISH, Feed, Panel


def make(desk: Desk) -> HistoryView:
    session = desk.session
    return HistoryView(lambda: session.history, session.go_to)


def _changed(view: HistoryView, *documents: object) -> None:
    view.follow()


PANEL = Panel("history", Text("History"), make, (Feed("document", _changed),), order=140, waits_for=WISH)
