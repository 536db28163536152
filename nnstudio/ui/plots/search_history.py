"""What the trials of a search came to, one after the other, and the best so far."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from nnstudio.ui.kit import theme
from nnstudio.ui.kit.plain_plot import close_plot, plain_plot, restyle
from nnstudio.ui.kit.texts import tr

POINT = 6
# From so many times as large on it is drawn by powers of ten.
POWERS = 50.0


class SearchHistory(QWidget):
    """Points for the trials, a line of steps for the best until then; a click on a point chooses its trial."""

    picked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.plot = plain_plot(tr("History of the search"))
        self.plot.setMouseEnabled(False, False)
        self.plot.setMinimumSize(200, 100)
        self.points = pg.ScatterPlotItem(size=POINT)
        self.best = pg.PlotCurveItem(stepMode="right")
        # 0.3 stays 0.3: no power of ten is taken out.
        self.plot.getAxis("left").enableAutoSIPrefix(False)
        self.plot.addItem(self.points)
        self.plot.addItem(self.best)
        self.plot.setLabel("bottom", tr("Trial"))
        self.log = self._left = False
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.addWidget(self.plot)
        self.plot.scene().sigMouseClicked.connect(self._clicked)
        theme.follow(self.restyle)
        self.restyle()

    def show_values(self, title: str, numbers: Sequence[int], values: Sequence[float], *, greatest: bool) -> None:
        """Draw trials with what they came to, by their numbers; the ``greatest`` value or the least is the best."""
        self.plot.setAccessibleName(title)
        xs, ys = np.array(numbers, dtype=float), np.array(values, dtype=float)
        self.log = bool(len(ys)) and float(ys.min()) > 0 and float(ys.max() / ys.min()) > POWERS
        shown = np.log10(ys) if self.log else ys
        self.plot.getAxis("left").setLogMode(self.log)
        self.points.setData(xs, shown)
        far = np.maximum.accumulate(shown) if greatest else np.minimum.accumulate(shown)
        self.best.setData(xs, far)

    def _clicked(self, click: Any) -> None:
        found = self.points.pointsAt(self.points.mapFromScene(click.scenePos()))
        if len(found):
            self.picked.emit(round(found[0].pos().x()))

    def restyle(self) -> None:
        """Take on the colours of the program."""
        if self._left:
            return
        t = theme.current()
        restyle(self.plot)
        self.points.setBrush(pg.mkBrush(t.muted))
        self.points.setPen(None)
        self.best.setPen(pg.mkPen(t.accent, width=2, style=Qt.PenStyle.SolidLine))

    def leave(self) -> None:
        """The window goes."""
        self._left = True
        close_plot(self.plot)
