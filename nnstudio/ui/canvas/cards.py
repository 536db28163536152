"""The cards and wires of a scene: where they are, and what lies under a place."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtWidgets import QGraphicsScene

from nnstudio.document.values import Wire
from nnstudio.ui.canvas.card import Card
from nnstudio.ui.canvas.comment import CommentCard
from nnstudio.ui.canvas.wire import WireItem

REACH = 12.0
# As far as a window reaches when it is zoomed out to the end.
ROOM = 16_000.0


class CardScene(QGraphicsScene):
    """Holds cards by node and wires by what they connect."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self.setItemIndexMethod(QGraphicsScene.ItemIndexMethod.NoIndex)
        self.cards: dict[str, Card] = {}
        self.wires: dict[Wire, WireItem] = {}
        # Which cell of its strip each unit has that is shown, and how many units there are in all.
        self._shown: dict[str, tuple[dict[int, int], int]] = {}

    def fit_scene(self) -> None:
        """Leave room around the cards to move in; much, for a scene smaller than the window would be put into its
        middle whenever it changes.
        """
        self.setSceneRect(self.content().adjusted(-ROOM, -ROOM, ROOM, ROOM))

    def content(self) -> QRectF:
        """The rectangle around all cards."""
        box = QRectF()
        for card in self.cards.values():
            box = box.united(card.space)
        return box if not box.isNull() else QRectF(-300, -200, 600, 400)

    def route(self, wires: Iterable[Wire]) -> None:
        """Draw wires to where their cards are."""
        for wire in wires:
            source, target = self.cards.get(wire.source), self.cards.get(wire.target)
            if source is not None and target is not None:
                self.wires[wire].lead(
                    source.port_place("out", wire.source_port), target.port_place("in", wire.target_port)
                )

    def wires_of(self, names: Iterable[str]) -> list[Wire]:
        """The wires that touch some cards."""
        touched = set(names)
        return [wire for wire in self.wires if wire.source in touched or wire.target in touched]

    # -- finding ------------------------------------------------------------------------------

    def port_at(self, place: QPointF) -> tuple[str, str, str] | None:
        """Return (node, "in" or "out", port) of the port nearest to a place, within reach."""
        best, found = REACH, None
        for name, card in self.cards.items():
            if not card.sceneBoundingRect().adjusted(-REACH, -REACH, REACH, REACH).contains(place):
                continue
            for side, port in card.ports():
                away = card.port_place(side, port) - place
                distance = (away.x() ** 2 + away.y() ** 2) ** 0.5
                if distance < best:
                    best, found = distance, (name, side, port)
        return found

    def card_at(self, place: QPointF) -> Card | None:
        """Return the card under a place."""
        behind: Card | None = None
        for card in reversed(list(self.cards.values())):
            if isinstance(card, CommentCard):
                behind = behind or (card if card.takes(place) else None)
            elif card.sceneBoundingRect().contains(place):
                return card
        return behind

    def comment_at(self, place: QPointF) -> str | None:
        """The comment whose box is under a place."""
        return next(
            (
                name
                for name, card in reversed(self.cards.items())
                if isinstance(card, CommentCard) and card.sceneBoundingRect().contains(place)
            ),
            None,
        )

    def unit_at(self, place: QPointF) -> tuple[str, int] | None:
        """Return (node, unit) of the cell under a place."""
        card = self.card_at(place)
        cell = card.cell_at(place) if card is not None else None
        if card is None or cell is None:
            return None
        shown, _ = self._shown.get(card.node.id, ({}, 1))
        return next(((card.node.id, unit) for unit, number in shown.items() if number == cell), None)

    def inside_comments(self, names: Iterable[str]) -> frozenset[str]:
        """The cards that lie wholly in some of the comments named."""
        boxes = [
            self.cards[name].sceneBoundingRect() for name in names if isinstance(self.cards.get(name), CommentCard)
        ]
        if not boxes:
            return frozenset()
        return frozenset(
            name for name, card in self.cards.items() if any(box.contains(card.sceneBoundingRect()) for box in boxes)
        )

    def wire_at(self, place: QPointF) -> Wire | None:
        """Return the wire under a place."""
        return next((wire for wire, item in self.wires.items() if item.near(place, 6.0)), None)
