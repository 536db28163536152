"""The walk through a step as something to take home: a page, a PDF or an animated picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QImage

from nnstudio.document import quoting
from nnstudio.explain.cards import make_card
from nnstudio.ui.kit import paper, theme
from nnstudio.ui.kit.film import write_film
from nnstudio.ui.kit.texts import language, tr
from nnstudio.ui.stepper.card_view import card_html
from nnstudio.ui.stepper.formulas import Formulas

if TYPE_CHECKING:
    from nnstudio.engine.trace import Trace

# A page with more cards than this is no longer read; those with the greatest part in the step are kept.
MOST_CARDS = 400
WIDTH = 560.0
FRAME_MS = 900
Progress = Callable[[float], bool]


class Stopped(Exception):
    """The student no longer wants it."""


def _cards(trace: Trace, progress: Progress) -> list[tuple[str, dict[str, QImage]]]:
    """Every card as text with its pictures."""
    formulas = Formulas()
    moments = trace.moments[:MOST_CARDS]
    found = []
    for number, moment in enumerate(moments):
        images: dict[str, QImage] = {}
        text = card_html(make_card(trace, moment, language=language()), formulas, images, make=True, width=WIDTH)
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
    more = (
        tr("The first {shown} of {count} stops.", shown=MOST_CARDS, count=len(trace.moments))
        if len(trace.moments) > MOST_CARDS
        else ""
    )
    return (
        f"<h1>{quoting.markup(title)}</h1><p>"
        + quoting.markup(
            tr("One training step, number by number: samples {rows}, loss {loss}.", rows=rows, loss=f"{trace.loss:.8g}")
        )
        + " "
        + quoting.markup(more)
        + "</p>"
    )


def write_page(path: Path, trace: Trace, title: str, progress: Progress = lambda share: True) -> None:
    """Write all cards as one page that needs nothing else.

    Raises:
        Stopped: ``progress`` answered False.
        ProjectFileError: the file cannot be written.
    """
    with theme.drawn_in("light"):
        parts = [f"<section>{paper.inlined(text, images)}</section>" for text, images in _cards(trace, progress)]
        paper.write_html(path, title, _head(trace, title) + "".join(parts), 640)


def write_pdf(path: Path, trace: Trace, title: str, progress: Progress = lambda share: True) -> None:
    """Write all cards as a PDF.

    Raises:
        Stopped: ``progress`` answered False.
        ProjectFileError: the file cannot be written.
    """
    with theme.drawn_in("light"):
        cards = _cards(trace, progress)
        images = {name: image for _, found in cards for name, image in found.items()}
        paper.write_pdf(path, title, _head(trace, title) + "<hr/>".join(text for text, _ in cards), images)


def write_animation(path: Path, frames: list[QImage], milliseconds: int = FRAME_MS) -> None:
    """Write pictures as an animated GIF, or as a film.

    Raises:
        ProjectFileError: the file cannot be written.
        StudioError: a film was asked for, and there is no ffmpeg.
    """
    write_film(path, [paper.png_of(frame) for frame in frames], milliseconds)


def shortened(trace: Trace, most: int) -> Trace:
    """The trace with so many of its stops, evenly chosen."""
    if len(trace.moments) <= most:
        return trace
    step = len(trace.moments) / most
    return replace(trace, moments=tuple(trace.moments[int(k * step)] for k in range(most)))
