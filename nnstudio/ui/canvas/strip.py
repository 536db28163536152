"""The picture on a card: a cell per neuron, or a tile per channel or plane, filled by value and framed by gradient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPixmap, QPolygonF

from nnstudio.ui.kit import theme

if TYPE_CHECKING:
    from nnstudio.engine.snapshot import Picture, Plane

WIDTH = 152
SCALE = 2
# The side of a plot of points, in pixels of the canvas; how large a point and the ring around the present one are.
SIDE, POINT, RING = 150, 3.0, 11.0
# So few are drawn larger.
FEW = 60
# Frame and gap around a tile, in its own pixels.
EDGE = 2
TALLEST = 72


@dataclass(frozen=True)
class Layout:
    """Where the cells lie: sizes of a cell in pixels of the canvas, and how much the drawn image is scaled."""

    columns: int
    rows: int
    width: float
    height: float
    scale: float

    @property
    def room(self) -> float:
        """The height of the whole picture."""
        return self.rows * self.height


def layout_of(picture: Picture) -> Layout:
    """Return where the cells of a picture lie."""
    count = max(len(picture.values), 1)
    if not picture.tiles.size:
        columns = min(count, 8 if count <= 8 else 16)
        cell = min(18, WIDTH // columns)
        return Layout(columns, -(-count // columns), cell, cell, 1 / SCALE)
    tall, wide = (extent + 2 * EDGE for extent in picture.tiles.shape[1:])
    columns = min(count, 8)
    scale = min(WIDTH / (columns * wide), TALLEST / tall, 38 / tall if count > 1 else TALLEST / tall)
    return Layout(columns, -(-count // columns), wide * scale, tall * scale, scale)


def indices(numbers: np.ndarray, limit: float) -> np.ndarray:
    """Return the places of numbers in a table of 256 colours whose ends are ± limit."""
    scaled = np.nan_to_num(numbers / limit if limit > 0 else numbers * 0.0, nan=0.0, posinf=1.0, neginf=-1.0)
    return (np.clip(scaled, -1.0, 1.0) * 127.5 + 127.5).astype(np.uint8)


def draw(
    picture: Picture, table: np.ndarray, value_limit: float, gradient_limit: float, background: tuple[int, int, int]
) -> QPixmap:
    """Draw the cells of a picture with a table of 256 colours; one image, no painting in Python."""
    if picture.tiles.size:
        return _draw_tiles(picture, table, value_limit, gradient_limit, background)
    place = layout_of(picture)
    columns, rows = place.columns, place.rows
    size = round(place.width / place.scale)
    frame = max(2, size // 7)
    gap = max(1, size // 14)
    fill = np.full((rows * columns, 3), background, dtype=np.uint8)
    ring = fill.copy()
    fill[: len(picture.values)] = table[indices(picture.values, value_limit)]
    ring[: len(picture.values)] = _rings(picture, table, gradient_limit, fill[: len(picture.values)])
    image = np.empty((rows, size, columns, size, 3), dtype=np.uint8)
    image[...] = np.array(background, dtype=np.uint8)
    inner = slice(gap, size - gap)
    image[:, inner, :, inner] = ring.reshape(rows, 1, columns, 1, 3)
    core = slice(gap + frame, size - gap - frame)
    image[:, core, :, core] = fill.reshape(rows, 1, columns, 1, 3)
    return _pixmap(image.reshape(rows * size, columns * size, 3))


def _draw_tiles(
    picture: Picture, table: np.ndarray, value_limit: float, gradient_limit: float, background: tuple[int, int, int]
) -> QPixmap:
    place = layout_of(picture)
    count, tall, wide = picture.tiles.shape
    image = np.empty((place.rows * place.columns, tall + 2 * EDGE, wide + 2 * EDGE, 3), dtype=np.uint8)
    image[...] = np.array(background, dtype=np.uint8)
    blank = np.broadcast_to(np.array(background, dtype=np.uint8), (count, 3))
    image[:count, 1:-1, 1:-1] = _rings(picture, table, gradient_limit, blank)[:, None, None, :]
    image[:count, EDGE:-EDGE, EDGE:-EDGE] = table[indices(picture.tiles, value_limit)]
    cells = image.reshape(place.rows, place.columns, tall + 2 * EDGE, wide + 2 * EDGE, 3).transpose(0, 2, 1, 3, 4)
    return _pixmap(cells.reshape(place.rows * (tall + 2 * EDGE), place.columns * (wide + 2 * EDGE), 3))


def matrix_pixmap(matrix: np.ndarray, table: np.ndarray, limit: float) -> QPixmap:
    """Draw a matrix, one pixel a number."""
    return _pixmap(table[indices(matrix, limit)])


PLOT = Layout(1, 1, SIDE, SIDE, 1 / SCALE)


def draw_points(plane: Plane, sample: np.ndarray | None) -> QPixmap:
    """Draw the samples of one or two inputs, of one over the target, with a ring around the present one."""
    points, two = plane.points, plane.points.inputs.shape[1] > 1
    upwards = points.inputs[:, 1] if two else points.targets
    low = np.array([plane.low[0], plane.low[1] if two else upwards.min(initial=0.0)])
    high = np.array([plane.high[0], plane.high[1] if two else upwards.max(initial=1.0)])
    spread = np.where(high > low, high - low, 1.0)

    def place(at: np.ndarray) -> np.ndarray:
        share = (at - low) / spread
        margin = SCALE * RING / 2
        room = SCALE * SIDE - 2 * margin
        placed: np.ndarray = margin + room * np.column_stack([share[:, 0], 1 - share[:, 1]])
        return placed

    found = QPixmap(SCALE * SIDE, SCALE * SIDE)
    found.fill(Qt.GlobalColor.transparent)
    painter = QPainter(found)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    size = SCALE * (POINT if len(points.targets) > FEW else 2 * POINT)
    limit = theme.nice_limit(float(np.abs(points.targets).max(initial=0.0)))
    places = place(np.column_stack([points.inputs[:, 0], upwards]))
    kinds = points.targets.astype(int) if plane.classes else np.round(np.clip(points.targets / limit, -1, 1) * 4)
    for kind in np.unique(kinds):
        color = (
            QColor(theme.CLASSES[int(kind) % len(theme.CLASSES)]) if plane.classes else theme.color_of(kind / 4, 1.0)
        )
        painter.setPen(QPen(color, size, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawPoints(QPolygonF([QPointF(*spot) for spot in places[kinds == kind].tolist()]))
    if sample is not None and two:
        painter.setPen(QPen(QColor(theme.current().now), SCALE * 1.8))
        painter.drawEllipse(QPointF(*place(sample[None, :2])[0].tolist()), SCALE * RING / 2, SCALE * RING / 2)
    painter.end()
    return found


def _rings(picture: Picture, table: np.ndarray, limit: float, without: np.ndarray) -> np.ndarray:
    # A gradient of zero has no ring: it takes the colour that lies under it.
    shown = (np.abs(picture.gradients) > limit * 0.02)[:, None]
    return np.where(shown, table[indices(picture.gradients, limit)], without)


def _pixmap(pixels: np.ndarray) -> QPixmap:
    flat = np.ascontiguousarray(pixels)
    height, width = flat.shape[:2]
    return QPixmap.fromImage(QImage(flat.data, width, height, width * 3, QImage.Format.Format_RGB888))
