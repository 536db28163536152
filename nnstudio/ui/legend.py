"""The legend of the colours, with the ends of the scales as numbers."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QWidget

from nnstudio.ui import theme
from nnstudio.ui.texts import number, tr


class Legend(QFrame):
    """Orange is negative, blue positive; fill is a value, frame a gradient."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("legend")
        layout = QGridLayout(self)
        layout.setContentsMargins(10, 6, 10, 6)
        layout.setVerticalSpacing(1)
        bar = QLabel()
        table = theme.color_table()
        image = QImage(table.tobytes(), 256, 1, 256 * 3, QImage.Format.Format_RGB888)
        bar.setPixmap(QPixmap.fromImage(image).scaled(120, 8))
        layout.addWidget(bar, 0, 1)
        self._ends = [(QLabel(), QLabel()) for _ in range(2)]
        for row, (low, high) in enumerate(self._ends, 1):
            name = QLabel(tr("fill: value") if row == 1 else tr("frame: gradient"))
            for label in (name, low, high):
                label.setObjectName("muted")
            layout.addWidget(name, row, 0)
            ends = QWidget()
            inner = QGridLayout(ends)
            inner.setContentsMargins(0, 0, 0, 0)
            inner.addWidget(low, 0, 0)
            inner.addWidget(high, 0, 1, Qt.AlignmentFlag.AlignRight)
            layout.addWidget(ends, row, 1)
        self.show_limits(1.0, 1e-3)

    def show_limits(self, values: float, gradients: float) -> None:
        """Write the ends of the scales."""
        for (low, high), limit in zip(self._ends, (values, gradients), strict=True):
            low.setText(number(-limit))
            high.setText(number(limit))
        self.adjustSize()
