"""The numbers of a step; inputs and weights can be changed by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nnstudio.document.text import Text
from nnstudio.ui.desk import Desk
from nnstudio.ui.kit.panel import LEFT, STEP, Feed, Panel
from nnstudio.ui.stepper.numbers import Numbers

if TYPE_CHECKING:
    from nnstudio.engine.trace import Moment, Trace


def make(desk: Desk) -> Numbers:
    view, step = Numbers(), desk.step
    view.changed.connect(step.change)
    view.refused.connect(desk.says.say)
    view.undo_wanted.connect(step.undo_change)
    view.redo_wanted.connect(step.redo_change)
    view.reset_wanted.connect(step.forget_changes)
    view.keep_wanted.connect(step.keep)
    view.paint_wanted.connect(step.paint)
    return view


def _moment(view: Numbers, trace: Trace | None, moment: Moment | None, line: str) -> None:
    view.show_moment(trace, moment)


PANEL = Panel(
    "numbers",
    Text("Numbers"),
    make,
    (Feed("moment", _moment), Feed("changes", Numbers.show_changes)),
    area=LEFT,
    order=70,
    waits_for=STEP,
)
