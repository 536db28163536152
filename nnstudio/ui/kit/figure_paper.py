"""The side of the process that draws a figure as PDF or PNG."""

from __future__ import annotations

import sys

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QSizeF
from PySide6.QtGui import QGuiApplication, QImage, QPageLayout, QPageSize, QPainter, QPdfWriter
from PySide6.QtSvg import QSvgRenderer

from nnstudio.ui.kit.paper import png_of, written

# A picture has so many pixels for each unit of the figure, and no more than this along a side; a page has 72 points
# where the figure counts 96.
SHARP, MOST_PIXELS, POINTS = 3.0, 16_000, 0.75


def serve() -> int:
    """Draw what comes in on stdin (a line that says "pdf" or "png", then the SVG) and write the file to stdout."""
    ending, _, svg = sys.stdin.buffer.read().partition(b"\n")
    # A library's prints would stand in the file.
    out = sys.stdout.buffer
    qt = QGuiApplication([""])
    found = pdf_of(svg) if ending == b"pdf" else picture_of(svg)
    out.write(found)
    out.flush()
    qt.quit()
    return 0


def picture_of(svg: bytes) -> bytes:
    """Return a figure as PNG."""
    renderer = QSvgRenderer(QByteArray(svg))
    size = renderer.defaultSize()
    sharp = min(SHARP, MOST_PIXELS / max(1, size.width(), size.height()))
    image = QImage((QSizeF(size) * sharp).toSize(), QImage.Format.Format_RGB32)
    image.fill(0xFFFFFFFF)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    renderer.render(painter)
    painter.end()
    return png_of(image)


def pdf_of(svg: bytes) -> bytes:
    """Return a figure as a PDF of one page of its size, whose lines and letters stay sharp."""
    renderer = QSvgRenderer(QByteArray(svg))
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    page = QPageSize(QSizeF(renderer.defaultSize()) * POINTS, QPageSize.Unit.Point)
    writer.setPageLayout(QPageLayout(page, QPageLayout.Orientation.Portrait, QMarginsF(0, 0, 0, 0)))
    painter = QPainter(writer)
    renderer.render(painter)
    painter.end()
    buffer.close()
    return written(buffer)
