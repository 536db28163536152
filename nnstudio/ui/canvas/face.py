"""What a card shows beside its words: a few words above it, and of a loss or an optimizer a number with its curve."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen, QPolygonF
from PySide6.QtWidgets import (
    QGraphicsEllipseItem,
    QGraphicsItem,
    QGraphicsPathItem,
    QGraphicsRectItem,
    QGraphicsSimpleTextItem,
    QStyleOptionGraphicsItem,
    QWidget,
)

from nnstudio.ui.kit import theme

WIDE, CURVE, GAP, DOT = 152.0, 30.0, 6.0, 4.0
LARGE = 1.45


class Tag(QGraphicsRectItem):
    """A few words above a card, such as the weights in use."""

    def __init__(self, parent: QGraphicsItem) -> None:
        super().__init__(parent)
        self._width = 0.0
        self.text = QGraphicsSimpleTextItem(self)
        self.setVisible(False)

    def say(self, text: str) -> None:
        """Write other words, or none."""
        self.setVisible(bool(text))
        if text != self.text.text():
            self.text.setText(text)
            box = self.text.boundingRect()
            self.setRect(0, 0, box.width() + 12, box.height() + 4)
            self.text.setPos(6, 2)
            self.centre(self._width)

    def centre(self, width: float) -> None:
        """Stand above the middle of a card so wide."""
        self._width = width
        box = self.text.boundingRect()
        self.setPos((width - box.width() - 12) / 2, -box.height() - 9)

    def restyle(self) -> None:
        """Take the colours of the theme."""
        t = theme.current()
        self.setPen(QPen(QColor(t.now), 1.0))
        self.setBrush(QBrush(QColor(t.panel)))
        self.text.setBrush(QBrush(QColor(t.text)))


class Badge(QGraphicsEllipseItem):
    """An exclamation mark in a disc: something is wrong here."""

    def __init__(self, parent: QGraphicsItem) -> None:
        super().__init__(-9, -9, 18, 18, parent)
        self.setPen(Qt.PenStyle.NoPen)
        self._mark = QGraphicsSimpleTextItem("!", self)
        font = theme.canvas_font()
        font.setBold(True)
        self._mark.setFont(font)
        box = self._mark.boundingRect()
        self._mark.setPos(-box.width() / 2, -box.height() / 2)

    def restyle(self) -> None:
        """Take the colours of the theme."""
        self.setBrush(QBrush(QColor(theme.current().bad)))
        self._mark.setBrush(QBrush(QColor(theme.current().card)))


class Padlock(QGraphicsPathItem):
    """A small padlock: no font is sure to have one."""

    def __init__(self, parent: QGraphicsItem) -> None:
        super().__init__(_padlock(), parent)

    def restyle(self) -> None:
        """Take the colours of the theme."""
        color = QColor(theme.current().muted)
        self.setPen(QPen(color, 1.4))
        self.setBrush(QBrush(color))


def _padlock() -> QPainterPath:
    """A small padlock: no font is sure to have one."""
    path = QPainterPath()
    path.addRoundedRect(QRectF(0, 5, 9, 7), 1.5, 1.5)
    bow = QPainterPath(QPointF(1.8, 5.5))
    bow.lineTo(1.8, 3.2)
    bow.arcTo(QRectF(1.8, 0.6, 5.4, 5.4), 180, -180)
    bow.lineTo(7.2, 5.5)
    bow.lineTo(6.6, 5.5)
    bow.lineTo(6.6, 3.2)
    bow.arcTo(QRectF(2.4, 1.2, 4.2, 4.2), 0, 180)
    bow.lineTo(2.4, 5.5)
    bow.closeSubpath()
    path.addPath(bow)
    return path


class Face(QGraphicsItem):
    """A number in large digits over its curve, with a dot where things stand."""

    def __init__(self, parent: QGraphicsItem) -> None:
        super().__init__(parent)
        self.digits = ""
        self._line, self._dot = QPolygonF(), QPointF()
        self._given: object = None
        self._font = QFont(theme.canvas_font())
        self._font.setPointSizeF(self._font.pointSizeF() * LARGE)
        self._font.setBold(True)
        self._high = QFontMetricsF(self._font).height()

    @property
    def room(self) -> float:
        """How high it is."""
        return self._high + GAP + CURVE + GAP

    def show_number(self, digits: str, curve: Sequence[float], at: float | None) -> None:
        """Show a number, a curve over the width of the card and, ``at`` a share of the way, a dot on it."""
        given = digits, tuple(curve), at
        if given == self._given:
            return
        self._given, self.digits = given, digits
        values = [value for value in curve if math.isfinite(value)]
        low, high = min(values, default=0.0), max(values, default=1.0)
        spread, last = (high - low) or 1.0, max(1, len(values) - 1)
        top = self._high + GAP

        def place(number: int) -> QPointF:
            # What never changes runs through the middle.
            share = (values[number] - low) / spread if high > low else 0.5
            return QPointF(WIDE * number / last, top + CURVE * (1 - share))

        self._line = QPolygonF([place(number) for number in range(len(values))])
        self._dot = place(round(min(max(at, 0.0), 1.0) * (len(values) - 1))) if at is not None and values else QPointF()
        self.update()

    def boundingRect(self) -> QRectF:
        return QRectF(-DOT, 0, WIDE + 2 * DOT, self.room + DOT)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        t = theme.current()
        painter.setFont(self._font)
        painter.setPen(QColor(t.text))
        painter.drawText(QRectF(0, 0, WIDE, self._high), Qt.AlignmentFlag.AlignVCenter, self.digits)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(t.accent), 1.6))
        painter.drawPolyline(self._line)
        if not self._dot.isNull():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(t.now))
            painter.drawEllipse(self._dot, DOT, DOT)
