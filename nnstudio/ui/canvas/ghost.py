"""The card that would be there: what is dragged from the palette, before it is let go."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsPathItem, QGraphicsSimpleTextItem

from nnstudio.catalog.registry import node_kinds
from nnstudio.ui.canvas.card import WIDTH
from nnstudio.ui.canvas.heading import HEAD, PAD
from nnstudio.ui.kit import theme
from nnstudio.ui.kit.texts import words

GRID, MIDDLE = 10, 20


def corner_at(place: QPointF, side: str = "") -> tuple[float, float]:
    """The corner of a card whose middle is at a place, or its port: of a wire that comes "out" there, or goes "in"."""
    left = place.x() - (0.0 if side == "out" else WIDTH if side == "in" else WIDTH / 2)
    return round(left / GRID) * float(GRID), round((place.y() - MIDDLE) / GRID) * float(GRID)


class Ghost(QGraphicsPathItem):
    """The outline of a card with the name of its kind."""

    def __init__(self) -> None:
        path = QPainterPath()
        path.addRoundedRect(QRectF(0, 0, WIDTH, HEAD), 7, 7)
        super().__init__(path)
        self._name = QGraphicsSimpleTextItem(self)
        font = theme.canvas_font()
        font.setBold(True)
        self._name.setFont(font)
        self._name.setPos(PAD, 10)
        self.setZValue(5)
        self.setOpacity(0.75)
        self.setVisible(False)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)

    def stand_at(self, kind: str, place: QPointF | None) -> None:
        """Stand where a card of a kind would be put by a drop at a place; None takes it away."""
        self.setVisible(place is not None)
        if place is None:
            return
        t, entry = theme.current(), node_kinds().get(kind)
        fill = QColor(t.card)
        fill.setAlphaF(0.85)
        self.setBrush(fill)
        self.setPen(QPen(QColor(t.accent), 1.6, Qt.PenStyle.DashLine))
        self._name.setBrush(QColor(t.text))
        self._name.setText(words(entry.title) if entry is not None else kind)
        self.setPos(*corner_at(place))
