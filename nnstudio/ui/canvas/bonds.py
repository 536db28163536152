"""Arcs between cards that share one set of weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsPathItem, QGraphicsScene

from nnstudio.catalog.training import SHARES
from nnstudio.document.served import SEPARATOR
from nnstudio.ui.kit import theme

if TYPE_CHECKING:
    from nnstudio.ui.canvas.card import Card

# How far an arc rises above the higher card, at least, and for each pixel between the two.
RISE, SWING, HIGHEST = 26.0, 0.12, 90.0


class Arc(QGraphicsPathItem):
    """A broken line above two cards; nothing can be done with it."""

    def __init__(self) -> None:
        super().__init__()
        self.setZValue(0.5)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.restyle()

    def restyle(self) -> None:
        """Take the colour of the theme."""
        pen = QPen(QColor(theme.current().accent), 1.6, Qt.PenStyle.DashLine)
        pen.setCosmetic(True)
        self.setPen(pen)

    def lead(self, start: QPointF, end: QPointF) -> None:
        """Go from the top of one card to that of another."""
        up = min(start.y(), end.y()) - min(HIGHEST, RISE + SWING * abs(end.x() - start.x()))
        path = QPainterPath(start)
        path.cubicTo(QPointF(start.x(), up), QPointF(end.x(), up), end)
        self.setPath(path)

    def shape(self) -> QPainterPath:
        """Nothing, so that what lies under it is clicked."""
        return QPainterPath()


class Bonds:
    """The arcs of a scene, by the layer that uses another's weights."""

    def __init__(self, scene: QGraphicsScene) -> None:
        self._scene = scene
        self.arcs: dict[str, Arc] = {}
        self._pairs: dict[str, str] = {}

    def tie(self, cards: Mapping[str, Card]) -> None:
        """Bind every layer to the one whose weights it uses, or to the group in which that stands."""
        pairs = {name: owner for name, card in cards.items() if (owner := _shown_owner(card, cards)) is not None}
        for name in [name for name in self.arcs if name not in pairs]:
            self._scene.removeItem(self.arcs.pop(name))
        for name in pairs:
            if name not in self.arcs:
                self.arcs[name] = Arc()
                self._scene.addItem(self.arcs[name])
        self._pairs = pairs
        self.lead(cards)

    def lead(self, cards: Mapping[str, Card]) -> None:
        """Lead the arcs to where the cards are now."""
        for name, owner in self._pairs.items():
            if name in cards and owner in cards:
                self.arcs[name].lead(_top(cards[owner]), _top(cards[name]))

    def restyle(self) -> None:
        """Take the colours of the theme."""
        for arc in self.arcs.values():
            arc.restyle()


def _shown_owner(card: Card, cards: Mapping[str, Card]) -> str | None:
    named = card.node.params.get(SHARES)
    if not named:
        return None
    from nnstudio.compile.sharing import owner_of

    owner = owner_of(card.node, cards)
    parts = str(named[0]).split(SEPARATOR)
    return owner or next((part for part in parts if part in cards and part != card.node.id), None)


def _top(card: Card) -> QPointF:
    box = card.space
    return QPointF(box.center().x(), box.top())
