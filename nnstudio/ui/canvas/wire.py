"""A wire as one path, with its shape on it."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QBrush, QColor, QPainterPath, QPainterPathStroker, QPen, QPixmap
from PySide6.QtWidgets import QGraphicsEllipseItem, QGraphicsPathItem, QGraphicsPixmapItem, QGraphicsSimpleTextItem

from nnstudio.document.values import Wire
from nnstudio.ui.kit import theme
from nnstudio.ui.kit.plain import tip

# Places of the dot on a wire, worked out once when the wire is led.
STOPS = 14
# How a wire that leads back goes: so far out of a card, with such corners; nearer rows than this leave no room between
# them.
OUT, ROUND, BETWEEN = 24.0, 14.0, 80.0
# The picture of the weights under a wire, in pixels of the canvas.
NARROWEST, WIDEST, TALLEST = 18.0, 64.0, 34.0


def curve(start: QPointF, end: QPointF) -> QPainterPath:
    """Return a smooth line that leaves to the right and arrives from the left; back to the left it runs between the
    rows, not through cards.
    """
    path = QPainterPath(start)
    across = end.x() - start.x()
    if across >= 0:
        # Between close cards it keeps to the gap; only rows that are far apart need more room to swing.
        reach = max(min(30.0, max(across, abs(end.y() - start.y()) * 0.25)), across * 0.5)
        path.cubicTo(start + QPointF(reach, 0), end - QPointF(reach, 0), end)
        return path
    down = end.y() - start.y()
    level = start.y() + down / 2 if abs(down) > BETWEEN else max(start.y(), end.y()) + BETWEEN
    corners = (
        QPointF(start.x() + OUT, start.y()),
        QPointF(start.x() + OUT, level),
        QPointF(end.x() - OUT, level),
        QPointF(end.x() - OUT, end.y()),
        end,
    )
    for before, corner, after in zip((start, *corners), corners, corners[1:], strict=False):
        path.lineTo(_towards(corner, before))
        path.quadTo(corner, _towards(corner, after))
    path.lineTo(end)
    return path


def _towards(corner: QPointF, place: QPointF) -> QPointF:
    """The place where a rounded corner begins."""
    way = place - corner
    length = max(abs(way.x()), abs(way.y()))
    return corner + way * (min(ROUND, length / 2) / length) if length else corner


class WireItem(QGraphicsPathItem):
    """The drawn wire; the pulse is a dot that runs forward for values and backward for gradients."""

    def __init__(self, wire: Wire) -> None:
        super().__init__()
        self.wire = wire
        self._selected = self._lit = self._aimed = self._covered = False
        self._stops: list[QPointF] = []
        self._middle = QPointF()
        self._label = QGraphicsSimpleTextItem(self)
        font = theme.canvas_font()
        font.setPointSizeF(font.pointSizeF() * 0.8)
        self._label.setFont(font)
        self._weights = QGraphicsPixmapItem(self)
        self._weights.setVisible(False)
        self._room = self._climb = 0.0
        self._pulse = QGraphicsEllipseItem(-3.2, -3.2, 6.4, 6.4, self)
        self._pulse.setPen(Qt.PenStyle.NoPen)
        self._pulse.setVisible(False)
        self.setZValue(1)
        self.restyle()

    def lead(self, start: QPointF, end: QPointF) -> None:
        """Draw the wire between two places."""
        path = curve(start, end)
        self.setPath(path)
        # Worked out with the first dot that runs here.
        self._stops = []
        self._middle, self._room, self._climb = path.pointAtPercent(0.5), end.x() - start.x(), abs(end.y() - start.y())
        self._place_label()
        self._place_weights()

    def cover(self, covered: bool) -> None:
        """Leave the line to the curves of the weights that run here, or draw it again."""
        if covered != self._covered:
            self._covered = covered
            self._place_label()
            self._place_weights()
            self.restyle()

    def _place_label(self) -> None:
        box = self._label.boundingRect()
        # Between close cards there is no room for a word; the tooltip has it.
        self._label.setVisible(self._room > box.width() + 24 and not self._covered)
        self._label.setPos(self._middle - QPointF(box.width() / 2, box.height() + 4 + self._climb * 0.25))

    def _place_weights(self) -> None:
        pixmap = self._weights.pixmap()
        wide, tall = max(pixmap.width(), 1), max(pixmap.height(), 1)
        room = min(WIDEST, self._room - 18)
        self._weights.setVisible(not pixmap.isNull() and room >= NARROWEST and not self._covered)
        if self._weights.isVisible():
            scale = min(room / wide, TALLEST / tall)
            self._weights.setScale(scale)
            self._weights.setPos(self._middle + QPointF(-wide * scale / 2, 6))

    def set_weights(self, pixmap: QPixmap | None, said: str) -> None:
        """Show the weights that the values on this wire are multiplied with, as a small matrix."""
        before = self._weights.pixmap()
        self._weights.setPixmap(pixmap or QPixmap())
        self._weights.setToolTip(tip(said))
        if (pixmap is None) != before.isNull() or (pixmap is not None and pixmap.size() != before.size()):
            self._place_weights()

    def set_shape(self, text: str) -> None:
        """Show the shape of what flows here."""
        if text != self._label.text():
            self._label.setText(text)
            self.setToolTip(text)
            self._place_label()

    def select(self, selected: bool) -> None:
        """Mark the wire as selected."""
        self._selected = selected
        self.restyle()

    def light(self, lit: bool, dimmed: bool = False) -> None:
        """Mark the wire as part of the present step, or dim it."""
        self.setOpacity(0.3 if dimmed else 1.0)
        if lit != self._lit:
            self._lit = lit
            self.restyle()

    def pulse(self, place: float | None, backward: bool = False) -> None:
        """Put the dot at a share of the way, or take it away."""
        place = None if self._covered else place
        if (place is not None) != self._pulse.isVisible():
            self._pulse.setVisible(place is not None)
        if place is not None and not self._stops:
            path = self.path()
            self._stops = [path.pointAtPercent(i / STOPS) for i in range(STOPS + 1)]
        if place is not None:
            self._pulse.setPos(self._stops[round(STOPS * (1.0 - place if backward else place))])

    def aim(self, aimed: bool) -> None:
        """Shine as the wire into which a drop would go."""
        self._aimed = aimed
        self.restyle()

    def restyle(self) -> None:
        """Take the colours of the theme."""
        t = theme.current()
        color, width = (
            (t.good, 4.0)
            if self._aimed
            else (t.now, 2.8)
            if self._lit
            else (t.accent, 2.8)
            if self._selected
            else (t.muted, 1.7)
        )
        # The curves of its weights are lit in its place.
        bare = self._covered and not (self._aimed or self._selected)
        self.setPen(QPen(Qt.PenStyle.NoPen) if bare else QPen(QColor(color), width))
        self._label.setBrush(QBrush(QColor(t.muted)))
        self._pulse.setBrush(QBrush(QColor(t.positive)))

    def simplify(self, simple: bool) -> None:
        """Leave the words out when the canvas is zoomed far out."""
        self._label.setOpacity(0.0 if simple else 1.0)
        self._weights.setOpacity(0.0 if simple else 1.0)

    def near(self, place: QPointF, reach: float) -> bool:
        """Tell whether a place is on the wire, give or take ``reach`` pixels of the canvas."""
        if not self.boundingRect().adjusted(-reach, -reach, reach, reach).contains(place):
            return False
        stroker = QPainterPathStroker()
        stroker.setWidth(2 * reach)
        return stroker.createStroke(self.path()).contains(place)
