"""A plot in the colours and the text size of the program."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

import pyqtgraph as pg
from PySide6.QtGui import QFont, QFontMetricsF
from PySide6.QtWidgets import QGraphicsItem

from nnstudio.ui.kit import theme

# Numbers at an axis are at most so much larger than those of the usual text size.
MOST = 1.2


class SparseAxis(pg.AxisItem):  # type: ignore[misc]
    """An upright axis whose numbers never stand in each other, however low the plot is: some are left out then."""

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        texts: list[str] = super().tickStrings(values, scale, spacing)
        span = abs(self.range[1] - self.range[0])
        apart = self.geometry().height() * spacing / span if span and spacing else 0.0
        if apart <= 0 or len(texts) < 2:
            return texts
        every = ceil(QFontMetricsF(self.style["tickFont"] or self.font()).height() / apart)
        return [text if place % every == 0 else "" for place, text in enumerate(texts)]


def plain_plot(name: str) -> pg.PlotWidget:
    """Return a plot without menus and buttons; ``name`` is what a screen reader calls it."""
    plot = pg.PlotWidget(enableMenu=False, axisItems={"left": SparseAxis("left")})
    plot.hideButtons()
    plot.setAccessibleName(name)
    for side in ("left", "bottom"):
        # Painted again only when its numbers change, not whenever a curve before it moves.
        plot.getAxis(side).setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)
    restyle(plot)
    return plot


def restyle(plot: pg.PlotWidget) -> None:
    """Give ground and axes of a plot the colours and the text size of the program."""
    t = theme.current()
    plot.setBackground(t.panel)
    numbers = QFont(plot.font())
    numbers.setPointSizeF(numbers.pointSizeF() * min(1.0, MOST / theme.text_scale()))
    for side in ("left", "bottom"):
        axis = plot.getAxis(side)
        axis.setPen(t.border)
        axis.setTextPen(t.muted)
        # A panel is no higher for larger words: fewer numbers, and these grow less.
        axis.setTickDensity(min(1.0, 1.0 / theme.text_scale() ** 2))
        axis.setTickFont(numbers)
        axis.label.setFont(plot.font())


def close_plot(plot: pg.PlotWidget) -> None:
    """Let go of what pyqtgraph keeps: a menu that has no parent, and a plot that holds itself."""
    menu = plot.getPlotItem().ctrlMenu
    plot.close()
    if menu is not None:
        menu.deleteLater()
