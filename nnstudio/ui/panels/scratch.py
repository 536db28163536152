"""The network without a library that knows gradients, with the line of the present step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nnstudio.document.text import Text
from nnstudio.ui.code.scratch_view import ScratchView
from nnstudio.ui.desk import Desk
from nnstudio.ui.kit.panel import WISH, Feed, Panel

if TYPE_CHECKING:
    from nnstudio.compile.program import Program
    from nnstudio.compile.source import Source
    from nnstudio.engine.trace import Moment, Trace


def make(desk: Desk) -> ScratchView:
    def program() -> Program | None:
        lowered = desk.session.meaning.lowered
        return lowered.program if lowered is not None else None

    return ScratchView(program)


def _source(view: ScratchView, source: Source | None) -> None:
    view.follow()


def _moment(view: ScratchView, trace: Trace | None, moment: Moment | None, line: str) -> None:
    if trace is None or moment is None:
        return
    if moment.phase == "update":
        view.mark("weights[name] = w")
    elif moment.phase == "backward":
        view.mark(f'g["{moment.parameter}"] =' if moment.parameter else f"d.{moment.step} =")
    else:
        view.mark(f"v.{moment.step} =")


PANEL = Panel(
    "scratch",
    Text("NumPy code"),
    make,
    (Feed("source", _source), Feed("moment", _moment)),
    order=32,
    waits_for=WISH,
    leave=ScratchView.leave,
)
