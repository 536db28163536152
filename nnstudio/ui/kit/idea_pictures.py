"""Small pictures for the articles of the help, drawn from what they speak of: functions, steps down a slope, networks.

``draw`` names a kind and its numbers: "curve" (of named functions), "descent" (rates on w²), "net" (layers, those that
are off), "bars", "matrix", "points", "losses", "path" (steps in a valley, or over a saddle), "schedule", "average",
"pair" (the losses of both parts).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPen, QPolygonF

from nnstudio.ui.kit import theme

WIDE, HIGH, SHARP, AROUND = 420, 150, 2, 14.0
Array = np.ndarray
ERF = np.vectorize(math.erf)
FUNCTIONS: Mapping[str, tuple[Callable[[Array], Array], tuple[float, float]]] = {
    "Line": (lambda z: z, (-3, 3)),
    "Step": (lambda z: (z >= 0).astype(float), (-3, 3)),
    "Sigmoid": (lambda z: 1 / (1 + np.exp(-z)), (-6, 6)),
    "Tanh": (np.tanh, (-3, 3)),
    "ReLU": (lambda z: np.maximum(z, 0), (-3, 3)),
    "Leaky ReLU": (lambda z: np.where(z > 0, z, 0.1 * z), (-3, 3)),
    "GELU": (lambda z: z * (1 + ERF(z / math.sqrt(2))) / 2, (-3, 3)),
    "−log a": (lambda a: -np.log(np.clip(a, 1e-2, None)), (0.01, 1)),
    # Two steps make a bump; three bumps make a curve.
    "Bumps": (
        lambda z: np.sum(
            [
                h * (1 / (1 + np.exp(-9 * (z - c + 0.5))) - 1 / (1 + np.exp(-9 * (z - c - 0.5))))
                for c, h in ((-2, 0.5), (0, 1.2), (2, 0.8))
            ],
            axis=0,
        ),
        (-3.5, 3.5),
    ),
}


def picture(draw: Mapping[str, Any]) -> QImage:
    """Return the picture of an article, in the colours of the theme.

    Raises:
        KeyError: there is no such kind.
    """
    image = QImage(WIDE * SHARP, HIGH * SHARP, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(SHARP)
    image.fill(QColor(theme.current().card))
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    font = painter.font()
    font.setPixelSize(11)
    painter.setFont(font)
    _KINDS[draw["kind"]](painter, draw)
    painter.end()
    return image


def _colors() -> list[QColor]:
    return [QColor(color) for color in theme.CLASSES]


class _Axes:
    """Leads from numbers to places of the picture."""

    def __init__(self, x: tuple[float, float], y: tuple[float, float], left: float = AROUND, right: float = WIDE - 110):
        self.x, self.y, self.left, self.right = x, y, left, right

    def at(self, x: float, y: float) -> QPointF:
        across = self.left + (self.right - self.left) * (x - self.x[0]) / ((self.x[1] - self.x[0]) or 1.0)
        up = HIGH - AROUND - (HIGH - 2 * AROUND) * (y - self.y[0]) / ((self.y[1] - self.y[0]) or 1.0)
        return QPointF(across, min(max(up, 2.0), HIGH - 2.0))

    def line(
        self, painter: QPainter, x: Array, y: Array, color: QColor, width: float = 2.0, dashed: bool = False
    ) -> None:
        pen = QPen(color, width)
        if dashed:
            pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolyline(QPolygonF([self.at(a, b) for a, b in zip(x.tolist(), y.tolist(), strict=True)]))

    def cross(self, painter: QPainter) -> None:
        painter.setPen(QPen(QColor(theme.current().border), 1.0))
        if self.y[0] <= 0 <= self.y[1]:
            painter.drawLine(self.at(self.x[0], 0), self.at(self.x[1], 0))
        if self.x[0] <= 0 <= self.x[1]:
            painter.drawLine(self.at(0, self.y[0]), self.at(0, self.y[1]))


def _name(painter: QPainter, place: int, text: str, color: QColor) -> None:
    """A line of the key, at the right."""
    painter.setPen(color)
    painter.drawText(QRectF(WIDE - 104, AROUND + 18 * place, 100, 18), Qt.AlignmentFlag.AlignVCenter, text)


def _curve(painter: QPainter, draw: Mapping[str, Any]) -> None:
    low, high = FUNCTIONS[draw["of"][0]][1]
    x = np.linspace(low, high, 240)
    found = [FUNCTIONS[name][0](x) for name in draw["of"]]
    slopes = [np.gradient(y, x) for y in found[:1]] if draw["of"][0] != "Step" else []
    everything = np.concatenate([*found, *slopes])
    axes = _Axes((low, high), (float(everything.min()), float(everything.max())))
    axes.cross(painter)
    for place, (name, y, color) in enumerate(zip(draw["of"], found, _colors(), strict=False)):
        axes.line(painter, x, y, color)
        _name(painter, place, name, color)
    for slope in slopes:
        axes.line(painter, x, slope, _colors()[0], 1.2, dashed=True)
        _name(painter, len(found), f"{draw['of'][0]}′", _colors()[0])


def _descent(painter: QPainter, draw: Mapping[str, Any]) -> None:
    axes = _Axes((-2.2, 2.2), (0.0, 4.4))
    x = np.linspace(-2.2, 2.2, 120)
    axes.line(painter, x, x**2, QColor(theme.current().muted), 1.4)
    for place, (rate, color) in enumerate(zip(draw["rates"], _colors(), strict=False)):
        path = [-1.9]
        for _ in range(9):
            # w² has the slope 2w.
            path.append(path[-1] - 2 * rate * path[-1])
        steps = np.clip(np.array(path), -2.2, 2.2)
        axes.line(painter, steps, steps**2, color, 1.6)
        painter.setPen(QPen(color, 6, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawPoints(QPolygonF([axes.at(w, w * w) for w in steps.tolist()]))
        _name(painter, place, f"η = {rate:g}", color)


def _net(painter: QPainter, draw: Mapping[str, Any]) -> None:
    t, layers, off = theme.current(), draw["layers"], set(draw.get("off", ()))
    spots = [
        [
            QPointF(60 + (WIDE - 120) * place / max(1, len(layers) - 1), HIGH * (unit + 1) / (count + 1))
            for unit in range(count)
        ]
        for place, count in enumerate(layers)
    ]
    signs = np.random.default_rng(3)
    for before, after in itertools.pairwise(spots):
        for a in before:
            for b in after:
                weight = float(signs.normal())
                color = QColor(t.positive if weight > 0 else t.negative)
                color.setAlphaF(0.7)
                painter.setPen(QPen(color, 0.6 + min(2.4, 1.4 * abs(weight))))
                painter.drawLine(a, b)
    for place, column in enumerate(spots):
        for unit, spot in enumerate(column):
            dropped = place == 1 and unit in off
            painter.setPen(QPen(QColor(t.border if dropped else t.accent), 1.6))
            painter.setBrush(QColor(t.card))
            painter.drawEllipse(spot, 9, 9)
            if dropped:
                painter.setPen(QPen(QColor(t.bad), 2.0))
                painter.drawLine(spot + QPointF(-6, -6), spot + QPointF(6, 6))
                painter.drawLine(spot + QPointF(-6, 6), spot + QPointF(6, -6))


def _bars(painter: QPainter, draw: Mapping[str, Any]) -> None:
    t, values = theme.current(), [float(value) for value in draw["values"]]
    wide = min(70.0, (WIDE - 2 * AROUND) / len(values))
    left, most = (WIDE - wide * len(values)) / 2, max(values) or 1.0
    letters = QFontMetricsF(painter.font())
    for place, (name, value) in enumerate(zip(draw["names"], values, strict=True)):
        high = (HIGH - 52) * value / most
        bar = QRectF(left + wide * place + 6, HIGH - 24 - high, wide - 12, high)
        painter.fillRect(bar, QColor(t.accent))
        painter.setPen(QColor(t.text))
        below = QRectF(left + wide * place - 4, HIGH - 22, wide + 8, 18)
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, letters.elidedText(name, Qt.TextElideMode.ElideRight, 80))
        above = QRectF(left + wide * place - 4, bar.top() - 18, wide + 8, 16)
        painter.drawText(above, Qt.AlignmentFlag.AlignCenter, f"{value:g}")


def _matrix(painter: QPainter, draw: Mapping[str, Any]) -> None:
    t, numbers = theme.current(), np.array(draw["numbers"], dtype=float)
    rows, columns = numbers.shape
    cell_high, cell_wide = min(34.0, (HIGH - 2 * AROUND) / rows), 62.0
    left, top = (WIDE - cell_wide * columns) / 2, (HIGH - cell_high * rows) / 2
    limit = float(np.abs(numbers).max()) or 1.0
    for row in range(rows):
        for column in range(columns):
            box = QRectF(left + column * cell_wide, top + row * cell_high, cell_wide - 2, cell_high - 2)
            value = float(numbers[row, column])
            painter.fillRect(box, theme.color_of(value, limit))
            painter.setPen(QColor("#1d2127" if theme.color_of(value, limit).lightnessF() > 0.5 else "#ffffff"))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, f"{value:g}".replace("-", "−"))
    painter.setPen(QPen(QColor(t.border), 1.0))


def _points(painter: QPainter, draw: Mapping[str, Any]) -> None:
    what, random, colors = draw["what"], np.random.default_rng(4), _colors()
    axes = _Axes((-2.4, 2.4), (-1.8, 1.8), AROUND, WIDE - AROUND)
    line = np.array([-2.4, 2.4])
    if what in ("regression", "outlier"):
        x = np.linspace(-2.1, 2.1, 22)
        y = 0.6 * x + random.normal(0, 0.18, len(x))
        if what == "outlier":
            y[-3:] = -1.5
        kinds = np.zeros(len(x), int)
        # Least squares, and least absolute differences by reweighting.
        slope, start = np.polyfit(x, y, 1)
        axes.line(painter, line, slope * line + start, colors[1])
        if what == "outlier":
            weights = np.ones(len(x))
            for _ in range(60):
                slope, start = np.polyfit(x, y, 1, w=np.sqrt(weights))
                weights = 1 / np.maximum(np.abs(y - slope * x - start), 1e-3)
            axes.line(painter, line, slope * line + start, colors[2])
    elif what == "crossed":
        x, y = np.array([-1.0, 1.0, -1.0, 1.0]), np.array([-1.0, 1.0, 1.0, -1.0])
        kinds = np.array([0, 0, 1, 1])
        for slope in (0.0, 0.9, -0.9):
            axes.line(painter, line, slope * line, QColor(theme.current().muted), 1.0, dashed=True)
    else:
        centre = np.repeat([[-0.9, 0.5], [0.9, -0.5]], 16, axis=0)
        spots = centre + random.normal(0, 0.32, centre.shape)
        x, y, kinds = spots[:, 0], spots[:, 1], np.repeat([0, 1], 16)
        axes.line(painter, line, 1.1 * line, QColor(theme.current().text), 1.6)
    for kind in np.unique(kinds):
        painter.setPen(QPen(colors[int(kind)], 8, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        chosen = kinds == kind
        painter.drawPoints(
            QPolygonF([axes.at(a, b) for a, b in zip(x[chosen].tolist(), y[chosen].tolist(), strict=True)])
        )


def _losses(painter: QPainter, draw: Mapping[str, Any]) -> None:
    e = np.linspace(-2.5, 2.5, 160)
    axes = _Axes((-2.5, 2.5), (0.0, 3.2))
    axes.cross(painter)
    huber = np.where(np.abs(e) < 1, e**2 / 2, np.abs(e) - 0.5)
    for place, (name, y) in enumerate((("e²", e**2), ("|e|", np.abs(e)), ("Huber", huber))):
        axes.line(painter, e, np.minimum(y, 3.2), _colors()[place])
        _name(painter, place, name, _colors()[place])


def _path(painter: QPainter, draw: Mapping[str, Any]) -> None:
    saddle = draw["what"] == "saddle"
    scale = np.array([1.0, -0.6]) if saddle else np.array([0.12, 2.2])
    axes = _Axes((-2.4, 2.4), (-1.2, 1.2), AROUND, WIDE - 110)
    ground = QColor(theme.current().border)
    for level in (0.05, 0.2, 0.5, 1.0, 1.8):
        around = np.linspace(0, 2 * math.pi, 90)
        if not saddle:
            x, y = np.sqrt(level / scale[0]) * np.cos(around), np.sqrt(level / scale[1]) * np.sin(around)
            axes.line(painter, np.clip(x, -2.4, 2.4), np.clip(y, -1.2, 1.2), ground, 1.2)
            continue
        up, across = np.linspace(-1.2, 1.2, 60), np.linspace(-2.4, 2.4, 60)
        for side in (-1, 1):
            axes.line(painter, np.clip(side * np.sqrt(level + 0.6 * up**2), -2.4, 2.4), up, ground, 1.2)
            higher = side * np.sqrt((level + across**2) / 0.6)
            seen = np.abs(higher) <= 1.2
            if seen.any():
                axes.line(painter, across[seen], higher[seen], ground, 1.2)
    for place, (name, beta, color) in enumerate((("SGD", 0.0, _colors()[0]), ("momentum", 0.85, _colors()[1]))):
        at, speed, rate = np.array([-2.1, 0.02 if saddle else 0.9]), np.zeros(2), 0.1 if saddle else 0.42
        rate = rate if beta == 0.0 else rate * (0.4 if not saddle else 0.5)
        path = [at.copy()]
        for _ in range(16 if saddle else 22):
            speed = beta * speed + 2 * scale * at
            at = np.clip(at - rate * speed, [-2.4, -1.2], [2.4, 1.2])
            path.append(at.copy())
        steps = np.array(path)
        axes.line(painter, steps[:, 0], steps[:, 1], color, 1.8)
        _name(painter, place, name, color)


def _schedule(painter: QPainter, draw: Mapping[str, Any]) -> None:
    t = np.linspace(0, 1, 200)
    plans = {
        "Step": 0.5 ** np.floor(t * 5),
        "Cosine": (1 + np.cos(np.pi * t)) / 2,
        "Exponential": np.exp(-3 * t),
        "Warm-up": np.where(t < 0.2, t / 0.2, (1 + np.cos(np.pi * (t - 0.2) / 0.8)) / 2),
    }
    axes = _Axes((0, 1), (0, 1.05))
    for place, name in enumerate(draw["what"]):
        axes.line(painter, t, plans[name], _colors()[place])
        _name(painter, place, name, _colors()[place])


def _average(painter: QPainter, draw: Mapping[str, Any]) -> None:
    random, beta = np.random.default_rng(6), float(draw["beta"])
    t = np.arange(90)
    readings = np.sin(t / 14) + random.normal(0, 0.35, len(t))
    mean, plain, right = 0.0, [], []
    for place, reading in enumerate(readings.tolist()):
        mean = beta * mean + (1 - beta) * reading
        plain.append(mean)
        right.append(mean / (1 - beta ** (place + 1)))
    axes = _Axes((0, 89), (-2.0, 2.0))
    painter.setPen(QPen(QColor(theme.current().muted), 3, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    painter.drawPoints(QPolygonF([axes.at(a, b) for a, b in zip(t.tolist(), readings.tolist(), strict=True)]))
    for place, (name, values) in enumerate(((f"β = {beta:g}", plain), ("/ (1 − βᵗ)", right))):
        axes.line(painter, t, np.array(values), _colors()[place], 2.0, dashed=bool(place))
        _name(painter, place, name, _colors()[place])


def _pair(painter: QPainter, draw: Mapping[str, Any]) -> None:
    t = np.linspace(0, 1, 120)
    train = 0.1 + 0.9 * np.exp(-5 * t)
    held = {
        "overfit": 0.16 + 0.84 * np.exp(-6 * t) + 0.5 * np.maximum(t - 0.35, 0) ** 1.2,
        "early": 0.16 + 0.84 * np.exp(-6 * t) + 0.5 * np.maximum(t - 0.35, 0) ** 1.2,
        "underfit": 0.66 + 0.34 * np.exp(-4 * t),
        "good": 0.16 + 0.84 * np.exp(-4.6 * t),
    }[draw["what"]]
    if draw["what"] == "underfit":
        train = 0.62 + 0.38 * np.exp(-4 * t)
    axes = _Axes((0, 1), (0, 1.05))
    axes.cross(painter)
    names: Sequence[tuple[str, Array]] = (("train", train), ("validation", held))
    for place, (name, y) in enumerate(names):
        axes.line(painter, t, y, QColor(theme.current().positive if place == 0 else theme.current().negative))
        _name(painter, place, name, QColor(theme.current().positive if place == 0 else theme.current().negative))
    if draw["what"] == "early":
        best = int(held.argmin())
        painter.setPen(QPen(QColor(theme.current().now), 1.6, Qt.PenStyle.DashLine))
        painter.drawLine(axes.at(float(t[best]), 0.0), axes.at(float(t[best]), 1.05))


_KINDS: Mapping[str, Callable[[QPainter, Mapping[str, Any]], None]] = {
    "curve": _curve,
    "descent": _descent,
    "net": _net,
    "bars": _bars,
    "matrix": _matrix,
    "points": _points,
    "losses": _losses,
    "path": _path,
    "schedule": _schedule,
    "average": _average,
    "pair": _pair,
}
