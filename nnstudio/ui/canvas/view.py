"""The canvas as the student moves on it: zoom, pan, gestures, keys, drops."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QLineF, QPointF, Qt, Signal
from PySide6.QtGui import (
    QAction,
    QContextMenuEvent,
    QCursor,
    QInputDevice,
    QKeyEvent,
    QMouseEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QMenu, QWidget

from nnstudio.document.edits import Disconnect, MoveNodes, RemoveNodes
from nnstudio.document.values import Document, Wire
from nnstudio.ui.canvas.comment import CommentCard
from nnstudio.ui.canvas.gestures import BoxGesture, ConnectGesture, Gesture, MoveGesture, PanGesture, SizeGesture
from nnstudio.ui.canvas.pointing import PointingView
from nnstudio.ui.canvas.scene import GraphScene
from nnstudio.ui.kit.texts import tr

NUDGE, LARGE_NUDGE = 10.0, 50.0
ARROWS = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1)}


class CanvasView(PointingView):
    """Shows the scene and turns mouse and keys into edits through ``propose``."""

    opened = Signal(str)
    # A wire was pulled into the void: node, side, port and place; or something is to be added at a place.
    pressed = Signal()
    # The selected layer is to have a neuron more (1) or less (−1).
    widened = Signal(int)
    offered = Signal(str, str, str, QPointF)
    wanted = Signal(QPointF, str)

    def __init__(
        self, propose: Callable[..., bool], document: Callable[[], Document], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.propose = propose
        self._document = document
        self.more_actions: list[QAction] = []
        self._gesture: Gesture | None = None
        self._sticky = False
        self._nudges = 0
        # While something else walks with the arrow keys they do not move cards.
        self.arrows_move: Callable[[], bool] = lambda: True
        self.remove: Callable[[frozenset[str]], object] = lambda names: self.propose(RemoveNodes(tuple(sorted(names))))
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("Canvas"))

    @property
    def document(self) -> Document:
        """The document that gestures work on."""
        return self._document()

    @property
    def busy(self) -> bool:
        """Whether a gesture is going on."""
        return self._gesture is not None

    # -- mouse --------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus()
        self.pressed.emit()
        pixel = event.position().toPoint()
        place = self.mapToScene(pixel)
        if self._sticky:
            # The second click of click-click: a wire hangs on the mouse.
            self._sticky = False
            if event.button() != Qt.MouseButton.LeftButton:
                self.cancel_gesture()
        elif event.button() == Qt.MouseButton.MiddleButton:
            self._gesture = PanGesture(self, pixel)
        elif event.button() == Qt.MouseButton.LeftButton and self._gesture is None:
            self._gesture = self._begin(place, event.modifiers())
        event.accept()

    def _begin(self, place: QPointF, keys: Qt.KeyboardModifier) -> Gesture | None:
        more = bool(keys & (Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier))
        port = self.graph.port_at(place)
        if port is not None:
            return ConnectGesture(self, *port)
        card = self.graph.card_at(place)
        if card is not None:
            name = card.node.id
            if isinstance(card, CommentCard) and card.at_corner(place) and not more:
                self.graph.select({name})
                return SizeGesture(self, card, place)
            if more:
                self.graph.select(self.graph.selected ^ {name})
            elif name not in self.graph.selected:
                self.graph.select({name})
            return MoveGesture(self, self.graph.selected, place, "" if more else name)
        if not more and self.weigh(place):
            self.graph.select(())
            return None
        wire = self.graph.wire_at(place)
        if wire is not None:
            again = wire == self.graph.selected_wire
            self.graph.select((), wire)
            return self._take_end(wire, place) if again else None
        return BoxGesture(self, place, self.graph.selected if more else frozenset())

    def _take_end(self, wire: Wire, place: QPointF) -> Gesture | None:
        """Take the nearer end of a selected wire off, to put it elsewhere."""
        cards = self.graph.cards
        start, end = (
            cards[wire.source].port_place("out", wire.source_port),
            cards[wire.target].port_place("in", wire.target_port),
        )
        near = QLineF(place, start).length() < QLineF(place, end).length()
        origin = (wire.target, "in", wire.target_port) if near else (wire.source, "out", wire.source_port)
        return ConnectGesture(self, *origin, old=wire)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._gesture is not None:
            pixel = event.position().toPoint()
            self._gesture.move(self.mapToScene(pixel), pixel)
        else:
            self.point_at(self.mapToScene(event.position().toPoint()))
            super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        gesture = self._gesture
        if isinstance(gesture, ConnectGesture) and not gesture.far and event.button() == Qt.MouseButton.LeftButton:
            self._sticky = True
            event.accept()
            return
        self._gesture = None
        if gesture is not None:
            gesture.finish(self.mapToScene(event.position().toPoint()))
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        place = self.mapToScene(event.position().toPoint())
        if self._gesture is not None or self.graph.port_at(place) is not None:
            # The second click of two on a port is no double click on what lies beneath.
            self.cancel_gesture()
            event.accept()
            return
        card = self.graph.card_at(place)
        unit = self.graph.unit_at(place)
        if unit is not None and event.button() == Qt.MouseButton.LeftButton and self.open_neuron(*unit):
            pass
        elif card is not None and event.button() == Qt.MouseButton.LeftButton:
            self.opened.emit(card.node.id)
        elif event.button() == Qt.MouseButton.LeftButton and (comment := self.graph.comment_at(place)) is not None:
            self.opened.emit(comment)
        elif event.button() == Qt.MouseButton.LeftButton:
            self.wanted.emit(self.mapToScene(event.position().toPoint()), "")
        event.accept()

    def wheelEvent(self, event: QWheelEvent) -> None:
        keys = event.modifiers()
        touch = (
            event.phase() != Qt.ScrollPhase.NoScrollPhase or event.device().type() == QInputDevice.DeviceType.TouchPad
        )
        if touch and not keys & Qt.KeyboardModifier.ControlModifier:
            # Two fingers move the canvas; a pinch, or Ctrl, zooms.
            self.pan_by(event.pixelDelta() if not event.pixelDelta().isNull() else event.angleDelta())
        elif keys & Qt.KeyboardModifier.ShiftModifier:
            self.pan_by(event.angleDelta())
        else:
            self.zoom_by(1.0015 ** event.angleDelta().y())
        event.accept()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = self.menu_at(self.mapToScene(event.pos()))
        menu.exec(event.globalPos())
        menu.deleteLater()

    def menu_at(self, place: QPointF) -> QMenu:
        """The menu of a place of the canvas, whose card is selected."""
        card = self.graph.card_at(place)
        if card is not None and card.node.id not in self.graph.selected:
            self.graph.select({card.node.id})
        menu = QMenu(self)
        menu.addAction(tr("Add …"), lambda: self.wanted.emit(place, ""))
        delete = menu.addAction(tr("Delete"), self.delete_selection)
        delete.setEnabled(bool(self.graph.selected or self.graph.selected_wire))
        menu.addAction(tr("Select all"), self.select_all)
        menu.addAction(tr("Fit to window"), self.fit)
        if self.more_actions:
            menu.addSeparator()
            menu.addActions(self.more_actions)
        return menu

    # -- keys ---------------------------------------------------------------------------------

    def gesture_lost(self, document: Document) -> bool:
        """Whether a gesture holds something that a document does not have."""
        return self._gesture is not None and not self._gesture.holds() <= set(document.by_id)

    def cancel_gesture(self) -> bool:
        """Esc: leave the gesture without a trace; returns whether there was one."""
        gesture, self._gesture = self._gesture, None
        self._sticky = False
        if gesture is not None:
            gesture.cancel()
        return gesture is not None

    def delete_selection(self) -> None:
        """Delete what is selected."""
        if self.graph.selected_wire is not None:
            self.propose(Disconnect(self.graph.selected_wire))
        elif self.graph.selected:
            self.remove(self.graph.selected)

    def select_all(self) -> None:
        """Select every card."""
        self.graph.select(self.graph.cards)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            if not self.cancel_gesture():
                self.graph.select(())
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.delete_selection()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and len(self.graph.selected) == 1:
            self.opened.emit(next(iter(self.graph.selected)))
        elif event.key() in ARROWS and self.graph.selected and self.arrows_move():
            self._nudge(ARROWS[Qt.Key(event.key())], event)
        elif event.text() in ("+", "-", "−") and self.graph.selected:
            self.widened.emit(1 if event.text() == "+" else -1)
        elif event.text() in ("a", "A", "/") and not event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier:
            spot = self.viewport().mapFromGlobal(QCursor.pos())
            inside = self.viewport().rect().contains(spot)
            self.wanted.emit(self.mapToScene(spot if inside else self.viewport().rect().center()), "")
        elif event.key() == Qt.Key.Key_Tab:
            self._next_card(1)
        elif event.key() == Qt.Key.Key_Backtab:
            self._next_card(-1)
        else:
            event.ignore()
            return
        event.accept()

    def _nudge(self, way: tuple[int, int], event: QKeyEvent) -> None:
        """Move the selected cards a little; a key held down is one step of undo."""
        if not event.isAutoRepeat():
            self._nudges += 1
        size = LARGE_NUDGE if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else NUDGE
        names = self.graph.selected | self.graph.inside_comments(self.graph.selected)
        here = {name: self.document.by_id[name].position for name in sorted(names)}
        places = tuple((name, (x + way[0] * size, y + way[1] * size)) for name, (x, y) in here.items())
        self.propose(MoveNodes(places), ("nudge", self._nudges))

    def event(self, event: QEvent) -> bool:
        # Tab walks through the cards; Qt would take it to the next widget.
        pressed = isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and bool(self.graph.cards)
        if pressed and isinstance(event, QKeyEvent) and event.key() in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            at_end = self._at_end(1 if event.key() == Qt.Key.Key_Tab else -1)
            if not at_end:
                self.keyPressEvent(event)
                return True
        return super().event(event)

    def _at_end(self, step: int) -> bool:
        order = walked(self.graph)
        return len(self.graph.selected) == 1 and self.graph.selected == {order[-1 if step > 0 else 0]}

    def _next_card(self, step: int) -> None:
        order = walked(self.graph)
        if not order:
            return
        here = next(iter(self.graph.selected), None)
        place = order.index(here) + step if here in order else (0 if step > 0 else -1)
        name = order[place % len(order)]
        self.graph.select({name})
        self.ensureVisible(self.graph.cards[name])


def walked(graph: GraphScene) -> list[str]:
    """Return the cards in the order in which the keys walk through them: from left to right, then down."""
    return sorted(graph.cards, key=lambda name: (graph.cards[name].pos().x(), graph.cards[name].pos().y()))
