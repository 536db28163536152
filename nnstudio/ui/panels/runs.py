"""All runs of the project, to be compared."""

from __future__ import annotations

from collections.abc import Mapping

from nnstudio.document.text import Text
from nnstudio.ui.desk import Desk
from nnstudio.ui.kit.panel import LEFT, Feed, Panel
from nnstudio.ui.training.runs_view import RunsView


def make(desk: Desk) -> RunsView:
    session, offers = desk.session, desk.offers
    view = RunsView(lambda: session.runs, lambda: session.document)
    view.sweep_wanted.connect(offers.ask_sweep)
    view.search_wanted.connect(lambda: desk.panels.show("search"))
    view.report_wanted.connect(offers.ask_report)
    view.taken.connect(offers.take_over)
    view.beside.connect(lambda runs: offers.set_beside([run.document for run in runs], [run.name for run in runs]))
    view.said.connect(desk.says.say)
    return view


def _runs(view: RunsView, colors: Mapping[int, str]) -> None:
    view.model.colors = dict(colors)
    view.refresh()


PANEL = Panel("runs", Text("Runs"), make, (Feed("runs", _runs),), area=LEFT, order=110, advanced=True)
