"""The first rows of the data, before and after scaling."""

from __future__ import annotations

from nnstudio.document.text import Text
from nnstudio.ui.data.data_view import DataView
from nnstudio.ui.desk import Desk
from nnstudio.ui.kit.panel import LEFT, Feed, Panel


def make(desk: Desk) -> DataView:
    return DataView()


PANEL = Panel(
    "data", Text("Data"), make, (Feed("preview", DataView.show_preview),), area=LEFT, order=40, let_go=DataView.leave
)
