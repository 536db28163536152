"""A sentence over the canvas."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QLabel, QWidget

from nnstudio.ui.kit.plain import plain

TOAST_MS = 5000
ABOVE = 12


class Toast(QLabel):
    """Lies over a widget, at the top of its middle."""

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        plain(self)
        self._over = over
        self.setObjectName("toast")
        self.setWordWrap(True)
        self.hide()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.hide)

    def say(self, text: str, *, stay: bool = False) -> None:
        """Show a sentence for a while, or until the next one."""
        self.setText(text)
        self.setMaximumWidth(max(200, self._over.width() - 40))
        self.adjustSize()
        self.place()
        self.show()
        self.raise_()
        if stay:
            self._timer.stop()
        else:
            self._timer.start(TOAST_MS)

    def hush(self) -> None:
        """Take it away."""
        self.hide()

    def rest(self) -> None:
        """Nothing moves by the clock any more."""
        self._timer.stop()

    def place(self) -> None:
        """Stand in the middle of what it lies over."""
        self.move((self._over.width() - self.width()) // 2, ABOVE)
