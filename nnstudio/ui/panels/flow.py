"""How much gradient arrives at each layer of a step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nnstudio.document.text import Text
from nnstudio.ui.desk import Desk
from nnstudio.ui.kit.panel import STEP, Feed, Panel
from nnstudio.ui.stepper.flow import GradientFlow

if TYPE_CHECKING:
    from nnstudio.engine.trace import Moment, Trace


def make(desk: Desk) -> GradientFlow:
    view = GradientFlow()
    view.picked.connect(desk.pick)
    return view


def _moment(view: GradientFlow, trace: Trace | None, moment: Moment | None, line: str) -> None:
    if moment is not None:
        view.mark(moment.node)


PANEL = Panel(
    "flow",
    Text("Gradient flow"),
    make,
    (Feed("trace", GradientFlow.show_trace), Feed("moment", _moment)),
    order=80,
    waits_for=STEP,
)
