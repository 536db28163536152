"""Pages to take home: pictures as bytes, a page that needs nothing else, a PDF, and any view as a picture."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QPoint, QRectF, QSize, QSizeF, Qt, QUrl
from PySide6.QtGui import QColor, QImage, QPageLayout, QPageSize, QPainter, QPdfWriter, QTextDocument
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QGraphicsScene, QWidget

from nnstudio.document import quoting
from nnstudio.document.disk import write_atomically
from nnstudio.ui.kit import theme

STYLE = (
    "body{font-family:sans-serif;max-width:%dpx;margin:24px auto;padding:0 12px;color:#1d2127}"
    "section{border-top:1px solid #d3d8df;padding:10px "
    "0}a{pointer-events:none}table{border-collapse:separate}img{max-width:100%%}"
)
# Pictures are drawn at twice the size they are shown at.
SHARP = 2.0


def written(buffer: QBuffer) -> bytes:
    """Return what was written into a buffer."""
    return bytes(buffer.data().data())


def png_of(image: QImage) -> bytes:
    """Return a picture as PNG."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    # Its stub wants bytes, the method itself a str.
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return written(buffer)


def inlined(text: str, images: Mapping[str, QImage]) -> str:
    """Put pictures into the page's text."""
    for name, image in images.items():
        text = text.replace(
            f"src='{name}'", f"src='data:image/png;base64,{base64.b64encode(png_of(image)).decode('ascii')}'"
        )
    return text


def write_html(path: Path, title: str, body: str, width: int) -> None:
    """Write a page; raises ProjectFileError when the file cannot be written."""
    page = (
        "<!DOCTYPE html><html><head><meta "
        f"charset='utf-8'><title>{quoting.markup(title)}</title><style>{STYLE % width}</style></head>"
        f"<body>{body}</body></html>"
    )
    write_atomically(path, page.encode("utf-8"))


def write_pdf(path: Path, title: str, body: str, images: Mapping[str, QImage]) -> None:
    """Write a page as A4; raises ProjectFileError when the file cannot be written."""
    document = QTextDocument()
    for name, image in images.items():
        document.addResource(QTextDocument.ResourceType.ImageResource, QUrl(name), image)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setTitle(title)
    writer.setPageLayout(
        QPageLayout(
            QPageSize(QPageSize.PageSizeId.A4),
            QPageLayout.Orientation.Portrait,
            QMarginsF(15, 15, 15, 15),
            QPageLayout.Unit.Millimeter,
        )
    )
    writer.setResolution(96)
    document.setPageSize(QSizeF(writer.width(), writer.height()))
    document.setHtml(body)
    document.print_(writer)
    buffer.close()
    write_atomically(path, written(buffer))


def picture_of_scene(scene: QGraphicsScene, box: QRectF, widest: int, background: str) -> QImage:
    """Draw a part of a scene, at most so many pixels wide on paper."""
    scale = min(SHARP, SHARP * widest / max(1.0, box.width()))
    image = QImage(max(1, round(box.width() * scale)), max(1, round(box.height() * scale)), QImage.Format.Format_RGB32)
    image.fill(QColor(background))
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    scene.render(painter, QRectF(image.rect()), box, Qt.AspectRatioMode.KeepAspectRatio)
    painter.end()
    return image


def save_view(path: Path, view: QWidget, scene: QGraphicsScene | None = None, box: QRectF | None = None) -> None:
    """Write a view (or a scene's part) as SVG or PNG, by the file's ending; raises ProjectFileError when it cannot be
    written.
    """
    size = QSize(round(box.width()), round(box.height())) if scene is not None and box is not None else view.size()
    if path.suffix.lower() == ".svg":
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        generator = QSvgGenerator()
        generator.setOutputDevice(buffer)
        generator.setSize(size)
        generator.setViewBox(QRectF(0, 0, size.width(), size.height()))
        generator.setTitle("NN Studio")
        painter = QPainter(generator)
        if scene is not None and box is not None:
            painter.fillRect(QRectF(0, 0, size.width(), size.height()), QColor(theme.current().canvas))
            scene.render(painter, QRectF(0, 0, size.width(), size.height()), box)
        else:
            view.render(painter, QPoint(0, 0))
        painter.end()
        buffer.close()
        # Items that draw nothing leave paths without data, at which readers complain; control characters, which Qt
        # writes
        # as they are, have no place in XML.
        text = re.sub(rb'<path [^>]*\bd=""[^>]*/>', b"", written(buffer))
        write_atomically(path, re.sub(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]", b" ", text))
        return
    if scene is not None and box is not None:
        write_atomically(path, png_of(picture_of_scene(scene, box, size.width(), theme.current().canvas)))
        return
    image = QImage(view.size() * SHARP, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(SHARP)
    image.fill(QColor(theme.current().panel))
    view.render(image)
    write_atomically(path, png_of(image))
