"""A slider that goes where it is clicked."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QSlider, QStyle, QStyleOptionSlider


class JumpSlider(QSlider):
    """A click beside the handle brings it there, and it can be dragged on from there."""

    @property
    def at_end(self) -> bool:
        """Whether it stands at its last place."""
        return self.value() >= self.maximum()

    def go_on(self) -> bool:
        """One place on; returns whether there was one."""
        at_end = self.at_end
        self.setValue(self.value() + 1)
        return not at_end

    def mousePressEvent(self, event: QMouseEvent) -> None:
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        style = self.style()
        handle = style.subControlRect(QStyle.ComplexControl.CC_Slider, option, QStyle.SubControl.SC_SliderHandle, self)
        spot = event.position().toPoint()
        if event.button() == Qt.MouseButton.LeftButton and not handle.contains(spot):
            groove = style.subControlRect(
                QStyle.ComplexControl.CC_Slider, option, QStyle.SubControl.SC_SliderGroove, self
            )
            way, at = groove.width() - handle.width(), spot.x() - groove.x() - handle.width() // 2
            self.setValue(style.sliderValueFromPosition(self.minimum(), self.maximum(), at, way))
        super().mousePressEvent(event)
