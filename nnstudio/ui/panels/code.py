"""The script that the network is, with the lines of what is selected or stepped through."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nnstudio.document.text import Text
from nnstudio.ui.code.code_view import CodeView
from nnstudio.ui.desk import Desk
from nnstudio.ui.kit.panel import Feed, Panel

if TYPE_CHECKING:
    from nnstudio.compile.source import Source
    from nnstudio.engine.trace import Moment, Trace


def make(desk: Desk) -> CodeView:
    return CodeView()


def _source(view: CodeView, source: Source | None) -> None:
    view.show_source(source.text if source else "", source.nodes if source else {}, source.steps if source else {})


def _moment(view: CodeView, trace: Trace | None, moment: Moment | None, line: str) -> None:
    view.mark_step(line if trace is not None else None)
    if moment is not None and moment.phase == "update":
        view.mark_text("optimizer.step()")


PANEL = Panel(
    "code",
    Text("Python code"),
    make,
    (Feed("source", _source), Feed("selected", CodeView.mark_node), Feed("moment", _moment)),
    order=30,
    front=True,
)
