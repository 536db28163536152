"""A line that says that the weights learnt from other data than the network has by now."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QLabel

from nnstudio.document.errors import StudioError
from nnstudio.document.text import Message
from nnstudio.session.reading import Reading
from nnstudio.ui.kit.plain import tip
from nnstudio.ui.kit.texts import words

if TYPE_CHECKING:
    from nnstudio.engine.fitted import Trained

POLL_MS = 80


class OtherData(QLabel):
    """Looks behind the window; hidden as long as there is nothing to say. With ``brief`` words these stand there, and
    the whole sentence appears under the mouse. ``told`` comes when it has changed.
    """

    told = Signal()

    def __init__(self, brief: str = "") -> None:
        super().__init__()
        self._brief = brief
        self.trained: Callable[[], Trained] | None = None
        self._reading: Reading[Message | None] | None = None
        self._again = False
        self.setObjectName("problem")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(not brief)
        self.setContentsMargins(8, 0, 8, 0)
        self.hide()
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MS)
        self._timer.timeout.connect(self._poll)

    def look(self) -> None:
        """Look whether the data is still what the weights learnt from."""
        if self._reading is not None:
            self._again = True
            return
        self._again = False
        try:
            trained = self.trained() if self.trained is not None else None
        except StudioError:
            trained = None
        if trained is None:
            self.hide()
            return
        found = trained
        self._reading = Reading(lambda: found.note, "data of the weights")
        self._timer.start()

    def _poll(self) -> None:
        reading = self._reading
        if reading is None or not reading.done:
            return
        self._timer.stop()
        self._reading = None
        try:
            note = reading.outcome()
        except StudioError:
            note = None
        sentence = words(note) if note is not None else ""
        self.setText(self._brief or sentence)
        self.setToolTip(tip(sentence) if self._brief and sentence else "")
        self.setVisible(note is not None)
        self.told.emit()
        if self._again:
            self.look()

    def leave(self) -> None:
        """The window goes."""
        self._timer.stop()
        self._reading = None
