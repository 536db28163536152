"""A series with what a network says of it: a step ahead, many steps ahead, and the naive forecast beside it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pyqtgraph as pg
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from nnstudio.document.errors import StudioError
from nnstudio.document.numbers import number
from nnstudio.session.reading import Reading
from nnstudio.ui.kit import theme
from nnstudio.ui.kit.plain import plain
from nnstudio.ui.kit.plain_plot import plain_plot, restyle
from nnstudio.ui.kit.texts import tr, words

if TYPE_CHECKING:
    from nnstudio.engine.fitted import Trained
    from nnstudio.engine.forecasting import Forecast

POLL_MS, SECONDS = 60, 86_400.0


def _look_ahead(trained: Trained) -> Forecast:
    from nnstudio.engine.forecasting import look_ahead
    from nnstudio.engine.runtime.device import prepare_thread

    prepare_thread(1)
    return look_ahead(trained)


class ForecastView(QWidget):
    """Asked for by a button, and by itself when a run ends."""

    def __init__(self, trained: Callable[[], Trained], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._trained = trained
        self._reading: Reading[Forecast] | None = None
        self._left = False
        self.found: Forecast | None = None
        self.said = plain(QLabel(tr("Here stands what a network that tells the next readings says of its series.")))
        self.said.setWordWrap(True)
        self.button = QPushButton(tr("Forecast"))
        self.button.clicked.connect(self.ask)
        self.naive = QCheckBox(tr("naive"))
        self.naive.setToolTip(tr("Who always says the last reading: a network has to be better than that."))
        self.ahead = QCheckBox(tr("many steps ahead"))
        self.ahead.setToolTip(tr("From the end of training on, each step told from what was told before."))
        self.ahead.setChecked(True)
        for box in (self.naive, self.ahead):
            box.toggled.connect(self._draw)
        self.said.setContentsMargins(8, 0, 8, 2)
        row = QHBoxLayout()
        row.setContentsMargins(8, 4, 8, 0)
        row.addStretch(1)
        for widget in (self.naive, self.ahead, self.button):
            row.addWidget(widget)
        self.plot: pg.PlotWidget | None = None
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(2)
        self._layout.addLayout(row)
        self._layout.addStretch(1)
        self._layout.addWidget(self.said)
        self.setMinimumWidth(340)
        self.said.setToolTip(tr("grey: readings, blue: a step ahead, orange: many steps ahead; shaded: held aside."))
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MS)
        self._timer.timeout.connect(self._poll)
        theme.follow(self._draw)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self.found is None:
            self.ask(quiet=True)

    def ask(self, quiet: bool = False) -> None:
        """Work the forecast out with the present weights."""
        if self._reading is not None or self._left:
            return
        try:
            trained = self._trained()
        except StudioError as error:
            if not quiet:
                self.said.setText(words(error.message))
            return
        self._reading = Reading(lambda: _look_ahead(trained), "look ahead")
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
            self.said.setText(words(error.message))
            return
        self._draw()

    def _draw(self, *_: object) -> None:
        found, t = self.found, theme.current()
        if found is None:
            return
        if self.plot is None:
            self.plot = plain_plot(tr("Forecast"))
            if found.dated:
                self.plot.setAxisItems({"bottom": pg.DateAxisItem(utcOffset=0)})
            self._layout.insertWidget(1, self.plot, 1)
            # What held its place takes none beside it.
            self._layout.setStretch(2, 0)
        plot = self.plot
        restyle(plot)
        plot.clear()
        # An axis of dates counts seconds.
        unit = SECONDS if found.dated else 1.0
        times = unit * found.times
        held = times[found.part > 0]
        if len(held):
            aside = pg.LinearRegionItem((float(held.min()), float(held.max())), movable=False)
            colour = pg.mkColor(t.muted)
            colour.setAlpha(28)
            aside.setBrush(colour)
            plot.addItem(aside)
        plot.plot(times, found.truth, pen=pg.mkPen(t.muted, width=1.6))
        if self.naive.isChecked():
            plot.plot(times, found.naive, pen=pg.mkPen(t.good, width=1.2, style=Qt.PenStyle.DotLine))
        plot.plot(times, found.said, pen=pg.mkPen(t.positive, width=1.6))
        if self.ahead.isChecked() and len(found.ahead):
            plot.plot(unit * found.ahead_times, found.ahead, pen=pg.mkPen(t.negative, width=2.0))
        plot.setLabel("left", found.name)
        plot.setLabel("bottom", tr("time"))
        self.ahead.setEnabled(bool(len(found.ahead)))
        self.said.setText(self._words())

    def _words(self) -> str:
        """The errors over the validation part, in the series' own unit."""
        found = self.found
        assert found is not None
        errors = {name: number(value) for name, value in found.errors.items()}
        parts = []
        if "network" in errors:
            parts.append(
                tr(
                    "Mean absolute error there: network {network}, naive {naive}.",
                    network=errors["network"],
                    naive=errors["naive"],
                )
            )
        if "ahead" in errors:
            parts.append(
                tr(
                    "Many steps ahead: network {network}, naive {naive}.",
                    network=errors["ahead"],
                    naive=errors["naive ahead"],
                )
            )
        if "network" in found.errors and found.errors["network"] >= found.errors["naive"]:
            parts.append(tr("It is no better than to say the last reading again."))
        return " ".join(parts)

    def leave(self) -> None:
        """The window goes, and what comes late finds nothing to do."""
        self._left = True
        self._timer.stop()
        self._reading = self.found = None
