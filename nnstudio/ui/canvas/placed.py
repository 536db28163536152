"""Where a card stands on the canvas, and where wires and weights reach it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtWidgets import QGraphicsEllipseItem, QGraphicsRectItem

from nnstudio.catalog.entry import Node as Kind
from nnstudio.catalog.registry import node_kinds
from nnstudio.document.values import Node
from nnstudio.ui.canvas.column import Column
from nnstudio.ui.canvas.gradient_strip import GradientStrip
from nnstudio.ui.canvas.ports import Ports
from nnstudio.ui.canvas.weights import Ends

# Qt keeps the numbers below for kinds of its own (QGraphicsItem::UserType).
USER_TYPE = 65536


class PlacedCard(QGraphicsRectItem):
    """A rectangle with ports and, when it is unfolded, neurons. What is on it else is its subclass's."""

    def __init__(self, node: Node) -> None:
        super().__init__()
        self.node = node
        self.kind: Kind | None = node_kinds().get(node.kind)
        self.setZValue(2)
        self.setPen(Qt.PenStyle.NoPen)
        # Where the document has it, and how far from there it stands for room's sake.
        self.home, self.aside = QPointF(*node.position), QPointF()
        self.column = Column(self)
        self.column.setZValue(1)
        self.gradients = GradientStrip(self)
        self._ports = Ports(self, self.kind)

    def stand(self, home: QPointF, aside: QPointF | None = None) -> None:
        """Stand where the document has the card, or so far aside."""
        self.home, self.aside = home, self.aside if aside is None else aside
        self.setPos(self.home + self.aside)

    @property
    def space(self) -> QRectF:
        """What it takes of the canvas, with what stands below it."""
        return self.sceneBoundingRect().adjusted(0, 0, 0, self.gradients.room)

    @property
    def unfolded(self) -> bool:
        """Whether every neuron is shown."""
        return self.column.units is not None

    def port_place(self, side: str, name: str) -> QPointF:
        """Where a port is on the canvas."""
        return self.pos() + self._ports.offset(side, name, self.rect().width(), self.rect().height())

    def ports(self) -> Mapping[tuple[str, str], QGraphicsEllipseItem]:
        """The dots by ("in" or "out", port name)."""
        return self._ports.dots

    def glow(self, side: str, name: str, color: str | None) -> None:
        """Let a port shine in a colour, or not."""
        self._ports.glow(side, name, color)

    def ends(self, side: str, name: str) -> Ends:
        """Where curves arrive or leave: at the neurons, or at a port."""
        here, frame = self.pos() + self.column.pos(), self.column.frame
        units = self.column.units
        if units is None or units.inside is not None:
            port = self.port_place(side, name)
            spot = np.array([[port.x(), port.y()]])
            return Ends(spot, spot, port=True)
        middles = np.array(frame.middles).reshape(-1, 2) + np.array([here.x(), here.y()])
        way = -1 if side == "in" else 1
        edge = middles.copy()
        edge[:, 0] = here.x() - 2 if side == "in" else here.x() + frame.room[0] + 2
        return Ends(middles + np.array([way * (frame.width / 2 + 1), 0.0]), edge)

    def type(self) -> int:
        """A type of its own, so that a hit can be told from its parts."""
        return USER_TYPE + 1
