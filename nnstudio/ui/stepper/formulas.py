"""Formulas and curves as pictures inside the card's text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QGuiApplication, QImage, QPainter, QPen, QPolygonF
from PySide6.QtSvg import QSvgRenderer

from nnstudio.document import quoting
from nnstudio.document.numbers import number
from nnstudio.explain.typeset import svg_of
from nnstudio.ui.kit import theme
from nnstudio.ui.kit.texts import tr

if TYPE_CHECKING:
    from nnstudio.explain.look import Curve

SERIF = "font-family:Noto Serif,DejaVu Serif,serif"
CURVE_SIZE = (252, 118)
MOST_KEPT = 1500
# A piece that would have to be drawn smaller than this is written in plain signs, which can be wrapped.
LEAST_SCALE = 0.72
MOST_WORDS, MOST_COMMAS = 3, 4
_WORDS = re.compile(r"\b(?!tanh|max|min|log|mean|var|softmax|sign|exp|loss)[a-z]{3,}\b")


def pieces(text: str) -> list[str]:
    """Cut a formula where a line may end."""
    found, depth, start = [], 0, 0
    for place, sign in enumerate(text):
        depth += (sign in "([") - (sign in ")]")
        if (
            depth == 0
            and place > start
            and text[place : place + 3] in (" = ", " + ", " − ", " ← ")
            and text[start:place].strip()
        ):
            found.append(text[start:place].strip())
            start = place
    return [*found, text[start:].strip()]


def is_formula(text: str) -> bool:
    """Whether a line is set as a formula: sentences are not, nor words of a language that the font does not have."""
    if any("\u2e80" <= sign <= "\uffef" for sign in text):
        return False
    return len(_WORDS.findall(text)) < MOST_WORDS and text.count(",") < MOST_COMMAS


def label_of(text: str) -> tuple[str, str]:
    """Part a line into words with a colon, and the formula behind them."""
    head, colon, tail = text.partition(": ")
    words = (" " in head.strip() and not any(sign in head for sign in "=·∂+")) or not is_formula(head)
    return (head + ":", tail) if colon and words else ("", text)


class Formulas:
    """Pictures of formulas by their text; those not yet there are made when asked."""

    def __init__(self) -> None:
        self._images: dict[tuple[str, float, str, float], QImage | None] = {}
        self.missing: list[tuple[str, float]] = []

    def image(self, text: str, size: float, *, make: bool) -> QImage | None:
        """Return a formula's picture; with ``make`` False only one that is there already, and it is noted as
        missing.
        """
        ratio = max((screen.devicePixelRatio() for screen in QGuiApplication.screens()), default=1.0)
        color = theme.current().text
        key = (text, size, color, ratio)
        if key in self._images:
            return self._images[key]
        if not make:
            self.missing.append((text, size))
            return None
        if len(self._images) > MOST_KEPT:
            self._images.clear()
        self._images[key] = image = self._draw(text, size, color, ratio)
        return image

    def _draw(self, text: str, size: float, color: str, ratio: float) -> QImage | None:
        found = svg_of(text, size, color)
        if found is None:
            return None
        data, width, height = found
        image = QImage(
            max(1, round(width * ratio)), max(1, round(height * ratio)), QImage.Format.Format_ARGB32_Premultiplied
        )
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        QSvgRenderer(QByteArray(data)).render(painter, QRectF(0, 0, image.width(), image.height()))
        painter.end()
        image.setDevicePixelRatio(ratio)
        return image


def curve_image(curve: Curve, ratio: float) -> QImage:
    """Draw f with its tangent at the place, and f′ below it, thin."""
    t = theme.current()
    width, height = CURVE_SIZE
    image = QImage(round(width * ratio), round(height * ratio), QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(ratio)
    image.fill(Qt.GlobalColor.transparent)
    low = min(float(curve.f.min()), float(curve.slope.min()), 0.0)
    high = max(float(curve.f.max()), float(curve.slope.max()), 0.0)
    room = (high - low) * 0.08 or 1.0
    low, high, left, right = low - room, high + room, float(curve.x[0]), float(curve.x[-1])

    def at(x: float, y: float) -> QPointF:
        return QPointF((x - left) / (right - left) * (width - 4) + 2, (high - y) / (high - low) * (height - 4) + 2)

    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(t.border), 1))
    painter.drawLine(at(left, 0), at(right, 0))
    painter.drawLine(at(0, low), at(0, high))
    for values, color, thickness in ((curve.slope, t.muted, 1.2), (curve.f, t.positive, 2.0)):
        painter.setPen(QPen(QColor(color), thickness))
        painter.drawPolyline(QPolygonF([at(float(x), float(y)) for x, y in zip(curve.x, values, strict=True)]))
    z, a, slope = curve.at
    reach = (right - left) * 0.16
    painter.setPen(QPen(QColor(t.now), 2.0))
    painter.drawLine(at(z - reach, a - slope * reach), at(z + reach, a + slope * reach))
    painter.setBrush(QColor(t.now))
    painter.drawEllipse(at(z, a), 4.0, 4.0)
    painter.setPen(QColor(t.muted))
    font = QFont(painter.font())
    font.setPointSizeF(8)
    painter.setFont(font)
    text = tr("slope {slope}", slope=number(slope))
    room_ = painter.fontMetrics().horizontalAdvance(text)
    spot = at(z, a)
    painter.drawText(
        QPointF(min(max(4.0, spot.x() + 8), width - room_ - 4), min(max(12.0, spot.y() + 18), height - 6)), text
    )
    painter.end()
    return image


def plain_html(text: str, size: float) -> str:
    """A formula in plain signs."""
    return f"<span style='{SERIF};font-size:{size * 0.68:.1f}pt'>{quoting.markup(text)}</span>"


def formula_html(
    text: str, size: float, formulas: Formulas, images: dict[str, QImage], *, make: bool, width: float = 1e9
) -> str:
    """Write a formula into a text: as pictures that can be wrapped, or in plain signs while they are not there.

    A piece that is wider than ``width`` pixels is drawn smaller.
    """
    label, text = label_of(text)
    parts = [quoting.markup(label)] if label else []
    if not is_formula(text):
        return " ".join([*parts, plain_html(text, 14.0)])
    for piece in pieces(text):
        image = formulas.image(piece, size, make=make)
        if image is None:
            parts.append(plain_html(piece, size))
            continue
        name = f"formula{len(images)}"
        images[name] = image
        shape = image.deviceIndependentSize()
        scale = min(1.0, width / max(1.0, shape.width()))
        if scale < LEAST_SCALE:
            del images[name]
            parts.append(plain_html(piece, size))
            continue
        shape *= scale
        parts.append(
            f"<img src='{name}' width='{shape.width():.0f}' height='{shape.height():.0f}' "
            "style='vertical-align:middle' />"
        )
    return " ".join(parts)
