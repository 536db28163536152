"""The weights between two layers, a curve for each: its width is their size, its colour their sign. Light runs along
them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from nnstudio.ui.kit import theme

# Widths come in so many steps for each sign: one path for each, however many weights there are.
WIDTHS = 6
THIN, THICK = 0.5, 3.4
FAINT = 0.22
# More curves than this are hairs without smooth edges: wide transparent ones would take half a second.
MANY = 2500
SAMPLES = 14
# How far a curve leaves to the right before it turns.
REACH = 24.0
# Dots: only the largest flows have one.
DOTS, SMALLEST, LARGEST = 40, 4.0, 11.0
NONE = np.zeros(0)


@dataclass(frozen=True)
class Bundle:
    """Curves between units. ``rows`` and ``cols`` tell which unit each leads to and comes from, as places among those
    shown (−1: a port); ``values`` their weights (NaN: none); ``lines`` (n, samples, 2) how they run.
    """

    rows: np.ndarray
    cols: np.ndarray
    values: np.ndarray
    lines: np.ndarray


@dataclass(frozen=True)
class Ends:
    """Where curves leave or arrive: the units' edges, and the edge of the column from where they are free, (n, 2) each;
    a port has one place for both.
    """

    units: np.ndarray
    edge: np.ndarray
    port: bool = False


def bundle(
    start: Ends,
    end: Ends,
    matrix: np.ndarray | None,
    full: bool = False,
    pairs: tuple[np.ndarray, np.ndarray] | None = None,
) -> Bundle:
    """Lead curves from units to units. ``matrix`` (ends, starts) has a weight for each pair; without one there is a
    curve for each unit to its like (``full``: to every other), or to or from the port; or for each of the ``pairs``
    (ends, starts).
    """
    count, goals = len(start.units), len(end.units)
    if pairs is not None:
        rows, cols = pairs
        values = np.full(len(rows), np.nan)
    elif matrix is not None and matrix.shape == (goals, count):
        rows, cols = (places.ravel() for places in np.indices(matrix.shape))
        values = matrix.ravel().astype(float)
    elif start.port or end.port or (count == goals and not full):
        total = max(count, goals)
        rows = np.zeros(total, int) if end.port else np.arange(total)
        cols = np.zeros(total, int) if start.port else np.arange(total)
        values = np.full(total, np.nan)
    else:
        rows, cols = (places.ravel() for places in np.indices((goals, count)))
        values = np.full(len(rows), np.nan)
    lines = _curves(start.edge[cols], end.edge[rows])
    whole = np.concatenate([start.units[cols][:, None], lines, end.units[rows][:, None]], axis=1)
    return Bundle(
        np.full_like(rows, -1) if end.port else rows, np.full_like(cols, -1) if start.port else cols, values, whole
    )


def _curves(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Smooth lines (n, samples, 2) that leave to the right and arrive from the left."""
    reach = np.maximum(REACH, np.abs(end[:, 0] - start[:, 0]) * 0.5)
    share = np.linspace(0.0, 1.0, SAMPLES)[None, :, None]
    out = start + np.stack([reach, np.zeros_like(reach)], axis=1)
    into = end - np.stack([reach, np.zeros_like(reach)], axis=1)
    a, b, c, d = (1 - share) ** 3, 3 * (1 - share) ** 2 * share, 3 * (1 - share) * share**2, share**3
    found: np.ndarray = a * start[:, None] + b * out[:, None] + c * into[:, None] + d * end[:, None]
    return found


def path_of(lines: np.ndarray) -> QPainterPath:
    """Return curves (n, samples, 2) as one path."""
    if not len(lines):
        return QPainterPath()
    joined = np.ones(lines.shape[:2], dtype=np.int32)
    joined[:, -1] = 0
    across, down = (np.ascontiguousarray(lines[..., axis].ravel()) for axis in (0, 1))
    found: QPainterPath = pg.functions.arrayToQPath(across, down, connect=joined.ravel())
    return found


class Curves(QGraphicsItem):
    """The curves of one wire. They are drawn when they change; while the canvas moves Qt moves the picture."""

    def __init__(self) -> None:
        super().__init__()
        self.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)
        self.setZValue(0.5)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.bundle = Bundle(NONE.astype(int), NONE.astype(int), NONE, np.zeros((0, SAMPLES, 2)))
        self._paths: list[tuple[int, QPainterPath]] = []
        self._box = QRectF()
        self.rough = False
        # How strong each curve is drawn.
        self._steps = NONE.astype(int)
        self.limit = 1.0

    def lead(self, found: Bundle) -> None:
        """Take other curves; they are drawn again where any looks otherwise."""
        stays = np.array_equal(found.lines, self.bundle.lines)
        self.bundle = found
        box = QRectF()
        if len(found.lines):
            (left, top), (right, bottom) = found.lines.min(axis=(0, 1)), found.lines.max(axis=(0, 1))
            box = QRectF(left, top, right - left, bottom - top).adjusted(-THICK, -THICK, THICK, THICK)
        if box != self._box:
            self.prepareGeometryChange()
            self._box = box
        weights = np.abs(found.values[np.isfinite(found.values)])
        self.limit = theme.nice_limit(float(weights.max(initial=0.0))) if len(weights) else 1.0
        strength = np.nan_to_num(np.clip(np.ceil(np.abs(found.values) / self.limit * WIDTHS), 1, WIDTHS)).astype(int)
        # Steps run from strong negative over weak to strong positive; −1 is what carries values on without a weight.
        steps = np.where(found.values < 0, WIDTHS - strength, WIDTHS + strength - 1)
        steps = np.where(np.isfinite(found.values), steps, -1)
        if stays and np.array_equal(steps, self._steps):
            return
        self._steps = steps
        self._paths = [(int(step), path_of(found.lines[steps == step])) for step in np.unique(steps)]
        self.update()

    def boundingRect(self) -> QRectF:
        return self._box

    def draw_roughly(self, rough: bool) -> None:
        """Draw hairs while the zoom changes, smooth curves when it rests."""
        if rough != self.rough:
            self.rough = rough
            self.update()

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        hairs = self.rough or len(self.bundle.values) > MANY
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, not hairs)
        for step, path in self._paths:
            painter.strokePath(path, pen_of(step, hairs))

    def at(self, place: QPointF, reach: float) -> int | None:
        """The curve nearest to a place of the canvas, within reach."""
        if not len(self.bundle.lines) or not self._box.adjusted(-reach, -reach, reach, reach).contains(place):
            return None
        # From a place to each piece of a curve.
        spot = np.array([place.x(), place.y()])
        a, b = self.bundle.lines[:, :-1], self.bundle.lines[:, 1:]
        way = b - a
        length = np.maximum((way**2).sum(axis=2), 1e-9)
        share = np.clip(((spot - a) * way).sum(axis=2) / length, 0.0, 1.0)
        away = np.hypot(*np.moveaxis(a + share[..., None] * way - spot, 2, 0)).min(axis=1)
        nearest = int(away.argmin())
        return nearest if away[nearest] <= reach else None


def pen_of(step: int, hair: bool = False) -> QPen:
    """The pen of a step of strength."""
    t = theme.current()
    if step < 0:
        color = QColor(t.muted)
        color.setAlphaF(0.55)
        return QPen(color, 0 if hair else 1.1)
    sign = -1 if step < WIDTHS else 1
    strength = (WIDTHS - step if sign < 0 else step - WIDTHS + 1) / WIDTHS
    color = QColor(t.negative if sign < 0 else t.positive)
    if hair:
        return QPen(QColor(theme.mixed(color.name(), t.canvas, 0.15 + 0.85 * strength)), 0)
    color.setAlphaF(0.16 + 0.64 * strength)
    return QPen(color, THIN + (THICK - THIN) * strength)


class Bright(QGraphicsItem):
    """Some curves brought out: those of a neuron, or a single one in the colour of the present step."""

    def __init__(self) -> None:
        super().__init__()
        self.setZValue(1.4)
        self.setVisible(False)
        self._paths: list[tuple[QPen, QPainterPath]] = []
        self._box = QRectF()

    def show_curves(self, curves: list[tuple[Bundle, np.ndarray, float]], now: bool = False) -> None:
        """Show chosen curves of bundles (with the end of their scale), or none; ``now`` in violet."""
        self._paths, box = [], QRectF()
        for found, chosen, limit in curves:
            for place in np.flatnonzero(chosen).tolist():
                path = path_of(found.lines[place : place + 1])
                value = float(found.values[place])
                if now:
                    pen = QPen(QColor(theme.current().now), 3.0)
                else:
                    share = min(1.0, abs(value) / limit) if np.isfinite(value) else 0.0
                    pen = pen_of(-1 if not np.isfinite(value) else 0 if value < 0 else 2 * WIDTHS - 1)
                    pen.setWidthF(1.2 + 3.0 * share)
                self._paths.append((pen, path))
                box = box.united(path.boundingRect())
        self.prepareGeometryChange()
        self._box = box.adjusted(-5, -5, 5, 5)
        self.setVisible(bool(self._paths))
        self.update()

    def boundingRect(self) -> QRectF:
        return self._box

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for pen, path in self._paths:
            painter.strokePath(path, pen)


@dataclass(frozen=True)
class Flow:
    """What flows along curves: the curves (n, samples, 2), its numbers with their signs, and the end of their scale."""

    lines: np.ndarray
    numbers: np.ndarray
    limit: float


@dataclass
class _Drawn:
    """The dots of one colour and size."""

    pen: QPen
    lines: np.ndarray = field(default_factory=lambda: NONE)


def largest(lines: np.ndarray, numbers: np.ndarray, most: int = DOTS) -> Flow:
    """Return the largest flows alone: of more dots the eye follows none."""
    sizes = np.abs(np.nan_to_num(numbers))
    order = np.argsort(-sizes)[:most]
    order = order[sizes[order] > 0.02 * sizes.max(initial=0.0)]
    return Flow(lines[order], numbers[order], float(sizes.max(initial=0.0)) or 1.0)


class Dots(QGraphicsItem):
    """Dots that run along curves, coloured by the sign of what flows and sized by how much."""

    def __init__(self) -> None:
        super().__init__()
        self.setZValue(1.5)
        self.setVisible(False)
        self._groups: list[_Drawn] = []
        self._box = QRectF()
        self.at = 0.0
        self.count = 0

    def carry(self, flows: list[Flow]) -> None:
        """Take what is to flow."""
        t = theme.current()
        groups: dict[tuple[bool, int], list[np.ndarray]] = {}
        for flow in flows:
            sizes = np.abs(flow.numbers) / flow.limit
            for negative in (False, True):
                for step in range(3):
                    low, high = step / 3, (step + 1) / 3 if step < 2 else 9.0
                    chosen = ((flow.numbers < 0) == negative) & (sizes > low) & (sizes <= high)
                    if chosen.any():
                        groups.setdefault((negative, step), []).append(flow.lines[chosen])
        self._groups = []
        self.count = 0
        box = QRectF()
        for (negative, step), parts in groups.items():
            lines = np.concatenate(parts)
            size = SMALLEST + (LARGEST - SMALLEST) * step / 2
            pen = QPen(QColor(t.negative if negative else t.positive), size)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            self._groups.append(_Drawn(pen, lines))
            self.count += len(lines)
            (left, top), (right, bottom) = lines.min(axis=(0, 1)), lines.max(axis=(0, 1))
            box = box.united(QRectF(left, top, right - left, bottom - top))
        self.prepareGeometryChange()
        self._box = box.adjusted(-LARGEST, -LARGEST, LARGEST, LARGEST)
        self.setVisible(bool(self._groups))

    def move_to(self, share: float) -> None:
        """Stand at a share of the way."""
        self.at = share
        self.update()

    def boundingRect(self) -> QRectF:
        return self._box

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edge = QColor(theme.current().card)
        for group in self._groups:
            last = group.lines.shape[1] - 1
            place = min(max(self.at, 0.0), 1.0) * last
            before = min(int(place), last - 1)
            part = place - before
            spots = group.lines[:, before] * (1 - part) + group.lines[:, before + 1] * part
            points = QPolygonF([QPointF(x, y) for x, y in spots.tolist()])
            rim = QPen(group.pen)
            rim.setColor(edge)
            rim.setWidthF(group.pen.widthF() + 2)
            for pen in (rim, group.pen):
                painter.setPen(pen)
                painter.drawPoints(points)
