"""How the canvas is looked at: zoom, pan, fitting, two fingers on a touchpad."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QBrush, QColor, QNativeGestureEvent, QPainter, QPixmap, QResizeEvent
from PySide6.QtWidgets import QFrame, QGraphicsView, QWidget

from nnstudio.ui.canvas.inside import InsideNet
from nnstudio.ui.canvas.scene import GraphScene
from nnstudio.ui.kit import theme

MIN_ZOOM, MAX_ZOOM = 0.1, 4.0
SIMPLE_BELOW = 0.5
READABLE = 0.75
# Everything is shown as large as it fits, but no larger.
MOST_FIT, AROUND = 1.6, 24.0
MOST_STRETCHED = 1.8
# A zoom that has not changed for so long is at its end.
ZOOM_RESTS_MS = 130
# The weights of one wire after the other are drawn smoothly again: a frame lies between two of them.
SMOOTH_MS = 16


class LookingView(QGraphicsView):
    """A view on the scene that can be moved and zoomed; ``moved`` comes with every change of what is seen."""

    resized = Signal()
    # It was moved or zoomed, not fitted.
    by_hand = Signal()
    moved = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        # Whether everything is shown, also when there is another room for it; who moves or zooms by hand ends that.
        self.fitted = False
        self.graph = GraphScene(self)
        self.graph.make_inside = InsideNet
        self.setScene(self.graph)
        self.graph.sight = self.seen
        self.moved.connect(self.graph.catch_up)
        self.graph.reshaped.connect(self._fit_again)
        self._zooming = QTimer(self)
        self._zooming.setSingleShot(True)
        self._zooming.setInterval(ZOOM_RESTS_MS)
        self._zooming.timeout.connect(self._rest)
        self._smoothing = QTimer(self)
        self._smoothing.setInterval(SMOOTH_MS)
        self._smoothing.timeout.connect(self._smooth)
        self._settling = QTimer(self)
        self._settling.setSingleShot(True)
        self._settling.setInterval(0)
        self._settling.timeout.connect(self._stand_right)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.MinimalViewportUpdate)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.AnchorUnderMouse)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._dots()
        theme.follow(self.restyle)
        self.viewport().installEventFilter(self)

    def _rest(self) -> None:
        """The zoom is at its end: curves are smooth, words as large as they are to be read."""
        self.graph.simplify(self.zoom < SIMPLE_BELOW, self.zoom)
        self._smoothing.start()

    def _smooth(self) -> None:
        if not self.graph.smooth_one():
            self._smoothing.stop()

    def ease(self) -> None:
        """Draw quickly for a moment: much changes at once."""
        self._smoothing.stop()
        self.graph.draw_roughly()
        self._zooming.start()

    @property
    def zoom(self) -> float:
        """Pixels per unit of the canvas."""
        return self.transform().m11()

    def zoom_by(self, factor: float) -> None:
        """Zoom, within limits, keeping the place under the mouse."""
        self.fitted = False
        factor = min(max(self.zoom * factor, MIN_ZOOM), MAX_ZOOM) / self.zoom
        self.ease()
        self.scale(factor, factor)
        self.graph.simplify(self.zoom < SIMPLE_BELOW)
        self.moved.emit()
        self.by_hand.emit()

    def come_closer(self) -> None:
        """Zoom in until the cards' words can be read, but where everything is in sight and large enough."""
        if self.zoom < (SIMPLE_BELOW if self.fitted else READABLE):
            self.zoom_by(READABLE / self.zoom)

    def keep_in_sight(self, node: str) -> None:
        """Bring a card into the middle when it is not in sight."""
        card = self.graph.cards.get(node)
        seen = self.seen()
        if card is None or seen.contains(card.sceneBoundingRect()):
            return
        lack = (card.rect().height() + AROUND) / max(1.0, seen.height())
        if lack > 1.0:
            self.zoom_by(1 / lack)
        self.centerOn(card)

    def pan_by(self, pixels: QPoint) -> None:
        """Move the canvas under the window."""
        self.fitted = False
        self.horizontalScrollBar().setValue(self.horizontalScrollBar().value() - pixels.x())
        self.verticalScrollBar().setValue(self.verticalScrollBar().value() - pixels.y())
        self.by_hand.emit()

    def fit(self) -> None:
        """Show everything, as large as it fits; from now on, whatever room there is."""
        self.fitted = False
        self._fill_height()
        self.graph.fit_scene()
        self._fit(self.graph.content())
        self.fitted = True

    def _fill_height(self) -> None:
        """Let what is unfolded stand higher where there is room above and below it."""
        for _ in range(3):
            content, room = self.graph.content().adjusted(-AROUND, -AROUND, AROUND, AROUND), self.viewport().size()
            spare = room.height() / max(1, room.width()) * content.width() / max(1.0, content.height())
            stretch = min(max(self.graph.stretch * spare, 1.0), MOST_STRETCHED)
            if abs(stretch - self.graph.stretch) < 0.04:
                return
            self.graph.stretch_to(stretch)

    def _fit_again(self) -> None:
        if self.fitted and self.graph.cards:
            self.fit()

    def fit_selection(self) -> None:
        """Show what is selected, or everything."""
        box = QRectF()
        for name in self.graph.selected:
            box = box.united(self.graph.cards[name].sceneBoundingRect())
        self._fit(box if not box.isNull() else self.graph.content())

    def seen(self) -> QRectF:
        """What of the scene is in sight."""
        return self.mapToScene(self.viewport().rect()).boundingRect()

    def where(self) -> tuple[float, float, float]:
        """The middle of what is seen, and the zoom."""
        middle = self.mapToScene(self.viewport().rect().center())
        return middle.x(), middle.y(), self.zoom

    def go_where(self, x: float, y: float, zoom: float) -> None:
        """Look at a place, at a zoom."""
        self.graph.fit_scene()
        self.resetTransform()
        self.zoom_by(zoom)
        self.centerOn(x, y)
        self.moved.emit()
        # Once more: the zoom came before the place.
        self.by_hand.emit()

    def _fit(self, box: QRectF) -> None:
        box = box.adjusted(-AROUND, -AROUND, AROUND, AROUND)
        self.fitInView(box, Qt.AspectRatioMode.KeepAspectRatio)
        zoom = min(max(self.zoom, MIN_ZOOM), MOST_FIT)
        if zoom != self.zoom:
            self.resetTransform()
            self.scale(zoom, zoom)
            self.centerOn(box.center())
        self.graph.simplify(self.zoom < SIMPLE_BELOW, self.zoom)
        self.moved.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # A filter, because a viewportEvent in Python would hold the interpreter through every paint.
        if (
            event.type() == QEvent.Type.NativeGesture
            and isinstance(event, QNativeGestureEvent)
            and (event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture)
        ):
            self.zoom_by(1.0 + event.value())
            return True
        return False

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        super().scrollContentsBy(dx, dy)
        self.moved.emit()
        if self.fitted:
            # Nobody's hand: Qt moved it, as it does while places around it are laid out. It stands right soon.
            self._settling.start()

    def _stand_right(self) -> None:
        if self.fitted and not self.seen().contains(self.graph.content()):
            self._fit_again()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_again()
        self.resized.emit()

    def restyle(self) -> None:
        """Take the colours of the theme."""
        self._dots()
        self.graph.restyle()
        self.moved.emit()

    def _dots(self) -> None:
        t = theme.current()
        tile = QPixmap(20, 20)
        tile.fill(QColor(t.canvas))
        painter = QPainter(tile)
        painter.fillRect(0, 0, 2, 2, QColor(t.dots))
        painter.end()
        # A tiled brush is drawn by Qt; a drawBackground in Python would cost the trainer at every frame.
        self.setBackgroundBrush(QBrush(tile))
