"""The samples by what a layer makes of them, as points of a plane; behind them what the network makes of each place."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QShowEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from nnstudio.document.errors import StudioError
from nnstudio.document.numbers import number
from nnstudio.session.reading import Reading
from nnstudio.ui.kit import theme
from nnstudio.ui.kit.plain import plain
from nnstudio.ui.kit.plain_plot import close_plot, plain_plot, restyle
from nnstudio.ui.kit.texts import tr, words
from nnstudio.ui.plots.decision import class_pixels, value_pixels

if TYPE_CHECKING:
    from nnstudio.engine.fitted import Trained
    from nnstudio.engine.latent import Latent

POLL_MS = 60
DOT, MOST_NAMED = 5.0, 10
# How much of the ink pictures behind points have.
FAINT = 0.45


def _latent(trained: Trained, node: str) -> Latent:
    from nnstudio.engine.latent import latent
    from nnstudio.engine.runtime.device import prepare_thread

    prepare_thread(1)
    return latent(trained, node)


class LatentView(QWidget):
    """Drawn anew while the network trains, as long as it is seen."""

    def __init__(self, trained: Callable[[], Trained], epoch: Callable[[], int], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._trained, self._epoch = trained, epoch
        self._reading: Reading[Latent] | None = None
        self._told, self._again, self._left = -1, False, False
        self.found: Latent | None = None
        self.titles: dict[str, str] = {}
        self.layer = QComboBox()
        self.layer.setAccessibleName(tr("Layer"))
        self.layer.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.layer.activated.connect(lambda _: self.ask())
        self.behind = QCheckBox(tr("what it makes of every place"))
        self.behind.setChecked(True)
        self.behind.toggled.connect(self._draw)
        self.said = plain(QLabel(tr("Here stand the samples as a layer sees them. Train the network first.")))
        self.said.setWordWrap(True)
        self.said.setContentsMargins(8, 0, 8, 2)
        self.said.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        row = QHBoxLayout()
        row.setContentsMargins(8, 4, 8, 0)
        row.addWidget(self.layer)
        row.addWidget(self.behind)
        row.addStretch(1)
        self.names = QLabel()
        self.names.setContentsMargins(8, 0, 8, 0)
        self.names.setWordWrap(True)
        self.names.setTextFormat(Qt.TextFormat.RichText)
        self.plot: pg.PlotWidget | None = None
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(2)
        self._layout.addLayout(row)
        self._layout.addStretch(1)
        self._layout.addWidget(self.names)
        self._layout.addWidget(self.said)
        self.setMinimumSize(260, 200)
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MS)
        self._timer.timeout.connect(self._poll)
        theme.follow(self._draw)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self.found is None:
            self.ask(quiet=True)

    def grow(self) -> None:
        """The run has come on: look anew, once an epoch at most."""
        if self._reading is None and self._epoch() != self._told and self.isVisible():
            self.ask(quiet=True)

    def ask(self, quiet: bool = False) -> None:
        """Look at the present weights."""
        if self._left:
            # A run that comes on, or a panel that is shown once more, in a window that goes: the plot is gone.
            return
        if self._reading is not None:
            # Another layer may have been chosen meanwhile, or the run is over.
            self._again = True
            return
        self._again = False
        self._told = self._epoch()
        try:
            trained = self._trained()
        except StudioError as error:
            if not quiet:
                self.said.setText(words(error.message))
            return
        self.titles = dict(trained.program.titles)
        node = self.layer.currentData() or ""
        self._reading = Reading(lambda: _latent(trained, node), "latent plane")
        self._timer.start()

    def _poll(self) -> None:
        reading = self._reading
        if reading is None or not reading.done:
            return
        self._timer.stop()
        self._reading = None
        try:
            self.found = reading.outcome()
        except StudioError as error:
            self.found = None
            self.layer.clear()
            self.said.setText(words(error.message))
            if self.plot is not None:
                self.plot.clear()
            return
        wanted = self.layer.currentData()
        self._draw()
        if self._again:
            self.layer.setCurrentIndex(max(0, self.layer.findData(wanted)))
            self.ask(quiet=True)
        else:
            # The run may have come on, or to its end, meanwhile.
            self.grow()

    def _draw(self, *_: object) -> None:
        found = self.found
        if found is None:
            return
        if [self.layer.itemData(place) for place in range(self.layer.count())] != list(found.layers):
            self.layer.clear()
            for node in found.layers:
                self.layer.addItem(self.titles.get(node, node), node)
        self.layer.setCurrentIndex(self.layer.findData(found.node))
        if self.plot is None:
            self.plot = plain_plot(tr("Latent plane"))
            self._layout.insertWidget(1, self.plot, 1)
            # What held its place takes none beside it.
            self._layout.setStretch(2, 0)
        restyle(self.plot)
        self.plot.clear()
        image = self._image(found)
        self.behind.setVisible(found.said is not None or found.tiles is not None)
        if image is not None and self.behind.isChecked():
            self.plot.addItem(image)
        self._points(found, bool(image is not None and self.behind.isChecked() and found.tiles is not None))
        self.plot.setXRange(found.low[0], found.high[0], padding=0.0)
        self.plot.setYRange(found.low[1], found.high[1], padding=0.0)
        two = found.outputs == 2
        self.plot.setLabel("bottom", tr("output {number}", number=1) if two else tr("direction {number}", number=1))
        self.plot.setLabel("left", tr("output {number}", number=2) if two else tr("direction {number}", number=2))
        self.said.setText(self._words(found))
        self.names.setText(_legend(found))
        self.names.setVisible(bool(found.classes))

    def _image(self, found: Latent) -> pg.ImageItem | None:
        """What the network makes of every place: the colours of its answer, or small pictures."""
        if found.tiles is not None:
            rows, columns, high, wide = found.tiles.shape
            sheet = found.tiles.transpose(0, 2, 1, 3).reshape(rows * high, columns * wide)
            low, span = float(sheet.min()), float(np.ptp(sheet)) or 1.0
            ground, ink = (np.array(theme.rgb(getattr(theme.current(), name)), float) for name in ("panel", "text"))
            share = FAINT * ((sheet - low) / span)[..., None]
            pixels = (ground * (1 - share) + ink * share).astype(np.uint8)
        elif found.said is not None:
            pixels = class_pixels(found.said) if found.classes else value_pixels(found.said[0]).pixels
        else:
            return None
        image = pg.ImageItem(np.ascontiguousarray(pixels[::-1]), axisOrder="row-major", levels=(0, 255))
        image.setRect(QRectF(*found.low, found.high[0] - found.low[0], found.high[1] - found.low[1]))
        image.setZValue(-10)
        return image

    def _points(self, found: Latent, over_pictures: bool) -> None:
        assert self.plot is not None
        t = theme.current()
        kinds = np.where(np.isfinite(found.targets), found.targets, 0.0)
        if found.classes:
            groups = [(kinds == k, QColor(theme.CLASSES[k % len(theme.CLASSES)])) for k in range(len(found.classes))]
        elif np.isfinite(found.targets).all():
            limit = theme.nice_limit(float(np.abs(kinds).max(initial=0.0)))
            steps = np.round(np.clip(kinds / limit, -1, 1) * 4).astype(int)
            groups = [(steps == step, theme.color_of(step / 4, 1.0)) for step in range(-4, 5)]
        else:
            groups = [(np.ones(len(kinds), bool), QColor(t.positive))]
        for chosen, colour in groups:
            for held in (False, True):
                points = found.points[chosen & (found.held == held)]
                if not len(points):
                    continue
                faint = QColor(colour)
                faint.setAlpha(150 if over_pictures else 220)
                self.plot.addItem(
                    pg.ScatterPlotItem(
                        points[:, 0],
                        points[:, 1],
                        size=DOT,
                        pen=pg.mkPen(colour if held else None, width=1.4),
                        brush=None if held else faint,
                        pxMode=True,
                    )
                )

    def _words(self, found: Latent) -> str:
        parts = []
        if found.outputs > 2:
            share = round(100 * sum(found.shares))
            parts.append(
                tr(
                    "The two directions in which its {count} outputs differ most: {percent} % of all difference.",
                    count=found.outputs,
                    percent=share,
                )
            )
        if found.tiles is not None:
            parts.append(tr("Behind the points: the picture that the network makes of each place."))
        elif found.said is not None:
            parts.append(tr("Behind the points: the network's answer at each place."))
        elif not found.alone:
            parts.append(tr("What follows needs more than this layer, so nothing stands behind the points."))
        parts.append(tr("Full points are of the training part, rings are held aside."))
        return " ".join(parts)

    def leave(self) -> None:
        """The window goes."""
        self._left = True
        self._timer.stop()
        # Another look of the program would draw once more, into a plot that is gone.
        self._reading = self.found = None
        if self.plot is not None:
            close_plot(self.plot)
            self.plot = None


def _legend(found: Latent) -> str:
    """The classes in their colours."""
    from html import escape

    names = [
        f'<span style="color:{theme.CLASSES[k % len(theme.CLASSES)]}">●</span> {escape(name[:24])}'
        for k, name in enumerate(found.classes[:MOST_NAMED])
    ]
    if len(found.classes) > MOST_NAMED:
        names.append(tr("and {count} more", count=number(len(found.classes) - MOST_NAMED)))
    return " &nbsp; ".join(names)
