"""Small pictures of networks: cards as blocks in their family's colour and wires as curves, drawn from the document
alone.
"""

from __future__ import annotations

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap

from nnstudio.catalog.registry import node_kinds
from nnstudio.document.values import COMMENT, Document, Params
from nnstudio.ui.canvas.card import WIDTH
from nnstudio.ui.canvas.comment import comment_params
from nnstudio.ui.canvas.heading import HEAD
from nnstudio.ui.canvas.wire import curve
from nnstudio.ui.kit import theme

MARGIN = 8.0


def thumbnail(document: Document, width: int, height: int, ratio: float = 1.0) -> QPixmap:
    """Draw a network into so many pixels."""
    t = theme.current()
    picture = QPixmap(round(width * ratio), round(height * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(QColor(t.canvas))
    if not document.nodes:
        return picture
    boxes = {}
    for node in document.nodes:
        size = comment_size(node.params) if node.kind == COMMENT else (WIDTH, HEAD)
        boxes[node.id] = QRectF(*node.position, *size)
    whole = QRectF()
    for box in boxes.values():
        whole = whole.united(box)
    scale = min((width - 2 * MARGIN) / max(whole.width(), 1.0), (height - 2 * MARGIN) / max(whole.height(), 1.0), 0.5)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(width / 2, height / 2)
    painter.scale(scale, scale)
    painter.translate(-whole.center())
    painter.setPen(QPen(QColor(t.muted), 1.4 / scale))
    for wire in document.wires:
        start, end = boxes.get(wire.source), boxes.get(wire.target)
        if start is not None and end is not None:
            painter.drawPath(curve(QPointF(start.right(), start.center().y()), QPointF(end.left(), end.center().y())))
    painter.setPen(Qt.PenStyle.NoPen)
    # Comments lie behind everything else.
    for node in sorted(document.nodes, key=lambda n: n.kind != COMMENT):
        kind = node_kinds().get(node.kind)
        if node.kind == COMMENT:
            painter.setBrush(QColor(theme.mixed(theme.COMMENTS["yellow"], t.canvas, 0.2)))
        else:
            painter.setBrush(
                QColor(theme.FAMILY.get(kind.group if kind is not None else "unknown", theme.FAMILY["unknown"]))
            )
        painter.drawRoundedRect(boxes[node.id], 10, 10)
    painter.end()
    return picture


def comment_size(params: Params) -> tuple[float, float]:
    """Width and height of a comment, whatever a file says of them."""
    found = comment_params(params)
    return float(found["width"]), float(found["height"])


def png_of(document: Document, width: int, height: int) -> bytes:
    """The same as the bytes of a PNG file."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    thumbnail(document, width, height).save(buffer, "PNG")
    return bytes(data.data())
