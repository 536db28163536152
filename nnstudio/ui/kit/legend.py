"""The legend of the colours, with the ends of the scales as numbers."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QWidget

from nnstudio.document.numbers import number
from nnstudio.ui.kit import theme
from nnstudio.ui.kit.texts import tr


class Legend(QWidget):
    """Orange is negative, blue positive; fill is a value, ring a gradient."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        layout = QGridLayout(self)
        layout.setContentsMargins(10, 4, 10, 2)
        layout.setVerticalSpacing(1)
        self._bar = QFrame()
        self._bar.setFixedHeight(7)
        layout.addWidget(self._bar, 0, 0, 1, 2)
        self._ends: list[QLabel] = []
        for row, text in ((1, tr("fill: value")), (2, tr("ring: gradient"))):
            name, end = QLabel(text), QLabel()
            for label in (name, end):
                label.setObjectName("muted")
            layout.addWidget(name, row, 0)
            layout.addWidget(end, row, 1, Qt.AlignmentFlag.AlignRight)
            self._ends.append(end)
        self.show_limits(1.0, 1e-3)
        self.restyle()
        theme.follow(self.restyle)

    def restyle(self) -> None:
        """Take the colours of the theme."""
        t = theme.current()
        self._bar.setStyleSheet(
            f"border: 0; border-radius: 3px; background: qlineargradient(x1: 0, y1: 0, x2: 1, y2: 0, "
            f"stop: 0 {t.negative}, stop: 0.5 {t.neutral}, stop: 1 {t.positive});"
        )

    def show_limits(self, values: float, gradients: float) -> None:
        """Write the ends of the scales."""
        for label, limit in zip(self._ends, (values, gradients), strict=True):
            label.setText(f"± {limit:.2g}")
            label.setToolTip(f"{number(-limit)} … 0 … {number(limit)}")
