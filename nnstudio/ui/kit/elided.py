"""A label that gives way: what does not fit ends in …, and stands in the tooltip."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QStyleOption

from nnstudio.ui.kit.plain import tip

# Narrower than so many letters there is nothing to be read.
FEWEST = 4


class ElidedLabel(QLabel):
    """``text`` is the whole text, whatever is drawn; the label never makes a window wider."""

    def __init__(self) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def setText(self, text: str) -> None:
        super().setText(text)
        self.setToolTip(tip(text))

    def minimumSizeHint(self) -> QSize:
        return QSize(0, super().minimumSizeHint().height())

    def shown(self) -> str:
        """What there is room for."""
        metrics, room = self.fontMetrics(), self.contentsRect().width()
        return (
            metrics.elidedText(self.text(), Qt.TextElideMode.ElideRight, room)
            if room >= FEWEST * metrics.averageCharWidth()
            else ""
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, option = QPainter(self), QStyleOption()
        option.initFrom(self)
        self.style().drawItemText(
            painter,
            self.contentsRect(),
            int(self.alignment().value),
            option.palette,
            self.isEnabled(),
            self.shown(),
            self.foregroundRole(),
        )
