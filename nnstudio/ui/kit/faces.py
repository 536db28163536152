"""Samples that are pictures, as pictures."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPixmap


def face_of(x: np.ndarray, side: int) -> QPixmap:
    """Return a picture (C, H, W) as pixels, its least number black and its greatest white."""
    low, high = float(x.min()), float(x.max())
    shades = np.clip((x - low) / (high - low or 1.0) * 255, 0, 255).astype(np.uint8)
    pixels = np.ascontiguousarray(np.repeat(shades, 3 // len(shades), axis=0).transpose(1, 2, 0))
    height, width = pixels.shape[:2]
    image = QImage(pixels.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888)
    return QPixmap.fromImage(image.scaled(side, side, Qt.AspectRatioMode.KeepAspectRatio))
