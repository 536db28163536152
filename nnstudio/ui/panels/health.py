"""How the layers do while they are trained, and what goes wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from nnstudio.document.text import Text
from nnstudio.ui.desk import Desk
from nnstudio.ui.kit.panel import LEFT, Feed, Panel
from nnstudio.ui.plots.health import Health

if TYPE_CHECKING:
    from nnstudio.engine.vitals import Vitals


def make(desk: Desk) -> Health:
    view = Health()
    view.try_wanted.connect(desk.offers.try_on_copy)
    view.mend_wanted.connect(desk.offers.mend)
    view.silenced.connect(desk.session.health.silence)
    return view


def _vitals(view: Health, vitals: Sequence[Vitals], titles: Mapping[str, str]) -> None:
    view.describe(dict(titles))
    view.show_vitals(vitals)


PANEL = Panel(
    "health",
    Text("Health"),
    make,
    (Feed("vitals", _vitals), Feed("findings", Health.show_findings)),
    area=LEFT,
    order=120,
    advanced=True,
)
