"""The canvas as the student moves on it: zoom, pan, gestures, keys, drops."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, Signal
from PySide6.QtGui import (
    QAction,
    QBrush,
    QColor,
    QContextMenuEvent,
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QGraphicsView, QLabel, QMenu, QWidget

from nnstudio.document.edits import Disconnect, Edit, RemoveNodes
from nnstudio.document.values import Document
from nnstudio.ui import theme
from nnstudio.ui.canvas.gestures import BoxGesture, ConnectGesture, Gesture, MoveGesture, PanGesture
from nnstudio.ui.canvas.scene import GraphScene
from nnstudio.ui.texts import tr

MIME = "application/x-nnstudio-kind"
MIN_ZOOM, MAX_ZOOM = 0.1, 4.0
SIMPLE_BELOW = 0.5
READABLE = 0.75


class CanvasView(QGraphicsView):
    """Shows the scene and turns mouse and keys into edits through ``propose``."""

    dropped = Signal(str, QPointF)
    file_dropped = Signal(str)
    opened = Signal(str)
    hovered = Signal(str, int)
    resized = Signal()

    def __init__(self, propose: Callable[[Edit], bool], document: Callable[[], Document], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.graph = GraphScene(self)
        self.setScene(self.graph)
        self.propose = propose
        self._document = document
        self.more_actions: list[QAction] = []
        self._gesture: Gesture | None = None
        self._under = ("", -1)
        self._hint = QLabel(self.viewport())
        self._hint.setObjectName("toast")
        self._hint.hide()
        self.setAcceptDrops(True)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName(tr("Canvas"))
        self.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.MinimalViewportUpdate)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.AnchorUnderMouse)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._dots()

    def _dots(self) -> None:
        t = theme.current()
        tile = QPixmap(20, 20)
        tile.fill(QColor(t.canvas))
        painter = QPainter(tile)
        painter.fillRect(0, 0, 2, 2, QColor(t.dots))
        painter.end()
        # A tiled brush is drawn by Qt; a drawBackground in Python would cost the trainer at every frame.
        self.setBackgroundBrush(QBrush(tile))

    @property
    def document(self) -> Document:
        """The document that gestures work on."""
        return self._document()

    @property
    def busy(self) -> bool:
        """Whether a gesture is going on."""
        return self._gesture is not None

    # -- looking ------------------------------------------------------------------------------

    @property
    def zoom(self) -> float:
        """Pixels per unit of the canvas."""
        return self.transform().m11()

    def zoom_by(self, factor: float) -> None:
        """Zoom, within limits, keeping the place under the mouse."""
        factor = min(max(self.zoom * factor, MIN_ZOOM), MAX_ZOOM) / self.zoom
        self.scale(factor, factor)
        self.graph.simplify(self.zoom < SIMPLE_BELOW)

    def come_closer(self) -> None:
        """Zoom in until the cards' words can be read."""
        if self.zoom < READABLE:
            self.zoom_by(READABLE / self.zoom)

    def keep_in_sight(self, node: str) -> None:
        """Bring a card into the middle when it is not in sight."""
        card = self.graph.cards.get(node)
        seen = self.mapToScene(self.viewport().rect()).boundingRect()
        if card is not None and not seen.contains(card.sceneBoundingRect()):
            self.centerOn(card)

    def pan_by(self, pixels: QPoint) -> None:
        """Move the canvas under the window."""
        self.horizontalScrollBar().setValue(self.horizontalScrollBar().value() - pixels.x())
        self.verticalScrollBar().setValue(self.verticalScrollBar().value() - pixels.y())

    def fit(self) -> None:
        """Show everything, at most at full size."""
        self.graph.fit_scene()
        box = self.graph.content().adjusted(-40, -40, 40, 40)
        self.fitInView(box, Qt.AspectRatioMode.KeepAspectRatio)
        if self.zoom > 1.0:
            self.resetTransform()
            self.centerOn(box.center())
        self.graph.simplify(self.zoom < SIMPLE_BELOW)

    def hint(self, text: str, pixel: QPoint) -> None:
        """Show a word beside the mouse, or take it away."""
        self._hint.setVisible(bool(text))
        if text:
            self._hint.setText(text)
            self._hint.adjustSize()
            spot = pixel + QPoint(16, 18)
            spot.setX(max(4, min(spot.x(), self.viewport().width() - self._hint.width() - 4)))
            spot.setY(max(4, min(spot.y(), self.viewport().height() - self._hint.height() - 4)))
            self._hint.move(spot)
            self._hint.raise_()

    # -- mouse --------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus()
        pixel = event.position().toPoint()
        place = self.mapToScene(pixel)
        if event.button() == Qt.MouseButton.MiddleButton:
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
            if more:
                self.graph.select(self.graph.selected ^ {name})
            elif name not in self.graph.selected:
                self.graph.select({name})
            return MoveGesture(self, self.graph.selected, place)
        wire = self.graph.wire_at(place)
        if wire is not None:
            self.graph.select((), wire)
            return None
        return BoxGesture(self, place, self.graph.selected if more else frozenset())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._gesture is not None:
            pixel = event.position().toPoint()
            self._gesture.move(self.mapToScene(pixel), pixel)
        else:
            under = self.graph.unit_at(self.mapToScene(event.position().toPoint())) or ("", -1)
            if under != self._under:
                self._under = under
                self.hovered.emit(*under)
            super().mouseMoveEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()

    def leaveEvent(self, event: QEvent) -> None:
        if self._under[0]:
            self._under = ("", -1)
            self.hovered.emit(*self._under)
        super().leaveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        gesture, self._gesture = self._gesture, None
        if gesture is not None:
            gesture.finish(self.mapToScene(event.position().toPoint()))
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        card = self.graph.card_at(self.mapToScene(event.position().toPoint()))
        if card is not None and event.button() == Qt.MouseButton.LeftButton:
            self.opened.emit(card.node.id)
        event.accept()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.pan_by(event.angleDelta())
        else:
            self.zoom_by(1.0015 ** event.angleDelta().y())
        event.accept()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        card = self.graph.card_at(self.mapToScene(event.pos()))
        if card is not None and card.node.id not in self.graph.selected:
            self.graph.select({card.node.id})
        menu = QMenu(self)
        delete = menu.addAction(tr("Delete"), self.delete_selection)
        delete.setEnabled(bool(self.graph.selected or self.graph.selected_wire))
        menu.addAction(tr("Select all"), self.select_all)
        menu.addAction(tr("Fit to window"), self.fit)
        if self.more_actions:
            menu.addSeparator()
            menu.addActions(self.more_actions)
        menu.exec(event.globalPos())
        menu.deleteLater()

    # -- keys ---------------------------------------------------------------------------------

    def cancel_gesture(self) -> bool:
        """Esc: leave the gesture without a trace; returns whether there was one."""
        gesture, self._gesture = self._gesture, None
        if gesture is not None:
            gesture.cancel()
        return gesture is not None

    def delete_selection(self) -> None:
        """Delete what is selected."""
        if self.graph.selected_wire is not None:
            self.propose(Disconnect(self.graph.selected_wire))
        elif self.graph.selected:
            self.propose(RemoveNodes(tuple(sorted(self.graph.selected))))

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
        elif event.key() == Qt.Key.Key_Tab:
            self._next_card(1)
        elif event.key() == Qt.Key.Key_Backtab:
            self._next_card(-1)
        else:
            event.ignore()
            return
        event.accept()

    def event(self, event: QEvent) -> bool:
        # Tab walks through the cards; Qt would take it to the next widget.
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and self.graph.cards and (
                event.key() in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab)):
            at_end = self._at_end(1 if event.key() == Qt.Key.Key_Tab else -1)
            if not at_end:
                self.keyPressEvent(event)
                return True
        return super().event(event)

    def _order(self) -> list[str]:
        return sorted(self.graph.cards, key=lambda name: (self.graph.cards[name].pos().x(), self.graph.cards[name].pos().y()))

    def _at_end(self, step: int) -> bool:
        order = self._order()
        return len(self.graph.selected) == 1 and self.graph.selected == {order[-1 if step > 0 else 0]}

    def _next_card(self, step: int) -> None:
        order = self._order()
        if not order:
            return
        here = next(iter(self.graph.selected), None)
        place = order.index(here) + step if here in order else (0 if step > 0 else -1)
        name = order[place % len(order)]
        self.graph.select({name})
        self.ensureVisible(self.graph.cards[name])

    # -- drops --------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasFormat(MIME) or event.mimeData().hasUrls():
            event.acceptProposedAction()
        else:
            event.ignore()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        data = event.mimeData()
        if data.hasFormat(MIME):
            self.dropped.emit(bytes(data.data(MIME).data()).decode("utf-8", "replace"), self.mapToScene(event.position().toPoint()))
        elif data.hasUrls() and data.urls()[0].isLocalFile():
            self.file_dropped.emit(data.urls()[0].toLocalFile())
        event.acceptProposedAction()
