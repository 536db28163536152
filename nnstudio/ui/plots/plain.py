"""A plot in the colours and the text size of the program."""

from __future__ import annotations

import pyqtgraph as pg

from nnstudio.ui import theme


def plain_plot(name: str) -> pg.PlotWidget:
    """Return a plot without menus and buttons; ``name`` is what a screen reader calls it."""
    t = theme.current()
    plot = pg.PlotWidget(background=t.panel, enableMenu=False)
    plot.hideButtons()
    plot.setAccessibleName(name)
    for side in ("left", "bottom"):
        axis = plot.getAxis(side)
        axis.setPen(t.border)
        axis.setTextPen(t.muted)
        # Larger numbers need more room each.
        axis.setTickDensity(min(1.0, 1.0 / theme.text_scale() ** 2))
    return plot
