"""The picture on a card: a cell per neuron, filled by its value, framed by its gradient."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QImage, QPixmap

from nnstudio.engine.snapshot import Picture

WIDTH = 152
SCALE = 2


def grid(count: int) -> tuple[int, int, int]:
    """Return columns, rows and cell size in pixels for a number of cells."""
    columns = min(max(count, 1), 8 if count <= 8 else 16)
    rows = -(-count // columns)
    return columns, rows, min(18, WIDTH // columns)


def strip_height(count: int) -> int:
    """Return the height of the picture of so many cells."""
    _, rows, cell = grid(count)
    return rows * cell


def _indices(numbers: np.ndarray, limit: float) -> np.ndarray:
    scaled = np.nan_to_num(numbers / limit if limit > 0 else numbers * 0.0, nan=0.0, posinf=1.0, neginf=-1.0)
    return (np.clip(scaled, -1.0, 1.0) * 127.5 + 127.5).astype(np.uint8)


def draw(picture: Picture, table: np.ndarray, value_limit: float, gradient_limit: float, background: tuple[int, int, int]) -> QPixmap:
    """Draw the cells of a picture with a table of 256 colours; one image, no painting in Python."""
    columns, rows, cell = grid(len(picture.values))
    size = cell * SCALE
    frame = max(2, size // 7)
    gap = max(1, size // 14)
    fill = np.full((rows * columns, 3), background, dtype=np.uint8)
    ring = fill.copy()
    fill[: len(picture.values)] = table[_indices(picture.values, value_limit)]
    # A gradient of zero has no ring: it takes the cell's own colour.
    ring[: len(picture.values)] = np.where(
        (np.abs(picture.gradients) > gradient_limit * 0.02)[:, None], table[_indices(picture.gradients, gradient_limit)],
        fill[: len(picture.values)],
    )
    image = np.empty((rows, size, columns, size, 3), dtype=np.uint8)
    image[...] = np.array(background, dtype=np.uint8)
    inner = slice(gap, size - gap)
    image[:, inner, :, inner] = ring.reshape(rows, 1, columns, 1, 3)
    core = slice(gap + frame, size - gap - frame)
    image[:, core, :, core] = fill.reshape(rows, 1, columns, 1, 3)
    flat = np.ascontiguousarray(image.reshape(rows * size, columns * size, 3))
    view = QImage(flat.data, columns * size, rows * size, columns * size * 3, QImage.Format.Format_RGB888)
    return QPixmap.fromImage(view)
