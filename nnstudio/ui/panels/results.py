"""What came out of a run: measures, confusion, samples."""

from __future__ import annotations

from nnstudio.document.text import Text
from nnstudio.engine.states import State
from nnstudio.session.run import Run
from nnstudio.ui.desk import Desk
from nnstudio.ui.kit.panel import LEFT, Feed, Panel
from nnstudio.ui.training.results import Results


def make(desk: Desk) -> Results:
    view = Results()
    view.once.testing = desk.session.testing
    view.other.trained = desk.session.trained
    view.step_wanted.connect(desk.step.look_at_row)
    return view


def _run(view: Results, run: Run) -> None:
    program = run.program
    if run.state in (State.FINISHED, State.PAUSED, State.IDLE):
        view.other.look()
    if run.report is not None or run.state in (State.FINISHED, State.IDLE, State.STARTING):
        view.show_report(
            run.report,
            program.data.classes if program is not None else (),
            (program, run.weights) if program is not None else None,
        )


def _worked_out(view: Results, *_: object) -> None:
    view.other.look()


def _leave(view: Results) -> None:
    view.leave()
    view.other.leave()


PANEL = Panel(
    "results",
    Text("Results"),
    make,
    (Feed("run", _run), Feed("report", _worked_out)),
    area=LEFT,
    order=50,
    advanced=True,
    leave=_leave,
)
