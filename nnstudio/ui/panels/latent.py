"""The samples as a layer sees them."""

from __future__ import annotations

from typing import Any

from nnstudio.document.text import Text
from nnstudio.engine.states import State
from nnstudio.ui.desk import Desk
from nnstudio.ui.kit.panel import WISH, Feed, Panel, epochs_of
from nnstudio.ui.plots.latent_view import LatentView


def make(desk: Desk) -> LatentView:
    return LatentView(desk.session.trained, lambda: epochs_of(desk.session.training.records))


def _run(view: LatentView, run: Any) -> None:
    if run.state is State.FINISHED:
        view.ask(quiet=True)
    elif run.records:
        view.grow()


PANEL = Panel(
    "latent",
    Text("Latent plane"),
    make,
    (Feed("run", _run, every=1.0), Feed("records", lambda view, *_: view.grow(), every=1.0)),
    order=58,
    waits_for=WISH,
    beside="decision",
    leave=LatentView.leave,
)
