"""Tiles of the gallery: a picture, a name, a line below."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen, QPixmap, QResizeEvent, QTextLayout, QTextOption
from PySide6.QtWidgets import QPushButton, QWidget

from nnstudio.ui.kit import theme

TALL, PICTURE, GAP, EDGE = 98, 0.43, 10, 7
LEAST_WIDE, MOST_ACROSS = 236, 5
TICK = 19


class Tile(QPushButton):
    """A button with a picture. ``text`` is its title; ``mark`` stands above it in the accent, ``note`` below."""

    def __init__(self, title: str, mark: str = "", note: str = "", *, done: bool = False, share: float = 0.0) -> None:
        super().__init__(title)
        self._mark, self._note, self._done, self._share = mark, note, done, share
        self._picture: QPixmap | None = None
        self.setAccessibleName(" · ".join(part for part in (mark, title, note, "✓" if done else "") if part))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    @property
    def room(self) -> QSize:
        """How large its picture is."""
        return QSize(round(self.width() * PICTURE), self.height() - 2 * EDGE)

    def show_picture(self, picture: QPixmap | None) -> None:
        """Show a picture of the right size."""
        self._picture = picture
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(LEAST_WIDE, round(TALL * theme.text_scale()))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        t = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        lit = self.underMouse() or self.hasFocus()
        painter.setPen(QPen(QColor(t.now if lit else t.border), 2 if lit else 1))
        painter.setBrush(QColor(t.card))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 8, 8)
        room = self.room
        box = QRect(EDGE, EDGE, room.width(), room.height())
        if self._picture is not None:
            painter.drawPixmap(box, self._picture)
        else:
            painter.fillRect(box, QColor(t.canvas))
        self._write(painter, QRect(box.right() + 10, EDGE, self.width() - box.right() - 10 - EDGE, room.height()))
        if self._done:
            self._tick(painter)
        elif self._share > 0:
            bar = QRectF(box.right() + 10, self.height() - 12, self.width() - box.right() - 22, 4)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.mixed(t.now, t.card, 0.25)))
            painter.drawRoundedRect(bar, 2, 2)
            painter.setBrush(QColor(t.now))
            painter.drawRoundedRect(QRectF(bar.left(), bar.top(), bar.width() * self._share, bar.height()), 2, 2)

    def _write(self, painter: QPainter, box: QRect) -> None:
        t = theme.current()
        small = QFont(self.font())
        small.setPointSizeF(small.pointSizeF() * 0.92)
        bold = QFont(self.font())
        bold.setWeight(QFont.Weight.DemiBold)
        y = float(box.top())
        if self._mark:
            painter.setFont(bold)
            painter.setPen(QColor(t.now))
            high = painter.fontMetrics().height()
            painter.drawText(box.left(), round(y) + painter.fontMetrics().ascent(), self._mark)
            y += high
        painter.setFont(small)
        below = painter.fontMetrics().height() + 8 if self._note else 0
        painter.setFont(bold)
        painter.setPen(QColor(t.text))
        lines = max(1, int((box.bottom() - below - y) // painter.fontMetrics().lineSpacing()))
        y = _wrapped(painter, self.text(), box.left(), y, box.width() - (TICK if self._done else 0), lines)
        if self._note:
            painter.setFont(small)
            painter.setPen(QColor(t.muted))
            note = painter.fontMetrics().elidedText(self._note, Qt.TextElideMode.ElideRight, box.width())
            painter.drawText(box.left(), box.bottom() - 7 if self._share else box.bottom() - 2, note)

    def _tick(self, painter: QPainter) -> None:
        t = theme.current()
        place = QPointF(self.width() - EDGE - TICK / 2, EDGE + TICK / 2)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(t.good))
        painter.drawEllipse(place, TICK / 2, TICK / 2)
        painter.setPen(QPen(QColor(t.window), 2))
        painter.drawPolyline([place + QPointF(-4, 0), place + QPointF(-1, 3.5), place + QPointF(4.5, -3.5)])


def _wrapped(painter: QPainter, text: str, left: float, top: float, width: int, most: int) -> float:
    """Write a text in at most so many lines; what does not fit ends in …. Returns where the next line would stand."""
    metrics = painter.fontMetrics()
    layout = QTextLayout(text, painter.font())
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(option)
    layout.beginLayout()
    y, number = top, 0
    while number < most:
        line = layout.createLine()
        if not line.isValid():
            break
        line.setLineWidth(width)
        number += 1
        start, length = line.textStart(), line.textLength()
        said = text[start : start + length].strip()
        if number == most and start + length < len(text):
            said = metrics.elidedText(text[start:], Qt.TextElideMode.ElideRight, width)
        painter.drawText(QPointF(left, y + metrics.ascent()), said)
        y += metrics.lineSpacing()
    layout.endLayout()
    return y


class TileRoom(QWidget):
    """Tiles of equal width beside each other, as many as there is room for; it is as high as they need."""

    def __init__(self, tiles: Sequence[QWidget]) -> None:
        super().__init__()
        self.setObjectName("clear")
        self._tiles = list(tiles)
        for tile in self._tiles:
            tile.setParent(self)
        self.lay()

    def lay(self) -> None:
        """Put the tiles in their places."""
        shown = [tile for tile in self._tiles if not tile.isHidden()]
        across = max(1, min(MOST_ACROSS, (self.width() + GAP) // (LEAST_WIDE + GAP)))
        wide = (self.width() - GAP * (across - 1)) // across
        high = round(TALL * theme.text_scale())
        for place, tile in enumerate(shown):
            row, column = divmod(place, across)
            tile.setGeometry(column * (wide + GAP), row * (high + GAP), wide, high)
        rows = -(-len(shown) // across)
        self.setFixedHeight(max(0, rows * (high + GAP) - GAP))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self.lay()
