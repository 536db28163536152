"""A comment on the canvas: a quiet box behind the cards, with a title to take it by and a corner to size it by."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QBrush, QColor, QFontMetricsF, QPainterPath, QPen, QPixmap
from PySide6.QtWidgets import QGraphicsEllipseItem, QGraphicsPathItem, QGraphicsSimpleTextItem

from nnstudio.catalog.registry import CATALOG, node_kinds
from nnstudio.document.errors import StudioError
from nnstudio.document.fields import complete
from nnstudio.document.values import COMMENT, Node, Params
from nnstudio.ui.canvas.card import Card
from nnstudio.ui.canvas.heading import elide, title_of
from nnstudio.ui.canvas.strip import Layout
from nnstudio.ui.kit import theme

HEAD, EDGE, CORNER, PAD = 28.0, 6.0, 16.0, 10.0


def comment_params(given: Params) -> Params:
    """A comment's settings; the defaults where a file holds what is none."""
    fields = node_kinds()[COMMENT].fields
    try:
        return complete(fields, given, CATALOG)
    except StudioError:
        return complete(fields, Params(), CATALOG)


class CommentCard(Card):
    """Stands behind wires and cards. What the scene tells of values and shapes does not concern it."""

    def __init__(self, node: Node) -> None:
        self._grip = QGraphicsPathItem()
        self._words: list[QGraphicsSimpleTextItem] = []
        self._text = ""
        super().__init__(node)
        self._grip.setParentItem(self)
        self._bar.setVisible(False)
        self.setZValue(0)

    @property
    def size(self) -> tuple[float, float]:
        """Width and height."""
        params = comment_params(self.node.params)
        self._text, self._color = params["text"], params["color"]
        return float(params["width"]), float(params["height"])

    @property
    def tint(self) -> str:
        """The colour that was chosen."""
        return theme.COMMENTS.get(getattr(self, "_color", ""), theme.COMMENTS["grey"])

    @property
    def height(self) -> float:
        return self.size[1]

    def takes(self, place: QPointF) -> bool:
        """Whether a place of the canvas is where the box is taken by: title, edge, words or corner."""
        spot = place - self.pos()
        box = self.rect()
        if not box.contains(spot):
            return False
        inner = box.adjusted(EDGE, HEAD, -EDGE, -EDGE)
        words = any(line.sceneBoundingRect().contains(place) for line in self._words)
        return words or not inner.contains(spot) or self.at_corner(place)

    def at_corner(self, place: QPointF) -> bool:
        """Whether a place is the corner by which the box is sized."""
        spot = place - self.pos()
        box = self.rect()
        return bool(spot.x() > box.width() - CORNER and spot.y() > box.height() - CORNER and box.contains(spot))

    def resize(self, width: float, height: float) -> None:
        """Show another size; the edit comes when the mouse is let go."""
        self.setRect(0, 0, width, height)
        self._arrange(width, height)

    def _layout(self) -> None:
        width, height = self.size
        self.setRect(0, 0, width, height)
        self._arrange(width, height)

    def _arrange(self, width: float, height: float) -> None:
        path = QPainterPath()
        path.addRoundedRect(QRectF(0, 0, width, height), 8, 8)
        self._frame.setPath(path)
        self.heading.title.setText(elide(title_of(self.node), self.heading.title.font(), width - 2 * PAD))
        self.heading.title.setPos(PAD, 6)
        grip = QPainterPath(QPointF(width - 4, height - 13))
        for start, end in (
            ((width - 4, height - 13), (width - 13, height - 4)),
            ((width - 4, height - 8), (width - 8, height - 4)),
        ):
            grip.moveTo(*start)
            grip.lineTo(*end)
        self._grip.setPath(grip)
        self._wrap(width - 2 * PAD, height - HEAD - EDGE)

    def _wrap(self, width: float, height: float) -> None:
        """Lay the words in lines of plain items: a text item with a document of its own would cost far more."""
        font = theme.canvas_font()
        metrics = QFontMetricsF(font)
        lines: list[str] = []
        for paragraph in self._text.splitlines():
            line = ""
            for word in _pieces(paragraph):
                if line and metrics.horizontalAdvance(line + word) > width:
                    lines.append(line.rstrip())
                    line = ""
                line += word.lstrip() if not line else word
            lines.append(line.rstrip())
        room = max(0, int(height // metrics.lineSpacing()))
        if len(lines) > room:
            lines = lines[:room]
            if lines:
                lines[-1] = elide(lines[-1] + " …", font, width)
        while len(self._words) > len(lines):
            gone = self._words.pop()
            if gone.scene() is not None:
                gone.scene().removeItem(gone)
        while len(self._words) < len(lines):
            self._words.append(QGraphicsSimpleTextItem(self))
        color = QBrush(QColor(theme.current().text))
        for number, (item, line) in enumerate(zip(self._words, lines, strict=True)):
            item.setFont(font)
            item.setBrush(color)
            item.setText(line)
            item.setPos(PAD, HEAD + number * metrics.lineSpacing())

    def restyle(self) -> None:
        t = theme.current()
        base = self.tint
        fill = QColor(theme.mixed(base, t.canvas, 0.15))
        self._frame.setBrush(QBrush(fill))
        self._frame.setPen(
            QPen(
                QColor(t.accent if self._selected else theme.mixed(base, t.canvas, 0.55)),
                2.2 if self._selected else 1.2,
            )
        )
        self.heading.title.setBrush(QBrush(QColor(t.text)))
        self._grip.setPen(QPen(QColor(t.muted), 1.4))
        self._badge.setVisible(False)
        for item in self._words:
            item.setBrush(QBrush(QColor(t.text)))

    def update_node(self, node: Node) -> None:
        super().update_node(node)
        self.setToolTip("")
        self.restyle()

    def simplify(self, simple: bool, picture: bool, zoom: float = 1.0) -> None:
        for item in self._words:
            item.setVisible(not simple)
        self._grip.setVisible(not simple)

    # A comment has no value, no shape and no ports.

    def set_shape(self, text: str) -> None:
        return

    def set_note(self, text: str) -> None:
        return

    def set_strip(self, pixmap: QPixmap | None, cells: int, grid: Layout | None = None) -> None:
        return

    def light(self, lit: bool, dimmed: bool = False) -> None:
        self.setOpacity(0.5 if dimmed else 1.0)

    def ports(self) -> Mapping[tuple[str, str], QGraphicsEllipseItem]:
        return {}


def _pieces(text: str) -> list[str]:
    """Words with the blanks in front of them; Chinese may be parted anywhere."""
    found: list[str] = []
    for letter in text:
        if (
            found and letter != " " and ord(letter) < 0x2E80 and found[-1][-1] != " " and ord(found[-1][-1]) < 0x2E80
        ) or (found and letter != " " and found[-1] == " "):
            found[-1] += letter
        else:
            found.append(letter)
    return found
