"""One class per gesture of the mouse: start, move, finish, cancel; each ends in an edit or in nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt, SignalInstance
from PySide6.QtGui import QBrush, QColor, QPen
from PySide6.QtWidgets import QGraphicsPathItem, QGraphicsRectItem, QWidget

from nnstudio.catalog.registry import CATALOG
from nnstudio.document.edits import Connect, Disconnect, Edit, MoveNodes, SetParam, Together
from nnstudio.document.errors import EditError
from nnstudio.document.text import message
from nnstudio.document.values import Document, Wire
from nnstudio.ui.canvas.comment import CommentCard
from nnstudio.ui.canvas.guides import Guides
from nnstudio.ui.canvas.scene import GraphScene
from nnstudio.ui.canvas.wire import curve
from nnstudio.ui.kit import theme
from nnstudio.ui.kit.texts import words

GRID = 10.0
LEAST = (120.0, 60.0)
CLICK = 4.0


class Canvas(Protocol):
    """What a gesture needs of the view that it is made on."""

    graph: GraphScene
    propose: Callable[..., bool]

    @property
    def document(self) -> Document: ...
    @property
    def offered(self) -> SignalInstance: ...
    def viewport(self) -> QWidget: ...
    def hint(self, text: str, pixel: QPoint) -> None: ...
    def pan_by(self, pixels: QPoint) -> None: ...
    def seen(self) -> QRectF: ...
    def mapFromScene(self, place: QPointF, /) -> QPoint: ...


class Gesture(Protocol):
    """What the view does with the mouse while a button is down."""

    def move(self, place: QPointF, pixel: QPoint) -> None:
        """Follow the mouse."""

    def finish(self, place: QPointF) -> None:
        """The button was let go."""

    def cancel(self) -> None:
        """Esc: leave everything as it was."""

    def holds(self) -> frozenset[str]:
        """The nodes without which it means nothing."""


class PanGesture:
    """Drag the canvas."""

    def __init__(self, view: Canvas, pixel: QPoint) -> None:
        self._view, self._last = view, pixel
        view.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)

    def move(self, place: QPointF, pixel: QPoint) -> None:
        step = pixel - self._last
        self._last = pixel
        self._view.pan_by(step)

    def finish(self, place: QPointF) -> None:
        self._view.viewport().unsetCursor()

    def cancel(self) -> None:
        self._view.viewport().unsetCursor()

    def holds(self) -> frozenset[str]:
        return frozenset()


class MoveGesture:
    """Drag the selected cards, and what lies in selected comments; edges catch on other cards' and on a grid."""

    def __init__(self, view: Canvas, names: frozenset[str], place: QPointF, clicked: str = "") -> None:
        self._view, self._start = view, place
        # A card among others that are selected: a click, unlike a drag, means it alone.
        self._clicked = clicked
        cards = view.graph.cards
        names = names | view.graph.inside_comments(names)
        self._from = {name: cards[name].pos() for name in names}
        self._wires = view.graph.wires_of(names)
        self._moved = False
        self._guides: Guides | None = None

    def _make_guides(self) -> Guides:
        cards = self._view.graph.cards
        box = QRectF()
        for name in self._from:
            box = box.united(cards[name].sceneBoundingRect())
        seen = self._view.seen()
        still = (card.sceneBoundingRect() for name, card in cards.items() if name not in self._from)
        return Guides(self._view.graph, [r for r in still if r.intersects(seen)], box)

    def move(self, place: QPointF, pixel: QPoint) -> None:
        step = place - self._start
        if not self._moved and step.manhattanLength() < 4:
            return
        self._moved = True
        if self._guides is None:
            self._guides = self._make_guides()
        step = self._guides.caught(step)
        for name, origin in self._from.items():
            self._view.graph.cards[name].setPos(origin + step)
        self._view.graph.route(self._wires)

    def finish(self, place: QPointF) -> None:
        if self._guides is not None:
            self._guides.leave()
            self._guides = None
        if not self._moved:
            if self._clicked:
                self._view.graph.select({self._clicked})
            return
        cards = self._view.graph.cards
        # Where it stands aside for room's sake is no part of the document.
        goals = {name: cards[name].home + cards[name].pos() - start for name, start in self._from.items()}
        places = tuple((name, (goal.x(), goal.y())) for name, goal in goals.items())
        if not self._view.propose(MoveNodes(places)):
            self.cancel()

    def cancel(self) -> None:
        if self._guides is not None:
            self._guides.leave()
            self._guides = None
        for name, origin in self._from.items():
            if name in self._view.graph.cards:
                self._view.graph.cards[name].setPos(origin)
        self._view.graph.route(self._wires)

    def holds(self) -> frozenset[str]:
        return frozenset(self._from)


class SizeGesture:
    """Drag the corner of a comment."""

    def __init__(self, view: Canvas, card: CommentCard, place: QPointF) -> None:
        self._view, self._card, self._start = view, card, place
        self._from = card.size
        self._goal = card.size

    def move(self, place: QPointF, pixel: QPoint) -> None:
        step = place - self._start
        self._goal = (
            max(LEAST[0], round((self._from[0] + step.x()) / GRID) * GRID),
            max(LEAST[1], round((self._from[1] + step.y()) / GRID) * GRID),
        )
        self._card.resize(*self._goal)

    def finish(self, place: QPointF) -> None:
        name = self._card.node.id
        if self._goal != self._from:
            edits = (SetParam(name, ("width",), int(self._goal[0])), SetParam(name, ("height",), int(self._goal[1])))
            if not self._view.propose(Together(edits, message("edit.size"))):
                self.cancel()

    def cancel(self) -> None:
        self._card.resize(*self._from)

    def holds(self) -> frozenset[str]:
        return frozenset({self._card.node.id})


class BoxGesture:
    """Draw a box around cards to select them."""

    def __init__(self, view: Canvas, place: QPointF, keep: frozenset[str]) -> None:
        self._view, self._start, self._keep = view, place, keep
        self._box = QGraphicsRectItem()
        color = QColor(theme.current().accent)
        self._box.setPen(QPen(color, 0))
        color.setAlpha(40)
        self._box.setBrush(QBrush(color))
        self._box.setZValue(10)
        view.graph.addItem(self._box)
        view.graph.select(keep)

    def move(self, place: QPointF, pixel: QPoint) -> None:
        box = QRectF(self._start, place).normalized()
        self._box.setRect(box)
        inside = {name for name, card in self._view.graph.cards.items() if box.intersects(card.sceneBoundingRect())}
        self._view.graph.select(self._keep | inside)

    def finish(self, place: QPointF) -> None:
        self._view.graph.removeItem(self._box)

    def cancel(self) -> None:
        self._view.graph.removeItem(self._box)
        self._view.graph.select(self._keep)

    def holds(self) -> frozenset[str]:
        return frozenset()


class ConnectGesture:
    """Pull a wire from a port; ports where it may land glow, others say why not. Let go where it began, it stays on the
    mouse until the next click.

    ``old`` is a wire whose one end is taken off; without it, pulling at a taken input takes that wire's end along.
    """

    def __init__(self, view: Canvas, node: str, side: str, port: str, old: Wire | None = None) -> None:
        self._view = view
        self._from = (node, side, port)
        self._old: Wire | None = old
        # Where the pulled end is: for an end that was taken off, not where the mouse is.
        self._begun: QPoint | None = (
            None if old is not None else view.mapFromScene(view.graph.cards[node].port_place(side, port))
        )
        self.far = False
        if old is not None:
            view.graph.wires[old].setVisible(False)
        elif side == "in":
            self._old = self._taken(node, port)
            if self._old is not None:
                # Pulling at a taken input takes the wire's end along.
                self._from = (self._old.source, "out", self._old.source_port)
                view.graph.wires[self._old].setVisible(False)
        self._line = QGraphicsPathItem()
        self._line.setPen(QPen(QColor(theme.current().accent), 2, Qt.PenStyle.DashLine))
        self._line.setZValue(3)
        view.graph.addItem(self._line)
        self._glow()

    def _taken(self, node: str, port: str) -> Wire | None:
        kind = CATALOG.node_kind(self._view.document.by_id[node].kind)
        single = kind is not None and any(p.name == port and not p.many for p in kind.inputs)
        wires = self._view.document.wires_into[node]
        return next((wire for wire in wires if wire.target_port == port), None) if single else None

    def _edit(self, node: str, side: str, port: str) -> Edit | None:
        """The edit that landing on a port would make; None on the same side or where the wire was.

        Landing on a taken input replaces its wire, as one step of undo.
        """
        origin, origin_side, origin_port = self._from
        if side == origin_side:
            return None
        out, into = (
            ((origin, origin_port), (node, port)) if origin_side == "out" else ((node, port), (origin, origin_port))
        )
        wire = Wire(*out, *into)
        taken = self._taken(*into)
        if wire in (self._old, taken):
            # It is there already.
            return None
        connect = Connect(wire)
        away = [Disconnect(old) for old in dict.fromkeys((self._old, taken)) if old is not None]
        return Together((*away, connect), connect.label) if away else connect

    def _refusal(self, edit: Edit) -> EditError | None:
        try:
            edit.apply(self._view.document, CATALOG)
        except EditError as error:
            return error
        return None

    def _glow(self) -> None:
        for name, card in self._view.graph.cards.items():
            for side, port in card.ports():
                edit = self._edit(name, side, port)
                if edit is not None and self._refusal(edit) is None:
                    card.glow(side, port, theme.current().good)

    def _dull(self) -> None:
        for card in self._view.graph.cards.values():
            for side, port in card.ports():
                card.glow(side, port, None)

    def _target(self, place: QPointF) -> tuple[str, str, str] | None:
        """The port at a place; on a card's body the first one that may be landed on."""
        found = self._view.graph.port_at(place)
        card = self._view.graph.card_at(place) if found is None else None
        if found is not None or card is None or card.node.id == self._from[0]:
            return found
        for side, port in card.ports():
            edit = self._edit(card.node.id, side, port)
            if edit is not None and self._refusal(edit) is None:
                return card.node.id, side, port
        return next(((card.node.id, side, port) for side, port in card.ports() if side != self._from[1]), None)

    def move(self, place: QPointF, pixel: QPoint) -> None:
        self._begun = self._begun or pixel
        self.far = self.far or (pixel - self._begun).manhattanLength() > CLICK
        node, side, port = self._from
        start = self._view.graph.cards[node].port_place(side, port)
        self._line.setPath(curve(start, place) if side == "out" else curve(place, start))
        found = self._target(place)
        edit = self._edit(*found) if found else None
        error = self._refusal(edit) if edit is not None else None
        self._view.hint(words(error.message) if error is not None else "", pixel)

    def finish(self, place: QPointF) -> None:
        self._end()
        found = self._target(place)
        if found is None:
            if self._old is not None:
                self._view.propose(Disconnect(self._old))
            else:
                self._view.offered.emit(*self._from, place)
            return
        edit = self._edit(*found)
        if edit is not None:
            self._view.propose(edit)

    def cancel(self) -> None:
        self._end()

    def _end(self) -> None:
        self._dull()
        self._view.hint("", QPoint())
        self._view.graph.removeItem(self._line)
        if self._old is not None and self._old in self._view.graph.wires:
            self._view.graph.wires[self._old].setVisible(True)

    def holds(self) -> frozenset[str]:
        return frozenset({self._from[0], *((self._old.source, self._old.target) if self._old is not None else ())})
