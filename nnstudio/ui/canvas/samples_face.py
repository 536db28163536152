"""Samples of the data on its card: pictures, readings in time, or rows of a table, the present one marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPen, QPolygonF

from nnstudio.catalog.shown import for_the_eye
from nnstudio.catalog.sources.tokenizing import MARKS as PADDED
from nnstudio.document.numbers import few
from nnstudio.ui.kit import theme
from nnstudio.ui.kit.texts import tr

if TYPE_CHECKING:
    from nnstudio.catalog.entry import Table

# Pictures stand in rows of so many; of readings and rows fewer are shown.
ACROSS, PICTURES, CURVES, LINES = 4, 8, 4, 5
THUMB, GAP, CURVE, ROW = 30.0, 4.0, 22.0, 17.0
SMALLER = 0.9
# A row has room for so many numbers.
COLUMNS, WIDE = 2, 44.0
# Or for so many whole ones, such as letters of a text.
MARKS, MARKS_WIDE = 8, 130.0
# Or for a text and what it is told to be.
TEXT_WIDE, TOLD_WIDE = 130.0, 84.0
# Pictures and readings are thinned out to so many numbers each way.
MOST = 32


@dataclass(frozen=True)
class Samples:
    """Some rows of the data as they are: pictures (n, rows, columns), readings (n, times) or numbers (n, columns).

    ``rows`` are their numbers, ``present`` the place of the one that is shown, ``words`` their targets; ``left_out``
    columns are not shown.
    """

    kind: str
    numbers: np.ndarray
    rows: tuple[int, ...]
    present: int
    words: tuple[str, ...]
    total: int
    left_out: int = 0
    # What tokens are called; () where they are numbers.
    names: tuple[str, ...] = ()
    # Texts that were filled up to one length, as they are read.
    texts: tuple[str, ...] = ()


def samples_around(table: Table, present: int, classes: Sequence[str]) -> Samples | None:
    """Return the rows among which the present one stands; None where there is none, or it cannot be drawn."""
    table = for_the_eye(table, face=True)
    total = len(table.x)
    if not 0 <= present < total or table.adjacency is not None:
        return None
    ndim = len(table.x.shape)
    kind = "pictures" if ndim == 4 else "readings" if ndim == 3 else "rows" if ndim == 2 else ""
    if not kind:
        return None
    count = {"pictures": PICTURES, "readings": CURVES, "rows": LINES}[kind]
    # Blocks stand still while the present one goes through them.
    first = min(present // count * count, max(0, total - count))
    rows = tuple(range(first, min(total, first + count)))
    found = np.asarray(table.x[first : rows[-1] + 1])
    left_out = 0
    if kind == "pictures":
        found = found.mean(axis=1) if found.shape[1] != 1 else found[:, 0]
        found = found[:, :: -(-found.shape[1] // MOST), :: -(-found.shape[2] // MOST)]
    elif kind == "readings":
        # Channels or features: the first.
        found = found[:, 0] if table.axes.startswith("C") else found[:, :, 0]
        found = found[:, :: -(-found.shape[1] // MOST)]
    else:
        shown = COLUMNS
        if found.dtype.kind in "iu":
            shown = max(COLUMNS, min(MARKS, int(MARKS_WIDE // _whole_wide(found))))
        left_out = max(0, found.shape[1] - shown)
        found = found[:, :shown]
    words = tuple(_target(table.y[row], classes) for row in rows)
    names = table.vocabulary
    if names[: len(PADDED)] == PADDED and kind == "rows":
        texts = tuple(text_of(table.x[row], names) for row in rows)
        return Samples("texts", found[:, :1], rows, present - first, words, total, 0, names, texts)
    return Samples(kind, found, rows, present - first, words, total, left_out, names)


def text_of(tokens: np.ndarray, names: Sequence[str]) -> str:
    """A text as it is read, without what it was filled up with."""
    told = [names[int(token)] for token in tokens if token]
    return (" " if any(len(name) > 1 for name in told if name not in PADDED) else "").join(told)


def _target(value: np.ndarray, classes: Sequence[str]) -> str:
    """A target in words: its class, or its numbers."""
    numbers = np.atleast_1d(np.asarray(value)).reshape(-1)
    if classes and value.dtype.kind in "iu" and len(numbers) > 1:
        # Of a text what is filled up has none.
        numbers = numbers[numbers >= 0]
    if classes and value.dtype.kind in "iu" and numbers.min(initial=0) >= 0 and numbers.max(initial=0) < len(classes):
        told = [str(classes[int(number)]) for number in numbers]
        return (" " if any(len(name) > 1 for name in told) else "").join(told)
    return ", ".join(few(float(number)) for number in numbers[:2]) + (" …" if len(numbers) > 2 else "")


def room_of(samples: Samples, letters: QFontMetricsF) -> tuple[float, float]:
    """Return width and height of what is drawn, with a line of words below."""
    line = 1.3 * letters.height()
    if samples.kind == "pictures":
        lines = -(-len(samples.rows) // ACROSS)
        return ACROSS * (THUMB + GAP) + GAP, lines * (THUMB + GAP) + GAP + line
    if samples.kind == "readings":
        return 130.0, len(samples.rows) * (CURVE + 2) + GAP + line
    if samples.kind == "texts":
        return TEXT_WIDE + TOLD_WIDE, len(samples.rows) * ROW + GAP + line
    wide = _wide(samples) * samples.numbers.shape[1] + 16
    return wide + 84, len(samples.rows) * ROW + GAP + line


def _wide(samples: Samples) -> float:
    return _whole_wide(samples.numbers) if samples.numbers.dtype.kind in "iu" else WIDE


def _whole_wide(numbers: np.ndarray) -> float:
    """A column for the longest of some whole numbers."""
    return 8.0 + 8.0 * max((len(str(number)) for number in np.unique(numbers).tolist()), default=1)


def paint_samples(painter: QPainter, samples: Samples, box: QRectF) -> None:
    """Draw them into a rectangle."""
    line = QFontMetricsF(painter.font()).height()
    {"pictures": _pictures, "readings": _readings, "rows": _rows, "texts": _texts}[samples.kind](painter, samples, box)
    painter.setPen(QColor(theme.current().muted))
    row = samples.rows[samples.present]
    said = tr("row {row} of {total}", row=f"{row:,}", total=f"{samples.total:,}")
    if samples.kind not in ("rows", "texts"):
        said += f" · {samples.words[samples.present]}"
    below = QRectF(box.left(), box.bottom() - line, box.width(), line)
    fitting = QFontMetricsF(painter.font()).elidedText(said, Qt.TextElideMode.ElideRight, box.width())
    painter.drawText(below, Qt.AlignmentFlag.AlignCenter, fitting)


def _now(painter: QPainter, box: QRectF, present: bool) -> None:
    """Frame what is present."""
    t = theme.current()
    painter.setPen(QPen(QColor(t.now if present else t.border), 2.4 if present else 0.8))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(box)


def _pictures(painter: QPainter, samples: Samples, box: QRectF) -> None:
    numbers = np.nan_to_num(samples.numbers.astype(float))
    low, high = float(numbers.min()), float(numbers.max())
    grey = np.ascontiguousarray(((numbers - low) / ((high - low) or 1.0) * 255).astype(np.uint8))
    for place, picture in enumerate(grey):
        spot = QRectF(
            box.left() + GAP + place % ACROSS * (THUMB + GAP),
            box.top() + GAP + place // ACROSS * (THUMB + GAP),
            THUMB,
            THUMB,
        )
        tall, wide = picture.shape
        painter.drawImage(spot, QImage(picture.tobytes(), wide, tall, wide, QImage.Format.Format_Grayscale8))
        _now(painter, spot, place == samples.present)


def _readings(painter: QPainter, samples: Samples, box: QRectF) -> None:
    t = theme.current()
    numbers = np.nan_to_num(samples.numbers.astype(float))
    low, span = float(numbers.min()), float(np.ptp(numbers)) or 1.0
    across = np.linspace(box.left() + 2, box.right() - 2, numbers.shape[1])
    for place, curve in enumerate(numbers):
        top = box.top() + GAP + place * (CURVE + 2)
        present = place == samples.present
        painter.setPen(QPen(QColor(t.now if present else t.muted), 2.2 if present else 1.0))
        points = zip(across.tolist(), (top + CURVE * (1 - (curve - low) / span)).tolist(), strict=True)
        painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in points]))


def _begin_line(painter: QPainter, line: QRectF, present: bool) -> None:
    """Tint the line of the present row, and take the colour of its words."""
    t = theme.current()
    if present:
        tint = QColor(t.now)
        tint.setAlphaF(0.18)
        painter.fillRect(line, tint)
    painter.setPen(QColor(t.text if present else t.muted))


def _texts(painter: QPainter, samples: Samples, box: QRectF) -> None:
    """Texts and what they are told to be, a line each; of a long one its end, which is what the network has last."""
    usual, small = painter.font(), painter.font()
    small.setPointSizeF(SMALLER * usual.pointSizeF())
    painter.setFont(small)
    letters = QFontMetricsF(small)
    half = box.width() * TEXT_WIDE / (TEXT_WIDE + TOLD_WIDE)
    for place, (text, word) in enumerate(zip(samples.texts, samples.words, strict=True)):
        line = QRectF(box.left(), box.top() + GAP + place * ROW, box.width(), ROW)
        _begin_line(painter, line, place == samples.present)
        said = letters.elidedText(text, Qt.TextElideMode.ElideLeft, half - 8)
        left = QRectF(line.left() + 4, line.top(), half - 8, ROW)
        painter.drawText(left, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, said)
        told = letters.elidedText(f"→ {word}", Qt.TextElideMode.ElideRight, box.width() - half - 4)
        painter.drawText(
            QRectF(line.left() + half, line.top(), box.width() - half - 4, ROW), Qt.AlignmentFlag.AlignVCenter, told
        )
    painter.setFont(usual)


def _rows(painter: QPainter, samples: Samples, box: QRectF) -> None:
    wide, whole = _wide(samples), samples.numbers.dtype.kind in "iu"
    usual = painter.font()
    small = painter.font()
    # As many letters as a column has room for.
    small.setPointSizeF(SMALLER * usual.pointSizeF())
    painter.setFont(small)
    letters = QFontMetricsF(small)
    for place, numbers in enumerate(samples.numbers.tolist()):
        line = QRectF(box.left(), box.top() + GAP + place * ROW, box.width(), ROW)
        _begin_line(painter, line, place == samples.present)
        for column, value in enumerate(numbers):
            cell = QRectF(box.left() + column * wide, line.top(), wide - 2, ROW)
            text = (
                samples.names[value]
                if samples.names
                else str(value)
                if whole
                else f"{float(value):.3g}".replace("-", "−")
            )
            painter.drawText(cell, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
        left = box.left() + wide * len(numbers)
        if samples.left_out:
            painter.drawText(QRectF(left, line.top(), 14, ROW), Qt.AlignmentFlag.AlignCenter, "…")
        target = QRectF(left + 14, line.top(), box.right() - left - 14, ROW)
        said = letters.elidedText(f"→ {samples.words[place]}", Qt.TextElideMode.ElideRight, target.width())
        painter.drawText(target, Qt.AlignmentFlag.AlignVCenter, said)
    painter.setFont(usual)
