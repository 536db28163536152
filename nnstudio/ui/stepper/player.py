"""Playing through a step by the clock: a button, a pace, and what is due."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QColor, QIcon, QPainter
from PySide6.QtWidgets import QComboBox, QStyle, QToolButton, QWidget

from nnstudio.ui.kit import theme
from nnstudio.ui.kit.texts import tr

PACES = (0.5, 1.0, 2.0, 4.0, 8.0)
PLAY_MS = 900


class Player(QObject):
    """``due`` comes with every step that the clock wants."""

    due = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.button = QToolButton()
        self.button.setToolTip(tr("Play (space)"))
        self.button.setAccessibleName(tr("Play (space)"))
        self.pace = QComboBox()
        self.pace.setAccessibleName(tr("Pace"))
        self.pace.setToolTip(tr("How fast it plays"))
        for pace in PACES:
            self.pace.addItem(f"×{pace:g}", pace)
        self.pace.setCurrentIndex(PACES.index(1.0))
        self.pace.currentIndexChanged.connect(self._set_pace)
        self._timer = QTimer(self)
        self._timer.setInterval(PLAY_MS)
        self._timer.timeout.connect(self.due)
        self.restyle()

    @property
    def going(self) -> bool:
        """Whether it plays."""
        return self._timer.isActive()

    def _set_pace(self) -> None:
        self._timer.setInterval(round(PLAY_MS / float(self.pace.currentData())))

    def toggle(self) -> None:
        """Play, or play no longer."""
        if self.going:
            self._timer.stop()
        else:
            self._timer.start()
        self.restyle()

    def stop(self) -> None:
        """Play no longer."""
        self._timer.stop()
        self.restyle()

    def restyle(self) -> None:
        """Show what the button does, in the colours of the theme."""
        self.button.setIcon(
            tinted(
                self.button, QStyle.StandardPixmap.SP_MediaPause if self.going else QStyle.StandardPixmap.SP_MediaPlay
            )
        )


def tinted(widget: QWidget, icon: QStyle.StandardPixmap) -> QIcon:
    """Return a standard icon in the text's colour, so that it shows in the dark theme as well."""
    pixmap = widget.style().standardIcon(icon).pixmap(32, 32)
    painter = QPainter(pixmap)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
    painter.fillRect(pixmap.rect(), QColor(theme.current().text))
    painter.end()
    return QIcon(pixmap)
