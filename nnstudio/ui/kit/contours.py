"""A picture of heights over a plane, in bands."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QImage

from nnstudio.ui.kit import theme

BANDS, FINE = 16, 400


def banded(loss: np.ndarray, *, by_area: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Return (levels 0 … BANDS−1 on a fine grid, the loss at the edges between): bands of equal height in the
    logarithm, or of equal area, which show small dents far above the lowest place.
    """
    finite = np.nan_to_num(
        loss,
        nan=np.nanmax(loss[np.isfinite(loss)], initial=0.0),
        posinf=float(np.nanmax(loss[np.isfinite(loss)], initial=0.0)),
    )
    low = float(finite.min())
    heights = finite if by_area else np.log(finite - low + 1e-3 * (float(np.median(finite)) - low) + 1e-9)
    side = len(loss)
    places = np.linspace(0, side - 1, FINE)
    left = np.minimum(places.astype(int), side - 2)
    part = places - left
    rows = heights[left] * (1 - part[:, None]) + heights[left + 1] * part[:, None]
    fine = rows[:, left] * (1 - part) + rows[:, left + 1] * part
    if by_area:
        edges = np.quantile(fine, np.linspace(0, 1, BANDS + 1))
        return np.clip(np.searchsorted(edges, fine, side="right") - 1, 0, BANDS - 1), edges[1:-1]
    edges = np.linspace(fine.min(), fine.max() + 1e-9, BANDS + 1)
    return np.clip(np.digitize(fine, edges) - 1, 0, BANDS - 1), np.exp(edges[1:-1]) + low


def contour_image(loss: np.ndarray, *, by_area: bool = False) -> QImage:
    """Return the bands in the colours of the theme, low ones strong, with a line between each two; row 0 is lowest."""
    levels, _ = banded(loss, by_area=by_area)
    t = theme.current()
    low, high = np.array(theme.rgb(t.positive), dtype=float), np.array(theme.rgb(t.neutral), dtype=float)
    table = np.linspace(low, high, BANDS).round().astype(np.uint8)
    pixels = np.ascontiguousarray(table[levels[::-1]])
    edges = (levels != np.roll(levels, 1, 0)) | (levels != np.roll(levels, 1, 1))
    edges[0], edges[:, 0] = False, False
    pixels[edges[::-1]] = pixels[edges[::-1]] // 4 * 3
    return QImage(pixels.data, FINE, FINE, 3 * FINE, QImage.Format.Format_RGB888).copy()
