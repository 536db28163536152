"""All layers as a table: shapes, parameters, cost."""

from __future__ import annotations

from nnstudio.document.text import Text
from nnstudio.ui.desk import Desk
from nnstudio.ui.kit.panel import Feed, Panel
from nnstudio.ui.training.report import LayerTable


def make(desk: Desk) -> LayerTable:
    view = LayerTable()
    view.picked.connect(desk.pick)
    return view


PANEL = Panel("layers", Text("Layers"), make, (Feed("report", LayerTable.show_report),), order=60, advanced=True)
