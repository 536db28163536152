"""Draw a curve as a small picture: lines with their names, shaded stretches, or a histogram."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import QApplication

from nnstudio.ui.kit import theme

if TYPE_CHECKING:
    from nnstudio.engine.curves import Curve

WIDTH, HEIGHT = 244, 112
LEFT, RIGHT, TOP, BOTTOM = 40, 8, 14, 18


def draw_curve(curve: Curve) -> QPixmap:
    """Return the picture of a curve, for the screen's scale."""
    t = theme.current()
    ratio = QApplication.primaryScreen().devicePixelRatio() if QApplication.primaryScreen() else 1.0
    pixmap = QPixmap(round(WIDTH * ratio), round(HEIGHT * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(QColor(t.window))
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    font = QFont(QApplication.font())
    font.setPixelSize(10)
    painter.setFont(font)
    low, high, room = _limits(curve)
    box = QRectF(LEFT, TOP, WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM)
    x0, x1 = float(curve.x[0]), float(curve.x[-1])
    span = (x1 - x0) or 1.0

    def place(x: float, y: float) -> QPointF:
        return QPointF(
            box.left() + (x - x0) / span * box.width(),
            box.bottom() - (min(max(y, low), high) - low) / (high - low) * box.height(),
        )

    shade = QColor(t.muted)
    shade.setAlpha(45)
    for start, end in curve.shaded:
        painter.fillRect(QRectF(place(start, high), place(end, low)), shade)
    painter.setPen(QPen(QColor(t.border), 1))
    painter.drawRect(box)
    if low < 0 < high:
        painter.drawLine(place(x0, 0), place(x1, 0))
    if x0 < 0 < x1:
        painter.drawLine(place(0, low), place(0, high))
    if curve.bars:
        step = box.width() / len(curve.x)
        for i, count in enumerate(curve.lines[0][1]):
            top = place(x0, float(count)).y()
            painter.fillRect(
                QRectF(box.left() + i * step, top, max(1.0, step - 1), box.bottom() - top), QColor(t.accent)
            )
    else:
        for color, (_, values) in zip((t.positive, t.negative), curve.lines, strict=False):
            painter.setPen(QPen(QColor(color), 1.6))
            points = [place(float(x), float(y)) for x, y in zip(curve.x, values, strict=True) if np.isfinite(y)]
            painter.drawPolyline(QPolygonF(points))
    _words(painter, curve, low, high, room, box)
    painter.end()
    return pixmap


def _limits(curve: Curve) -> tuple[float, float, float]:
    """The ends of the axis with some room beyond the numbers, and that room."""
    values = np.concatenate([line[np.isfinite(line)] for _, line in curve.lines])
    low, high = (0.0, float(values.max())) if curve.bars else (float(values.min()), float(values.max()))
    # A pole at one end would press the rest flat.
    spread = float(np.quantile(values, 0.98) - np.quantile(values, 0.02)) if not curve.bars else 0.0
    if spread > 0 and high - low > 8 * spread:
        low, high = (
            max(low, float(np.quantile(values, 0.02)) - spread),
            min(high, float(np.quantile(values, 0.98)) + spread),
        )
    if high - low < 1e-12:
        low, high = low - 0.5, high + 0.5
    room = 0.0 if curve.bars else 0.06 * (high - low)
    return low - room, high + room, room


def _words(painter: QPainter, curve: Curve, low: float, high: float, room: float, box: QRectF) -> None:
    t = theme.current()
    flags = Qt.AlignmentFlag
    painter.setPen(QColor(t.muted))
    painter.drawText(QRectF(0, box.top() - 6, LEFT - 4, 12), flags.AlignRight | flags.AlignVCenter, _brief(high - room))
    painter.drawText(
        QRectF(0, box.bottom() - 6, LEFT - 4, 12), flags.AlignRight | flags.AlignVCenter, _brief(low + room)
    )
    painter.drawText(QRectF(box.left(), box.bottom() + 2, 60, 14), flags.AlignLeft, _brief(float(curve.x[0])))
    painter.drawText(QRectF(box.right() - 60, box.bottom() + 2, 60, 14), flags.AlignRight, _brief(float(curve.x[-1])))
    painter.drawText(QRectF(box.center().x() - 30, box.bottom() + 2, 60, 14), flags.AlignHCenter, curve.axis)
    x = box.left()
    for color, (name, _) in zip((t.positive if not curve.bars else t.accent, t.negative), curve.lines, strict=False):
        painter.setPen(QColor(color))
        painter.drawText(QRectF(x, 0, 60, 13), flags.AlignLeft, name)
        x += 26


def _brief(value: float) -> str:
    """A number that fits beside the picture: 0.25, −1.76, 2.4e−6."""
    text = (
        f"{value:.1e}".replace("e-0", "e-").replace("e+0", "e+")
        if value and not 0.001 <= abs(value) < 1e5
        else f"{value:.3g}"
    )
    return text.replace("-", "−")
