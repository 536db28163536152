"""Parallel coordinates: an upright axis for every setting, one line across them for every trial, coloured by what came
out (Inselberg, 1985).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from nnstudio.document.numbers import few
from nnstudio.ui.kit import theme
from nnstudio.ui.kit.plain import tip
from nnstudio.ui.kit.texts import tr

# How near a click has to be to a line, in pixels; of more lines than this only the best are drawn.
REACH, MOST = 8.0, 1000
# More lines than this have no smooth edges: they would take a second to be drawn.
SMOOTH = 150
# From so many times as large on a measure is drawn by its power of ten.
POWERS = 50.0


@dataclass(frozen=True)
class Axis:
    """An upright axis: between two ends, by powers of ten where ``log``, or with a place for each of ``values``."""

    key: str
    title: str
    low: float = 0.0
    high: float = 1.0
    log: bool = False
    values: tuple[tuple[Any, str], ...] = ()

    def place(self, value: Any) -> float | None:
        """Where a value lies, from 0 at the foot to 1; None where it is none of this axis."""
        if self.values:
            known = [one for one, _ in self.values]
            return (known.index(value) + 0.5) / len(known) if value in known else None
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            return None
        low, high = (math.log(self.low), math.log(self.high)) if self.log else (self.low, self.high)
        if self.log and value <= 0:
            return None
        where = math.log(value) if self.log else float(value)
        return min(1.0, max(0.0, (where - low) / (high - low))) if high > low else 0.5


@dataclass(frozen=True)
class Line:
    """A trial: its number, how good it is from 0 to 1, and its values by the keys of the axes."""

    number: int
    good: float
    values: Mapping[str, Any]


def measured(key: str, title: str, values: Sequence[float]) -> Axis:
    """The axis of a measure, which reaches from the least to the greatest."""
    low, high = min(values), max(values)
    return Axis(key, title, low, high, log=low > 0 and high / low > POWERS)


class Parallel(QWidget):
    """The picture; a click on a line chooses its trial."""

    picked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._axes: tuple[Axis, ...] = ()
        self._lines: list[tuple[Line, QPolygonF]] = []
        self._given: tuple[Line, ...] = ()
        self._best = self._chosen = -1
        self.setAccessibleName(tr("Parallel coordinates"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.follow(self._place)

    def minimumSizeHint(self) -> QSize:
        return QSize(240, 120)

    @property
    def drawn(self) -> int:
        """How many lines there are."""
        return len(self._lines)

    def show_lines(self, axes: Sequence[Axis], lines: Sequence[Line], best: int) -> None:
        """Draw these lines, the ``best`` one above all."""
        self._axes, self._best = tuple(axes), best
        self._given = tuple(sorted(sorted(lines, key=lambda one: -one.good)[:MOST], key=lambda one: one.good))
        self._place()

    def choose(self, number: int) -> None:
        """Draw one trial's line above the others."""
        self._chosen = number
        self.update()

    # -- places -------------------------------------------------------------------------------

    def _inner(self) -> QRectF:
        line = QFontMetricsF(self.font()).height()
        return QRectF(self.rect()).adjusted(8, 2 * line + 10, -8, -line - 8)

    def _across(self, number: int) -> float:
        inner, count = self._inner(), max(1, len(self._axes))
        return inner.left() + inner.width() * (number + 0.5) / count

    def _place(self) -> None:
        inner = self._inner()
        self._lines = []
        for line in self._given:
            points = QPolygonF()
            for number, axis in enumerate(self._axes):
                place = axis.place(line.values.get(axis.key))
                if place is None:
                    break
                points.append(QPointF(self._across(number), inner.bottom() - place * inner.height()))
            else:
                self._lines.append((line, points))
        self.update()

    def resizeEvent(self, event: Any) -> None:
        super().resizeEvent(event)
        self._place()

    # -- drawn --------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        t, painter = theme.current(), QPainter(self)
        painter.fillRect(self.rect(), QColor(t.panel))
        poor, well = QColor(t.muted), QColor(t.accent)
        poor.setAlpha(60)
        smooth = len(self._lines) <= SMOOTH
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, smooth)
        for line, points in self._lines:
            painter.setPen(QPen(_between(poor, well, line.good), 1.2 if smooth else 1.0))
            painter.drawPolyline(points)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        for number, color in ((self._best, t.good), (self._chosen, t.now)):
            for line, points in self._lines:
                if line.number == number:
                    painter.setPen(QPen(QColor(color), 3.0))
                    painter.drawPolyline(points)
        for number, axis in enumerate(self._axes):
            self._draw_axis(painter, number, axis)

    def _draw_axis(self, painter: QPainter, number: int, axis: Axis) -> None:
        t, inner, x = theme.current(), self._inner(), self._across(number)
        wide, metrics = inner.width() / max(1, len(self._axes)) - 8, QFontMetricsF(self.font())
        line = metrics.height()
        painter.setPen(QPen(QColor(t.border), 1.5))
        painter.drawLine(QPointF(x, inner.top()), QPointF(x, inner.bottom()))

        def write(text: str, y: float, color: str, ground: bool = False) -> None:
            shown = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, wide)
            room = QRectF(x - wide / 2, y, wide, line)
            if ground:
                # Lines go behind it.
                under, size = QColor(t.panel), metrics.horizontalAdvance(shown) + 6
                under.setAlpha(210)
                painter.fillRect(QRectF(x - size / 2, y, size, line), under)
            painter.setPen(QColor(color))
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter, shown)

        write(axis.title, inner.top() - 2 * line - 6, t.text)
        if not axis.values:
            for end, y in ((axis.high, inner.top() - line - 3), (axis.low, inner.bottom() + 3)):
                write(str(end) if isinstance(end, int) else few(end), y, t.muted)
            return
        every = max(1, math.ceil(line * len(axis.values) / max(1.0, inner.height())))
        for place, (value, title) in enumerate(axis.values):
            if place % every == 0:
                where = axis.place(value) or 0.0
                write(title, inner.bottom() - where * inner.height() - line / 2, t.muted, ground=True)

    # -- the hand -----------------------------------------------------------------------------

    def nearest(self, point: QPointF) -> int:
        """The trial whose line passes at a point; -1 where none does. Of several the best one."""
        found, least = -1, REACH
        for line, points in reversed(self._lines):
            for first, second in zip(points.toList(), points.toList()[1:], strict=False):
                if not first.x() <= point.x() <= second.x():
                    continue
                wide, high = max(1e-9, second.x() - first.x()), second.y() - first.y()
                beside = point.y() - (first.y() + (point.x() - first.x()) / wide * high)
                # Straight to the line, however steep it is.
                off = abs(beside) * wide / math.hypot(wide, high)
                if off < least:
                    found, least = line.number, off
        return found

    def mousePressEvent(self, event: QMouseEvent) -> None:
        number = self.nearest(event.position())
        if event.button() == Qt.MouseButton.LeftButton and number >= 0:
            self.picked.emit(number)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and self._axes:
            place = min(range(len(self._axes)), key=lambda one: abs(self._across(one) - event.pos().x()))
            QToolTip.showText(event.globalPos(), tip(self._axes[place].title), self)
            return True
        return super().event(event)


def _between(first: QColor, second: QColor, share: float) -> QColor:
    share = min(1.0, max(0.0, share))
    mixed = QColor.fromRgbF(
        first.redF() + share * (second.redF() - first.redF()),
        first.greenF() + share * (second.greenF() - first.greenF()),
        first.blueF() + share * (second.blueF() - first.blueF()),
    )
    mixed.setAlphaF(first.alphaF() + share * (second.alphaF() - first.alphaF()))
    return mixed
