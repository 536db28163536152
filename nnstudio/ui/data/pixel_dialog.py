"""Paint the input of a network that takes images."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from nnstudio.ui.kit import theme
from nnstudio.ui.kit.texts import tr

# How much ink a touch leaves in the pixel itself and in its neighbours, as shares of full ink.
INK, HALO = 0.9, 0.3


class Pixels(QWidget):
    """The picture (H, W) in shares of full ink; the left button paints, the right one wipes."""

    def __init__(self, picture: np.ndarray, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.picture = np.clip(picture, 0.0, 1.0)
        self.setMinimumSize(300, 300)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName(tr("Picture to paint on"))

    def _box(self) -> QRectF:
        rows, columns = self.picture.shape
        cell = min((self.width() - 2) / columns, (self.height() - 2) / rows)
        return QRectF(
            (self.width() - cell * columns) / 2, (self.height() - cell * rows) / 2, cell * columns, cell * rows
        )

    def spot(self, row: int, column: int) -> QPointF:
        """The middle of a pixel in the widget."""
        box, (rows, columns) = self._box(), self.picture.shape
        return QPointF(
            box.left() + (column + 0.5) * box.width() / columns, box.top() + (row + 0.5) * box.height() / rows
        )

    def _touch(self, event: QMouseEvent) -> None:
        box, (rows, columns) = self._box(), self.picture.shape
        column = int((event.position().x() - box.left()) / box.width() * columns)
        row = int((event.position().y() - box.top()) / box.height() * rows)
        wipe = bool(event.buttons() & Qt.MouseButton.RightButton)
        for i, j, share in ((0, 0, INK), (1, 0, HALO), (-1, 0, HALO), (0, 1, HALO), (0, -1, HALO)):
            if 0 <= row + i < rows and 0 <= column + j < columns:
                here = self.picture[row + i, column + j]
                self.picture[row + i, column + j] = 0.0 if wipe else min(1.0, max(here, here * 0.5 + share))
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._touch(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons():
            self._touch(event)

    def clear(self) -> None:
        """Wipe everything."""
        self.picture[:] = 0.0
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        shades = np.ascontiguousarray((255 * self.picture).astype(np.uint8))
        rows, columns = shades.shape
        painter.drawImage(self._box(), QImage(shades.data, columns, rows, columns, QImage.Format.Format_Grayscale8))
        painter.setPen(QPen(QColor(theme.current().border), 1))
        painter.drawRect(self._box())
        painter.end()


class PixelDialog(QDialog):
    """Paints over the shown sample's image (C, H, W); ``values()`` are the numbers that the network takes."""

    def __init__(self, image: np.ndarray, low: float, high: float, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Paint the input"))
        self._low, self._high, self._channels = low, high if high > low else low + 1.0, len(image)
        self.pixels = Pixels((image.mean(axis=0).astype(float) - low) / (self._high - low))
        clear = QPushButton(tr("Clear"))
        clear.setAutoDefault(False)
        clear.clicked.connect(self.pixels.clear)
        row = QHBoxLayout()
        row.addWidget(QLabel(tr("Drag to paint; the right button wipes.")))
        row.addStretch(1)
        row.addWidget(clear)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(self.pixels, 1)
        layout.addLayout(row)
        layout.addWidget(buttons)

    def values(self) -> np.ndarray:
        """The painted image as (1, C, H, W)."""
        plane = self._low + self.pixels.picture * (self._high - self._low)
        return np.broadcast_to(plane, (1, self._channels, *plane.shape)).copy()
