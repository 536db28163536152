"""What a network says over a series in time."""

from __future__ import annotations

from typing import Any

from nnstudio.document.text import Text
from nnstudio.engine.states import State
from nnstudio.ui.desk import Desk
from nnstudio.ui.kit.panel import WISH, Feed, Panel
from nnstudio.ui.plots.forecast_view import ForecastView


def make(desk: Desk) -> ForecastView:
    return ForecastView(desk.session.trained)


def _run(view: ForecastView, run: Any) -> None:
    if run.state is State.FINISHED:
        view.ask(quiet=True)


PANEL = Panel("ahead", Text("Forecast"), make, (Feed("run", _run),), order=57, waits_for=WISH, leave=ForecastView.leave)
