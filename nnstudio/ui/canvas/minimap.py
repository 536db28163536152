"""A small map of a network that is larger than the window: where one is, and a way to elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QWidget

from nnstudio.ui.canvas.comment import CommentCard
from nnstudio.ui.kit import theme
from nnstudio.ui.kit.texts import tr

if TYPE_CHECKING:
    from nnstudio.ui.canvas.view import CanvasView

WIDE, TALL, MARGIN = 180, 110, 10
DRAW_MS = 120


class MiniMap(QWidget):
    """Lies in a corner of the canvas, and only while not everything is in sight."""

    # It has come, or gone.
    shown = Signal()

    def __init__(self, view: CanvasView) -> None:
        super().__init__(view)
        self._view = view
        self._wanted = True
        self._picture = QPixmap()
        self._box = QRectF()
        self.setFixedSize(WIDE, TALL)
        self.setAccessibleName(tr("Map of the network"))
        self.setToolTip(tr("Click or drag to look elsewhere"))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.hide()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DRAW_MS)
        self._timer.timeout.connect(self.draw)
        view.moved.connect(self._later)
        view.resized.connect(self._later)
        theme.follow(self.draw)

    def want(self, wanted: bool) -> None:
        """Show the map where it is needed, or never."""
        self._wanted = wanted
        self.draw()

    def _later(self) -> None:
        # Newest only: while the canvas moves the map follows at its own pace.
        if not self._timer.isActive():
            self._timer.start()

    def follow(self) -> None:
        """The network changed."""
        self._later()

    def draw(self) -> None:
        """Draw cards as blocks; the window's part is drawn over them when painted."""
        content = self._view.graph.content()
        seen = self._seen()
        roomy = self._view.width() > 3 * WIDE and self._view.height() > 3 * TALL
        needed = self._wanted and roomy and bool(self._view.graph.cards) and not seen.contains(content)
        if needed == self.isHidden():
            self.setVisible(needed)
            self.shown.emit()
        if not needed:
            return
        self.move(self._view.width() - WIDE - MARGIN, self._view.height() - TALL - MARGIN)
        self._box = content.adjusted(-60, -60, 60, 60)
        t = theme.current()
        ratio = self.devicePixelRatioF()
        picture = QPixmap(int(WIDE * ratio), int(TALL * ratio))
        picture.setDevicePixelRatio(ratio)
        picture.fill(QColor(t.panel))
        painter = QPainter(picture)
        painter.setPen(Qt.PenStyle.NoPen)
        for card in self._view.graph.cards.values():
            rect = self._to_map(card.sceneBoundingRect())
            if isinstance(card, CommentCard):
                painter.setBrush(QColor(theme.mixed(card.tint, t.panel, 0.4)))
            else:
                group = card.kind.group if card.kind else "unknown"
                painter.setBrush(QColor(theme.FAMILY.get(group, theme.FAMILY["unknown"])))
            painter.drawRect(rect if rect.width() > 2 else rect.adjusted(0, 0, 2, 2))
        painter.end()
        self._picture = picture
        self.update()

    def _seen(self) -> QRectF:
        return self._view.seen()

    @property
    def _scale(self) -> float:
        return min(WIDE / max(self._box.width(), 1.0), TALL / max(self._box.height(), 1.0))

    def _to_map(self, box: QRectF) -> QRectF:
        s = self._scale
        left, top = (WIDE - self._box.width() * s) / 2, (TALL - self._box.height() * s) / 2
        return QRectF(
            left + (box.x() - self._box.x()) * s, top + (box.y() - self._box.y()) * s, box.width() * s, box.height() * s
        )

    def _from_map(self, spot: QPoint) -> QPointF:
        s = self._scale
        left, top = (WIDE - self._box.width() * s) / 2, (TALL - self._box.height() * s) / 2
        return QPointF(self._box.x() + (spot.x() - left) / s, self._box.y() + (spot.y() - top) / s)

    # The map is painted when it changed only, and never on the path of a frame of training.
    def paintEvent(self, event: QPaintEvent) -> None:
        t = theme.current()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._picture)
        shade = QColor(t.accent)
        painter.setPen(QPen(shade, 1.5))
        shade.setAlpha(30)
        painter.setBrush(shade)
        painter.drawRect(self._to_map(self._seen()).intersected(QRectF(1, 1, WIDE - 2, TALL - 2)))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QColor(t.border))
        painter.drawRect(0, 0, WIDE - 1, TALL - 1)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._view.centerOn(self._from_map(event.position().toPoint()))
        self.update()
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.mousePressEvent(event)
