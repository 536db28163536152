"""Loss and accuracy over the epochs, for the training and the validation part, on one time axis."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from nnstudio.document import quoting
from nnstudio.document.numbers import number
from nnstudio.engine.curves import DataPreview
from nnstudio.engine.lines import Lines
from nnstudio.ui.kit import theme
from nnstudio.ui.kit.elided import ElidedLabel
from nnstudio.ui.kit.plain_plot import close_plot, plain_plot, restyle
from nnstudio.ui.kit.sight import in_sight
from nnstudio.ui.kit.texts import tr
from nnstudio.ui.plots.series import Series

DRAW_MS = 100
# Narrower than this, in pixels, it has fewer words.
NARROW = 430
POINTS = 500
RATE = "learning_rate"
SERIES = (("train_loss", 0), ("val_loss", 0), ("train_accuracy", 1), ("val_accuracy", 1), (RATE, 2))


@dataclass(frozen=True)
class Other:
    """An earlier run, drawn as thin lines: its validation where it has any, else its training."""

    name: str
    color: str
    records: Sequence[Mapping[str, Any]]


def _column(records: Sequence[Mapping[str, Any]], kind: str) -> np.ndarray:
    if kind == RATE:
        return np.array([float(record.get(RATE) or 0.0) for record in records])
    for part in ("val", "train"):
        found = np.array([math.nan if r.get(f"{part}_{kind}") is None else float(r[f"{part}_{kind}"]) for r in records])
        if np.isfinite(found).any():
            return found
    return np.zeros(0)


def _fixed_plot(title: str) -> pg.PlotWidget:
    plot = plain_plot(title)
    plot.setMouseEnabled(False, False)
    plot.getViewBox().disableAutoRange()
    plot.showGrid(y=True, alpha=0.15)
    plot.setMinimumSize(120, 80)
    plot.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
    return plot


def _log(losses: np.ndarray) -> np.ndarray:
    return np.asarray(np.log10(np.maximum(losses, 1e-12)))


class Curves(QWidget):
    """Plots with fixed ranges set from the data: automatic ranges would cost the trainer a third of its speed. Accuracy
    is there where answers are classes, the learning rate where it changes.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._epochs = 1
        self._series = Series(("epoch", *dict.fromkeys((RATE, *(name for name, _ in SERIES)))))
        self._data = self._series.data
        self._others: list[tuple[Other, list[pg.PlotCurveItem]]] = []
        self._dirty = False
        self._titles = (tr("Loss"), tr("Accuracy"), tr("Learning rate"))
        # Whether the data has classes, as far as is known.
        self._classes = True
        self.plots: list[pg.PlotWidget] = []
        self._curves: dict[str, pg.PlotCurveItem] = {}
        self._range: tuple[float, float] | None = None
        self._highest = 0.0
        self._generation = -1
        self.plots += [_fixed_plot(title) for title in self._titles]
        for name, place in SERIES:
            # A plain curve item with a thin pen: the fuller PlotDataItem costs a training run several per cent.
            self._curves[name] = pg.PlotCurveItem(antialias=False)
            self.plots[place].addItem(self._curves[name])
        self._cross = [pg.InfiniteLine(angle=90) for _ in self.plots]
        for plot, line in zip(self.plots, self._cross, strict=True):
            line.hide()
            plot.addItem(line)
            plot.scene().sigMouseMoved.connect(self._hover)
        self._legend = ElidedLabel()
        self._legend.setObjectName("muted")
        self._keys = [QLabel(), QLabel()]
        self.log = QCheckBox(tr("log scale"))
        self.log.toggled.connect(self._set_log)
        head = QHBoxLayout()
        head.setContentsMargins(8, 4, 8, 0)
        head.setSpacing(10)
        for key in self._keys:
            head.addWidget(key)
        self._names = QLabel()
        self._names.setObjectName("muted")
        self._names.setContentsMargins(8, 0, 8, 0)
        self._names.setWordWrap(True)
        self._names.hide()
        self.copy = QPushButton(tr("Copy as CSV"))
        self.copy.setToolTip(tr("Copy all epochs of the present run"))
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.as_csv()))
        head.addWidget(self._legend, 1)
        head.addWidget(self.log)
        head.addWidget(self.copy)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 0, 4, 4)
        layout.setSpacing(2)
        layout.addLayout(head)
        layout.addWidget(self._names)
        row = QHBoxLayout()
        row.setSpacing(4)
        layout.addLayout(row, 1)
        # Put in last: Python keeps an object for every item of a row that goes in filled, also once its plot has left.
        for plot in self.plots:
            row.addWidget(plot, 1)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.redraw)
        self._timer.start(DRAW_MS)
        self._dress()
        self.clear(1)
        theme.follow(self.restyle)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow column the words at the top are short."""
        super().resizeEvent(event)
        narrow = self.width() < NARROW
        self._legend.setVisible(not narrow)
        self.copy.setText(tr("CSV") if narrow else tr("Copy as CSV"))
        self.log.setText(tr("log") if narrow else tr("log scale"))

    def _dress(self) -> None:
        t = theme.current()
        colors = {"train": t.positive, "val": t.negative, "learning": t.muted}
        for plot, title, line in zip(self.plots, self._titles, self._cross, strict=True):
            plot.setTitle(title, color=t.muted, size=f"{9 * theme.text_scale():.1f}pt")
            line.setPen(pg.mkPen(t.muted, style=Qt.PenStyle.DashLine))
        for name, curve in self._curves.items():
            curve.setPen(pg.mkPen(colors[name.partition("_")[0]], width=1))
        for key, color, text in zip(self._keys, colors.values(), (tr("train"), tr("validation")), strict=False):
            key.setText(f"<b style='color:{color}'>●</b> {text}")

    def restyle(self) -> None:
        """Take the colours and the text size of the program."""
        if not self.plots:
            return
        for plot in self.plots:
            restyle(plot)
        self._dress()

    def clear(self, epochs: int) -> None:
        """Begin a run of so many epochs."""
        self._epochs = max(1, epochs)
        self._series.clear()
        self._draw_others()
        self.plots[1].setYRange(0.0, 1.0, padding=0.04)
        self._range = None
        self._dirty = True
        self._say(None)
        self.redraw()

    def show_records(self, generation: int, records: Sequence[Mapping[str, Any]], epochs: int) -> None:
        """Show a run's history; of the same ``generation`` only what has been added since is taken."""
        if generation != self._generation or len(records) < len(self._data["epoch"]):
            self._generation = generation
            self.clear(epochs)
        known = len(self._data["epoch"])
        if isinstance(records, Lines) and len(records) > known:
            # Column by column: a small network has a thousand lines in a second.
            self._series.take(records.since(known))
            self._dirty = True
            return
        for row in range(known, len(records)):
            self.add(records[row])

    def add(self, record: Mapping[str, Any]) -> None:
        """Take one line of the history; it is drawn by the clock."""
        self._series.add(record)
        self._dirty = True

    def show_others(self, others: Sequence[Other]) -> None:
        """Draw earlier runs as thin lines beside the present one."""
        if [other for other, _ in self._others] == list(others) or not self.plots:
            return
        for _, items in self._others:
            for plot, item in zip(self.plots, items, strict=True):
                plot.removeItem(item)
        self._others = []
        for other in others:
            items = []
            for plot in self.plots:
                pen = pg.mkPen(other.color, width=1, style=Qt.PenStyle.DashLine)
                item = pg.PlotCurveItem(pen=pen, antialias=False)
                item.setZValue(-1)
                plot.addItem(item)
                items.append(item)
            self._others.append((other, items))
        self._draw_others()
        marked = (f"<span style='color:{other.color}'>╌</span> {quoting.markup(other.name)}" for other in others)
        self._names.setText("  ".join(marked))
        self._names.setVisible(bool(others))
        self._range = None
        self._dirty = True
        self.redraw()

    def _draw_others(self) -> None:
        longest = self._epochs
        for other, items in self._others:
            step = max(1, len(other.records) // POINTS)
            records = other.records[::step]
            x = np.array([float(r["epoch"]) for r in records])
            for item, kind in zip(items, ("loss", "accuracy", RATE), strict=True):
                y = _column(records, kind)
                shown = _log(y) if kind == "loss" and self.log.isChecked() else y
                item.setData(x[: len(shown)], shown)
            longest = max(longest, int(x[-1]) if len(x) else 0)
        for plot in self.plots:
            plot.setXRange(0, longest, padding=0.02)

    def as_csv(self) -> str:
        """The present run's curves as CSV, one line an epoch."""
        return self._series.as_csv()

    def leave(self) -> None:
        """Let go of what pyqtgraph keeps: menus that have no parent, and plots that hold themselves."""
        self._timer.stop()
        for plot in self.plots:
            close_plot(plot)
        self.plots = []

    def _set_log(self, on: bool) -> None:
        self.plots[0].getAxis("left").setLogMode(on)
        self._range = None
        self._dirty = True
        self._draw_others()
        self.redraw()

    def redraw(self) -> None:
        """Draw what has come since."""
        if not self._dirty or not in_sight(self):
            return
        self._dirty = False
        # More points than pixels are not seen; they only cost the training. The values under the mouse stay exact.
        shown = slice(None, None, max(1, len(self._data["epoch"]) // POINTS))
        x = np.array(self._data["epoch"][shown])
        for name, place in SERIES:
            y = np.array(self._data[name][shown])
            y, known = (y, x) if np.isfinite(y).any() else (y[:0], x[:0])
            self._curves[name].setData(known, _log(y) if place == 0 and self.log.isChecked() else y)
        # A range that is set anew draws its axis anew; it is set in steps, and so seldom.
        wanted = loss_range(
            self._series.low, self._series.high, (other for other, _ in self._others), log=self.log.isChecked()
        )
        if wanted != self._range:
            self._range = wanted
            self.plots[0].setYRange(*wanted, padding=0.04)
        self._stand()
        self._say(len(self._data["epoch"]) - 1 if self._data["epoch"] else None)

    def show_preview(self, preview: DataPreview | None) -> None:
        """Know whether there will be an accuracy before there is one."""
        self._classes = preview is None or bool(preview.classes)
        self._stand()

    def _stand(self) -> None:
        """Show the plots that have something to show, and the rate's on a scale of its own."""
        if not self.plots:
            return
        counted = any(len(items[1].getData()[0]) for _, items in self._others)
        epochs = len(self._data["epoch"])
        has_accuracy = counted or (
            any(not math.isnan(v) for v in self._data["train_accuracy"][-1:]) if epochs else self._classes
        )
        high = highest_rate([self._curves[RATE], *(items[2] for _, items in self._others)])
        for place, there in ((1, has_accuracy), (2, high is not None)):
            if self.plots[place].isHidden() == there:
                self.plots[place].setVisible(there)
        if high is not None and high != self._highest:
            self._highest = high
            self.plots[2].setYRange(0.0, high, padding=0.04)

    def _hover(self, place: QPointF) -> None:
        for plot in self.plots:
            if plot.sceneBoundingRect().contains(place) and plot.underMouse() and self._data["epoch"]:
                epoch = plot.getViewBox().mapSceneToView(place).x()
                row = int(np.argmin(np.abs(np.array(self._data["epoch"]) - epoch)))
                for line in self._cross:
                    line.setPos(self._data["epoch"][row])
                    line.show()
                self._say(row)
                return

    def leaveEvent(self, event: Any) -> None:
        for line in self._cross if self.plots else ():
            line.hide()
        super().leaveEvent(event)

    def _say(self, row: int | None) -> None:
        """Write the values of one epoch over the plots: training / validation."""
        self._legend.setText(
            "" if row is None else epoch_text({name: values[row] for name, values in self._data.items()})
        )


def highest_rate(curves: Iterable[pg.PlotCurveItem]) -> float | None:
    """Return the highest learning rate where any run's changes; None where all stay."""
    rates = [y for curve in curves if (y := curve.getData()[1]) is not None and len(y)]
    high = max((float(np.nanmax(y)) for y in rates), default=0.0)
    return high if any(float(np.ptp(y)) > 1e-9 * high for y in rates) else None


def epoch_text(d: Mapping[str, float]) -> str:
    """Write the values of one epoch: training / validation."""

    def both(kind: str) -> str:
        parts = [number(d[f"train_{kind}"])] + ([] if math.isnan(d[f"val_{kind}"]) else [number(d[f"val_{kind}"])])
        return " / ".join(parts)

    text = f"{tr('epoch')} {int(d['epoch'])} · η {number(d['learning_rate'])} · {tr('loss')} {both('loss')}"
    if not math.isnan(d["train_accuracy"]):
        text += f" · {tr('accuracy')} {both('accuracy')}"
    return text


def loss_range(low: float, high: float, others: Iterable[Any], *, log: bool) -> tuple[float, float]:
    """Return what an axis of losses shows: that of the run, and of all that are drawn beside it."""
    for other in others:
        y = _column(other.records[:: max(1, len(other.records) // POINTS)], "loss")
        y = y[np.isfinite(y)]
        if len(y):
            low, high = (
                min(float(y.min()), low) if low == low else float(y.min()),
                max(float(y.max()), high) if high == high else float(y.max()),
            )
    if low != low:
        return (0.0, 1.0) if not log else (-3.0, 0.0)
    if log:
        return math.floor(math.log10(max(low, 1e-12))), math.log10(theme.nice_limit(max(high, 1e-12)))
    return 0.0, theme.nice_limit(high)
