"""What an unfolded layer shows beyond its neurons: kernels on their maps, what a norm changed, a mask, states in time,
the rows of a table.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPen, QPolygonF

from nnstudio.document.numbers import few
from nnstudio.engine.aspects import Aspect, Kernels, Mask, Rows, Spread, Through
from nnstudio.ui.canvas.heading import LARGEST
from nnstudio.ui.canvas.strip import indices
from nnstudio.ui.kit import theme
from nnstudio.ui.kit.texts import tr

# Between the neurons and what stands below them.
APART = 5.0
# Words that do not fit are so much smaller at most.
NARROWEST, ROOMY = 0.75, 1.1
# A kernel takes so much of its map, from the corner.
INSET, KERNEL = 0.42, 34.0
# Spread: the distance of the two axes, and their height.
ACROSS, HIGH = 96.0, 44.0
# Time: a step and a unit are so large, the bars of the gradients so high.
STEP, UNIT, BARS, WIDEST = 16.0, 7.0, 26.0, 190.0
# A table: a number and a row are so large; so much is left for the token.
NUMBER, ROW, TOKEN = 9.0, 15.0, 30.0


def foot_of(aspect: Aspect | None, letters: QFontMetricsF) -> tuple[float, float]:
    """Return width and height of what stands below the neurons, its words written in some letters."""
    line, said = LARGEST * letters.height(), _words(aspect)
    wide = ROOMY * letters.horizontalAdvance(said) if said else 0.0
    if isinstance(aspect, Spread):
        return max(ACROSS + 12, wide), APART + HIGH + line
    if isinstance(aspect, Through):
        steps = min(WIDEST, STEP * len(aspect.times))
        return max(steps, wide), APART + UNIT * aspect.states.shape[1] + BARS + 3 * line
    if isinstance(aspect, Rows):
        return max(TOKEN + NUMBER * aspect.rows.shape[1] + 24, wide), APART + ROW * len(aspect.tokens) + line
    return wide, APART + line if said else 0.0


def _words(aspect: Aspect | None) -> str:
    """What is said of it in a line; "" where nothing."""
    if isinstance(aspect, Kernels) and aspect.channels > 1:
        return tr("strongest of {count}", count=aspect.channels)
    if isinstance(aspect, Spread):
        return f"σ {few(aspect.stood[1])} → {few(aspect.stands[1])}"
    if isinstance(aspect, Rows):
        return tr("{shown} of {total} rows", shown=len(aspect.tokens), total=aspect.total)
    return tr("state h, step by step →") if isinstance(aspect, Through) else ""


def paint_foot(painter: QPainter, aspect: Aspect | None, box: QRectF, table: np.ndarray) -> None:
    """Draw what stands below the neurons, in a table of 256 colours."""
    if aspect is None or box.isEmpty():
        return
    inner = box.adjusted(0, APART, 0, 0)
    if isinstance(aspect, Spread):
        _spread(painter, aspect, inner)
    elif isinstance(aspect, Through):
        _through(painter, aspect, inner, table)
    elif isinstance(aspect, Rows):
        _rows(painter, aspect, inner, table)
    else:
        painter.setPen(QColor(theme.current().muted))
        _write(painter, inner, _words(aspect))


def paint_over(painter: QPainter, aspect: Aspect | None, place: int, box: QRectF, table: np.ndarray) -> None:
    """Draw over one neuron: the kernel of its map, or a cross where it is switched off."""
    if isinstance(aspect, Kernels) and place < len(aspect.kernels):
        kernel = aspect.kernels[place]
        side = min(KERNEL, INSET * min(box.width(), box.height()))
        tall, wide = kernel.shape
        scale = side / max(tall, wide)
        room = QRectF(box.left() + 3, box.top() + 3, wide * scale, max(tall * scale, 4.0))
        _picture(painter, kernel, room, table, theme.nice_limit(float(np.abs(aspect.kernels).max(initial=0.0))))
        painter.setPen(QPen(QColor(theme.current().text), 1.2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(room)
    elif isinstance(aspect, Mask) and place < len(aspect.dropped) and aspect.dropped[place]:
        painter.setPen(QPen(QColor(theme.current().bad), 2.0))
        inner = box.adjusted(6, 6, -6, -6)
        painter.drawLine(inner.topLeft(), inner.bottomRight())
        painter.drawLine(inner.topRight(), inner.bottomLeft())


def _picture(painter: QPainter, numbers: np.ndarray, room: QRectF, table: np.ndarray, limit: float) -> None:
    """Numbers as cells with sharp edges."""
    pixels = np.ascontiguousarray(table[indices(numbers, limit)])
    high, wide = pixels.shape[:2]
    smooth = painter.testRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
    painter.drawImage(room, QImage(pixels.data, wide, high, wide * 3, QImage.Format.Format_RGB888))
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)


def _write(painter: QPainter, room: QRectF, text: str, where: Any = Qt.AlignmentFlag.AlignCenter) -> None:
    """Words in a room, a little smaller where they would not fit."""
    usual, wide = painter.font(), QFontMetricsF(painter.font()).horizontalAdvance(text)
    if wide > room.width():
        font = QFont(usual)
        font.setPointSizeF(usual.pointSizeF() * max(NARROWEST, 0.92 * room.width() / wide))
        painter.setFont(font)
    fitting = QFontMetricsF(painter.font()).elidedText(text, Qt.TextElideMode.ElideRight, room.width())
    painter.drawText(room, where | Qt.AlignmentFlag.AlignVCenter, fitting)
    painter.setFont(usual)


def _spread(painter: QPainter, aspect: Spread, box: QRectF) -> None:
    """Every unit before and after on two axes of one scale, with mean ± standard deviation beside."""
    t = theme.current()
    line = QFontMetricsF(painter.font()).height()
    everything = np.concatenate([aspect.before, aspect.after])
    ends = [mean + side * deviation for mean, deviation in (aspect.stood, aspect.stands) for side in (-1, 1)]
    low = float(min(np.nanmin(np.nan_to_num(everything)), *np.nan_to_num(ends)))
    high = float(max(np.nanmax(np.nan_to_num(everything)), *np.nan_to_num(ends)))
    span = high - low if high > low else 1.0
    top = box.top() + line
    left, right = box.left() + 6, box.right() - 6

    def down(value: float) -> float:
        return top + HIGH * (1 - (float(np.nan_to_num(value)) - low) / span)

    faint = QColor(t.muted)
    faint.setAlphaF(0.45)
    painter.setPen(QPen(faint, 1.0))
    if low < 0 < high:
        painter.drawLine(QPointF(left, down(0.0)), QPointF(right, down(0.0)))
    lines = QColor(t.accent)
    lines.setAlphaF(0.6)
    painter.setPen(QPen(lines, 1.0))
    for before, after in zip(aspect.before.tolist(), aspect.after.tolist(), strict=True):
        painter.drawLine(QPointF(left, down(before)), QPointF(right, down(after)))
    for across, values, (mean, deviation) in (
        (left, aspect.before, aspect.stood),
        (right, aspect.after, aspect.stands),
    ):
        painter.setPen(QPen(QColor(t.text), 3.0))
        painter.drawLine(QPointF(across, down(mean - deviation)), QPointF(across, down(mean + deviation)))
        painter.setPen(QPen(QColor(t.now), 2.0))
        painter.drawLine(QPointF(across - 7, down(mean)), QPointF(across + 7, down(mean)))
        pen = QPen(QColor(t.accent), 5.0)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawPoints(QPolygonF([QPointF(across, down(value)) for value in values.tolist()]))
    painter.setPen(QColor(t.muted))
    _write(painter, QRectF(box.left(), box.top() - 4, box.width(), line), _words(aspect))


def _through(painter: QPainter, aspect: Through, box: QRectF, table: np.ndarray) -> None:
    """The states, time to the right, one after the other; below, how large the gradient at each step's input is."""
    t = theme.current()
    line = QFontMetricsF(painter.font()).height()
    times, units = aspect.states.shape
    step = box.width() / max(times, 1)
    tall = UNIT * units
    painter.setPen(QColor(t.muted))
    _write(painter, QRectF(box.left(), box.top() - 3, box.width(), line), _words(aspect))
    top = box.top() + line
    limit = theme.nice_limit(float(np.abs(np.nan_to_num(aspect.states)).max(initial=0.0)))
    for time in range(times):
        cell = QRectF(box.left() + time * step + 1, top, max(step - 2, 1.0), tall)
        _picture(painter, aspect.states[time][:, None], cell, table, limit)
        painter.setPen(QPen(QColor(t.border), 0.8))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(cell)
    base = top + tall + 4 + BARS
    largest = float(np.nan_to_num(aspect.slopes).max(initial=0.0))
    painter.setPen(QPen(QColor(t.border), 1.0))
    painter.drawLine(QPointF(box.left(), base), QPointF(box.right(), base))
    if largest > 0:
        for time, slope in enumerate(np.nan_to_num(aspect.slopes).tolist()):
            bar = BARS * slope / largest
            painter.fillRect(
                QRectF(box.left() + time * step + 1, base - bar, max(step - 2, 1.0), bar), QColor(t.accent)
            )
    painter.setPen(QColor(t.muted))
    ends = (int(aspect.times[0]) + 1, int(aspect.times[-1]) + 1)
    _write(painter, QRectF(box.left(), base + 1, 40, line), f"t={ends[0]}", Qt.AlignmentFlag.AlignLeft)
    _write(painter, QRectF(box.right() - 40, base + 1, 40, line), f"t={ends[1]}", Qt.AlignmentFlag.AlignRight)
    said = f"‖∂E/∂xₜ‖ ≤ {few(largest)}" if largest > 0 else tr("no gradient")
    _write(painter, QRectF(box.left(), base + line, box.width(), line), said)


def _rows(painter: QPainter, aspect: Rows, box: QRectF, table: np.ndarray) -> None:
    """The rows of a table, each by its token; those that the sample looks up are marked, with how often."""
    t = theme.current()
    limit = theme.nice_limit(float(np.abs(np.nan_to_num(aspect.rows)).max(initial=0.0)))
    wide, line = NUMBER * aspect.rows.shape[1], QFontMetricsF(painter.font()).height()
    for place, (token, row, uses) in enumerate(
        zip(aspect.tokens.tolist(), aspect.rows, aspect.uses.tolist(), strict=True)
    ):
        top = box.top() + place * ROW
        painter.setPen(QColor(t.text if uses else t.muted))
        _write(painter, QRectF(box.left(), top, TOKEN - 6, ROW), str(token), Qt.AlignmentFlag.AlignRight)
        room = QRectF(box.left() + TOKEN, top + 1.5, wide, ROW - 3)
        painter.setOpacity(1.0 if uses else 0.45)
        _picture(painter, row[None], room, table, limit)
        painter.setOpacity(1.0)
        if uses:
            painter.setPen(QPen(QColor(t.now), 1.6))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(room)
            painter.setPen(QColor(t.text))
            if uses > 1:
                _write(painter, QRectF(room.right() + 3, top, 24, ROW), f"×{uses}", Qt.AlignmentFlag.AlignLeft)
    painter.setPen(QColor(t.muted))
    _write(painter, QRectF(box.left(), box.top() + ROW * len(aspect.tokens), box.width(), line), _words(aspect))
