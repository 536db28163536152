"""The walk through a step as something to take home: a page, a PDF or an animated picture."""

from __future__ import annotations

import html
import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QSizeF, QUrl
from PySide6.QtGui import QImage, QPageLayout, QPageSize, QPdfWriter, QTextDocument

from nnstudio.document.storage import write_atomically
from nnstudio.engine.trace import Trace
from nnstudio.ui import theme
from nnstudio.ui.stepper.card_view import card_html
from nnstudio.ui.stepper.cards import make_card
from nnstudio.ui.stepper.formulas import Formulas
from nnstudio.ui.texts import tr

# A page with more cards than this is no longer read; those with the greatest part in the step are kept.
MOST_CARDS = 400
WIDTH = 560.0
FRAME_MS = 900
Progress = Callable[[float], bool]


class Stopped(Exception):
    """The student no longer wants it."""


def _png(image: QImage) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return bytes(buffer.data())


def _cards(trace: Trace, progress: Progress) -> list[tuple[str, dict[str, QImage]]]:
    """Every card as text with its pictures."""
    formulas = Formulas()
    moments = trace.moments[:MOST_CARDS]
    found = []
    for number, moment in enumerate(moments):
        images: dict[str, QImage] = {}
        text = card_html(make_card(trace, moment), formulas, images, make=True, width=WIDTH)
        for name in list(images):
            fresh = f"m{number}{name}"
            text = text.replace(f"src='{name}'", f"src='{fresh}'")
            images[fresh] = images.pop(name)
        found.append((text, images))
        if not progress((number + 1) / len(moments)):
            raise Stopped
    return found


def _head(trace: Trace, title: str) -> str:
    rows = ", ".join(str(row) for row in trace.rows[:20])
    more = tr("The first {shown} of {count} stops.", shown=MOST_CARDS, count=len(trace.moments)) if len(trace.moments) > MOST_CARDS else ""
    return (f"<h1>{html.escape(title)}</h1><p>"
            + html.escape(tr("One training step, number by number: samples {rows}, loss {loss}.", rows=rows, loss=f"{trace.loss:.8g}")) + " "
            + html.escape(more) + "</p>")


def write_page(path: Path, trace: Trace, title: str, progress: Progress = lambda share: True) -> None:
    """Write all cards as one page that needs nothing else.

    Raises:
        Stopped: ``progress`` answered False.
        ProjectFileError: the file cannot be written.
    """
    import base64

    parts = []
    with theme.drawn_in("light"):
        for text, images in _cards(trace, progress):
            for name, image in images.items():
                data = base64.b64encode(_png(image)).decode("ascii")
                text = text.replace(f"src='{name}'", f"src='data:image/png;base64,{data}'")
            parts.append(f"<section>{text}</section>")
        page = (f"<!DOCTYPE html><html><head><meta charset='utf-8'><title>{html.escape(title)}</title><style>"
                "body{font-family:sans-serif;max-width:640px;margin:24px auto;padding:0 12px;color:#1d2127}"
                "section{border-top:1px solid #d3d8df;padding:10px 0}a{pointer-events:none}table{border-collapse:separate}</style></head><body>"
                + _head(trace, title) + "".join(parts) + "</body></html>")
    write_atomically(path, page.encode("utf-8"))


def write_pdf(path: Path, trace: Trace, title: str, progress: Progress = lambda share: True) -> None:
    """Write all cards as a PDF.

    Raises:
        Stopped: ``progress`` answered False.
        ProjectFileError: the file cannot be written.
    """
    with theme.drawn_in("light"):
        document = QTextDocument()
        texts = []
        for text, images in _cards(trace, progress):
            for name, image in images.items():
                document.addResource(QTextDocument.ResourceType.ImageResource, QUrl(name), image)
            texts.append(text)
        buffer = QBuffer()
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        writer = QPdfWriter(buffer)
        writer.setTitle(title)
        writer.setPageLayout(QPageLayout(QPageSize(QPageSize.PageSizeId.A4), QPageLayout.Orientation.Portrait, QMarginsF(15, 15, 15, 15),
                                         QPageLayout.Unit.Millimeter))
        writer.setResolution(96)
        document.setPageSize(QSizeF(writer.width(), writer.height()))
        document.setHtml(_head(trace, title) + "<hr/>".join(texts))
        document.print_(writer)
        buffer.close()
    write_atomically(path, bytes(buffer.data()))


def write_animation(path: Path, frames: list[QImage], milliseconds: int = FRAME_MS) -> None:
    """Write pictures as an animated GIF.

    Raises:
        ProjectFileError: the file cannot be written.
    """
    from PIL import Image

    pictures = [Image.open(io.BytesIO(_png(frame))).convert("RGB").quantize(128) for frame in frames]
    data = io.BytesIO()
    pictures[0].save(data, format="GIF", save_all=True, append_images=pictures[1:], duration=milliseconds, loop=0)
    write_atomically(path, data.getvalue())


def shortened(trace: Trace, most: int) -> Trace:
    """The trace with so many of its stops, evenly chosen."""
    if len(trace.moments) <= most:
        return trace
    step = len(trace.moments) / most
    return replace(trace, moments=tuple(trace.moments[int(k * step)] for k in range(most)))
