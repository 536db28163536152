"""Loss and accuracy by epoch, with those of other runs."""

from __future__ import annotations

from nnstudio.document.text import Text
from nnstudio.ui.desk import Desk
from nnstudio.ui.kit.panel import LEFT, Feed, Panel
from nnstudio.ui.plots.curves import Curves


def make(desk: Desk) -> Curves:
    return Curves()


PANEL = Panel(
    "curves",
    Text("Loss and accuracy"),
    make,
    area=LEFT,
    order=10,
    front=True,
    let_go=Curves.leave,
    feeds=(
        Feed("records", Curves.show_records),
        Feed("others", Curves.show_others),
        Feed("preview", Curves.show_preview),
    ),
)
