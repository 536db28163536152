"""The ports of a card: dots at its left and right edge."""

from __future__ import annotations

from PySide6.QtCore import QPointF
from PySide6.QtGui import QBrush, QColor, QPen
from PySide6.QtWidgets import QGraphicsEllipseItem, QGraphicsItem

from nnstudio.catalog.entry import Node as Kind
from nnstudio.ui.kit import theme
from nnstudio.ui.kit.texts import words

PORT, APART, AROUND = 5.5, 22.0, 12.0


class Ports:
    """Makes the dots of a kind of node as parts of its card; ``dots`` are by ("in" or "out", port name)."""

    def __init__(self, card: QGraphicsItem, kind: Kind | None) -> None:
        self.dots: dict[tuple[str, str], QGraphicsEllipseItem] = {}
        sides = (("in", kind.inputs), ("out", kind.outputs)) if kind else ()
        for side, ports in sides:
            for port in ports:
                dot = QGraphicsEllipseItem(-PORT, -PORT, 2 * PORT, 2 * PORT, card)
                dot.setZValue(2)
                dot.setToolTip(words(port.title))
                self.dots[side, port.name] = dot
        self.least = APART * max(len(kind.inputs), len(kind.outputs)) + AROUND if kind else APART + AROUND

    def offset(self, side: str, name: str, width: float, height: float) -> QPointF:
        """Where a port is on a card of a size."""
        names = [key[1] for key in self.dots if key[0] == side]
        place = names.index(name) if name in names else 0
        return QPointF(0.0 if side == "in" else width, height * (place + 1) / (max(len(names), 1) + 1))

    def lay_out(self, width: float, height: float) -> None:
        """Put the dots at the edges of a card of a size."""
        for (side, name), dot in self.dots.items():
            dot.setPos(self.offset(side, name, width, height))

    def glow(self, side: str, name: str, color: str | None) -> None:
        """Let a dot shine in a colour, or not."""
        dot, t = self.dots[side, name], theme.current()
        dot.setBrush(QBrush(QColor(color or t.card)))
        dot.setPen(QPen(QColor(color or t.muted), 1.2))
        dot.setScale(1.5 if color else 1.0)

    def restyle(self) -> None:
        """Take the colours of the theme."""
        t = theme.current()
        for dot in self.dots.values():
            dot.setPen(QPen(QColor(t.muted), 1.2))
            dot.setBrush(QBrush(QColor(t.card)))

    def set_visible(self, visible: bool) -> None:
        """Show the dots, or leave them out."""
        for dot in self.dots.values():
            dot.setVisible(visible)
