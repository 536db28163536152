"""The picture of a lesson: numbers that came out of it, drawn in the colours of the theme.

A lesson's file says the numbers (``document.steps.Plan.picture``); what it says that cannot be drawn is left out.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPixmap, QPolygonF

from nnstudio.ui.kit import theme

AROUND, RATIO = 9.0, 2.0
Rows = list[np.ndarray]


def lesson_picture(picture: Mapping[str, Any], width: int, height: int) -> QPixmap | None:
    """Draw a lesson's picture; None where there is nothing to draw."""
    draw = _KINDS.get(str(picture.get("kind", "")))
    rows = [np.asarray(row, dtype=float) for row in picture.get("rows", ()) if len(row)]
    if draw is None or not (rows or picture.get("points")):
        return None
    found = QPixmap(round(width * RATIO), round(height * RATIO))
    found.setDevicePixelRatio(RATIO)
    found.fill(QColor(theme.current().canvas))
    painter = QPainter(found)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    try:
        draw(painter, QRectF(0, 0, width, height), rows, picture)
    except (ValueError, IndexError, TypeError):
        return None
    finally:
        painter.end()
    return found


def line_colors() -> tuple[QColor, ...]:
    """The colours of lines, in order."""
    t = theme.current()
    return tuple(QColor(name) for name in (t.positive, t.negative, t.good, t.now, t.muted))


def _image(rows: Rows) -> QImage:
    array = np.vstack(rows)
    limit = max(float(np.abs(array).max()), 1e-9)
    places = np.clip(array / limit * 127.5 + 127.5, 0, 255).astype(int)
    pixels = np.ascontiguousarray(theme.color_table()[places])
    height, width, _ = pixels.shape
    return QImage(pixels.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def _map(painter: QPainter, box: QRectF, rows: Rows, picture: Mapping[str, Any]) -> None:
    painter.drawImage(box, _image(rows))
    for point in picture.get("points", ()):
        painter.setPen(QPen(QColor(theme.current().card), 0.8))
        painter.setBrush(QColor(theme.CLASSES[int(point[2]) % len(theme.CLASSES)]))
        painter.drawEllipse(
            QPointF(box.left() + point[0] * box.width(), box.bottom() - point[1] * box.height()), 2.2, 2.2
        )


def _lines(painter: QPainter, box: QRectF, rows: Rows, picture: Mapping[str, Any]) -> None:
    box = box.adjusted(AROUND, AROUND, -AROUND, -AROUND)
    low, high = min(float(row.min()) for row in rows), max(float(row.max()) for row in rows)
    longest = max(len(row) for row in rows)
    colors = line_colors()
    for number, row in enumerate(rows):
        across = np.linspace(0, 1, len(row)) * (len(row) - 1) / max(1, longest - 1)
        up = (row - low) / ((high - low) or 1.0)
        points = [
            QPointF(box.left() + x * box.width(), box.bottom() - y * box.height())
            for x, y in zip(across, up, strict=True)
        ]
        painter.setPen(QPen(colors[number % len(colors)], 1.8))
        painter.drawPolyline(QPolygonF(points))


def _bars(painter: QPainter, box: QRectF, rows: Rows, picture: Mapping[str, Any]) -> None:
    box = box.adjusted(AROUND, AROUND, -AROUND, -AROUND)
    row = rows[0]
    limit, step = max(float(np.abs(row).max()), 1e-9), box.width() / len(row)
    t = theme.current()
    painter.setPen(Qt.PenStyle.NoPen)
    below = any(value < 0 for value in row)
    floor = box.center().y() if below else box.bottom()
    room = box.height() / 2 if below else box.height()
    for place, value in enumerate(row):
        high = abs(value) / limit * room
        painter.setBrush(QColor(t.positive if value >= 0 else t.negative))
        top = floor - high if value >= 0 else floor
        painter.drawRoundedRect(QRectF(box.left() + (place + 0.2) * step, top, step * 0.6, max(high, 1.0)), 2, 2)


def _matrix(painter: QPainter, box: QRectF, rows: Rows, picture: Mapping[str, Any]) -> None:
    side = min((box.width() - 2 * AROUND) / len(rows[0]), (box.height() - 2 * AROUND) / len(rows))
    left = box.center().x() - side * len(rows[0]) / 2
    top = box.center().y() - side * len(rows) / 2
    limit = max(max(float(np.abs(row).max()) for row in rows), 1e-9)
    gap = 1.0 if side > 6 else 0.0
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    for y, row in enumerate(rows):
        for x, value in enumerate(row):
            painter.setBrush(theme.color_of(float(value), limit))
            painter.drawRect(QRectF(left + x * side, top + y * side, side - gap + 0.4, side - gap + 0.4))


def _net(painter: QPainter, box: QRectF, rows: Rows, picture: Mapping[str, Any]) -> None:
    t = theme.current()
    limit = max(max(float(np.abs(row).max()) for row in rows), 1e-9)
    most = max(len(row) for row in rows)
    radius = min(11.0, (box.height() - AROUND) / (2.6 * most))
    columns = []
    for number, row in enumerate(rows):
        x = box.left() + AROUND + radius + (box.width() - 2 * (AROUND + radius)) * number / max(1, len(rows) - 1)
        pitch = (box.height() - AROUND) / (len(row) + 0.4)
        columns.append([QPointF(x, box.center().y() + (k - (len(row) - 1) / 2) * pitch) for k in range(len(row))])
    painter.setPen(QPen(QColor(theme.mixed(t.positive, t.canvas, 0.45)), 1.2))
    for left, right in itertools.pairwise(columns):
        for a in left:
            for b in right:
                painter.drawLine(a, b)
    for row, column in zip(rows, columns, strict=True):
        for value, place in zip(row, column, strict=True):
            painter.setPen(QPen(QColor(t.positive), 1.3))
            painter.setBrush(theme.color_of(float(value), limit))
            painter.drawEllipse(place, radius, radius)


def _graph(painter: QPainter, box: QRectF, rows: Rows, picture: Mapping[str, Any]) -> None:
    box = box.adjusted(AROUND, AROUND, -AROUND, -AROUND)
    points = [
        (QPointF(box.left() + x * box.width(), box.bottom() - y * box.height()), int(kind))
        for x, y, kind in picture["points"]
    ]
    painter.setPen(QPen(QColor(theme.mixed(theme.current().muted, theme.current().canvas, 0.5)), 0.8))
    for a, b in picture.get("edges", ()):
        painter.drawLine(points[int(a)][0], points[int(b)][0])
    painter.setPen(Qt.PenStyle.NoPen)
    for place, kind in points:
        painter.setBrush(QColor(theme.CLASSES[kind % len(theme.CLASSES)]))
        painter.drawEllipse(place, 3.6, 3.6)


def _path(painter: QPainter, box: QRectF, rows: Rows, picture: Mapping[str, Any]) -> None:
    """Ways of two numbers, each row x, y, x, y …, over the rings of a valley."""
    t = theme.current()
    painter.setPen(QPen(QColor(theme.mixed(t.muted, t.canvas, 0.4)), 0.9))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for ring in range(1, 6):
        painter.drawEllipse(box.center(), box.width() * 0.11 * ring, box.height() * 0.09 * ring)
    limit = max(max(float(np.abs(row[0::2]).max()), float(np.abs(row[1::2]).max())) for row in rows)
    colors = line_colors()
    for number, row in enumerate(rows):
        # The flat direction lies along the picture.
        points = [
            QPointF(
                box.center().x() + y / limit * box.width() * 0.42, box.center().y() - x / limit * box.height() * 0.4
            )
            for x, y in zip(row[0::2], row[1::2], strict=True)
        ]
        painter.setPen(QPen(colors[(number + 1) % len(colors)], 1.6))
        painter.drawPolyline(QPolygonF(points))


_KINDS: Mapping[str, Callable[[QPainter, QRectF, Rows, Mapping[str, Any]], None]] = {
    "map": _map,
    "lines": _lines,
    "bars": _bars,
    "matrix": _matrix,
    "net": _net,
    "graph": _graph,
    "path": _path,
}
