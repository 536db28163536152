"""Guides while cards are moved: their edges and middles catch on those of the cards that stand still."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPen
from PySide6.QtWidgets import QGraphicsLineItem, QGraphicsScene

from nnstudio.ui.kit import theme

CATCH = 6.0
GRID = 10.0


class Guides:
    """Knows the places to catch on, worked out once when a move begins, and draws at most one line each way."""

    def __init__(self, scene: QGraphicsScene, still: Iterable[QRectF], box: QRectF) -> None:
        self._scene = scene
        boxes = list(still)
        self._across = np.array([x for r in boxes for x in (r.left(), r.center().x(), r.right())])
        self._down = np.array([y for r in boxes for y in (r.top(), r.center().y(), r.bottom())])
        self._boxes = boxes
        self._box = box
        self._lines = (self._line(), self._line())

    def _line(self) -> QGraphicsLineItem:
        line = QGraphicsLineItem()
        line.setPen(QPen(QColor(theme.current().accent), 0, Qt.PenStyle.DashLine))
        line.setZValue(9)
        line.setVisible(False)
        self._scene.addItem(line)
        return line

    def caught(self, step: QPointF) -> QPointF:
        """Return how far the cards go when the mouse went ``step``: to a guide that is near, else to the grid."""
        moved = self._box.translated(step)
        across = self._near(self._across, (moved.left(), moved.center().x(), moved.right()))
        down = self._near(self._down, (moved.top(), moved.center().y(), moved.bottom()))
        x = step.x() + across[0] if across else round((self._box.left() + step.x()) / GRID) * GRID - self._box.left()
        y = step.y() + down[0] if down else round((self._box.top() + step.y()) / GRID) * GRID - self._box.top()
        found = QPointF(x, y)
        self._show(self._box.translated(found), across[1] if across else None, down[1] if down else None)
        return found

    def _near(self, places: np.ndarray, own: tuple[float, ...]) -> tuple[float, float] | None:
        """The way to the nearest guide, and where that is."""
        if not len(places):
            return None
        away = places[None, :] - np.array(own)[:, None]
        row, column = np.unravel_index(np.abs(away).argmin(), away.shape)
        way = float(away[row, column])
        return (way, float(places[column])) if abs(way) <= CATCH else None

    def _show(self, moved: QRectF, x: float | None, y: float | None) -> None:
        upright, level = self._lines
        upright.setVisible(x is not None)
        level.setVisible(y is not None)
        if x is not None:
            ends = [e for r in self._boxes if x in (r.left(), r.center().x(), r.right()) for e in (r.top(), r.bottom())]
            upright.setLine(QLineF(x, min([*ends, moved.top()]) - 10, x, max([*ends, moved.bottom()]) + 10))
        if y is not None:
            ends = [e for r in self._boxes if y in (r.top(), r.center().y(), r.bottom()) for e in (r.left(), r.right())]
            level.setLine(QLineF(min([*ends, moved.left()]) - 10, y, max([*ends, moved.right()]) + 10, y))

    def leave(self) -> None:
        """Take the lines away."""
        for line in self._lines:
            self._scene.removeItem(line)
