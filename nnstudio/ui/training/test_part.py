"""The test part: looked at once, deliberately; how often it was looked at is said and kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from nnstudio.document.errors import StudioError
from nnstudio.ui.kit.plain import plain
from nnstudio.ui.kit.texts import tr, words

if TYPE_CHECKING:
    from nnstudio.session.reading import Reading
    from nnstudio.session.testing import FinalTest

POLL_MS = 80


class TestPart(QWidget):
    """A sentence and a button; ``measured`` tells that there is something to show."""

    measured = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.testing: FinalTest | None = None
        self._reading: Reading[Mapping[str, Any]] | None = None
        self.said = plain(QLabel())
        self.said.setWordWrap(True)
        self.button = QPushButton(tr("Look at the test part"))
        self.button.clicked.connect(self.look)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 2, 8, 2)
        row.addWidget(self.said, 1)
        row.addWidget(self.button)
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MS)
        self._timer.timeout.connect(self._poll)

    @property
    def measures(self) -> Mapping[str, Any] | None:
        """What the last look measured, of the present weights."""
        last = self.testing.last if self.testing is not None else None
        found: Mapping[str, Any] | None = last["measures"] if last is not None else None
        return found

    def show_state(self) -> None:
        """Say how often it was looked at."""
        testing = self.testing
        count = testing.count if testing is not None else 0
        self.button.setEnabled(testing is not None and self._reading is None and self.measures is None)
        if self.measures is not None:
            text = tr("Looked at {count} times.", count=count)
        elif count:
            text = tr(
                "Looked at {count} times with earlier weights. Each further look makes it more of a validation part.",
                count=count,
            )
        else:
            text = tr("Look once, when nothing will be changed any more: what is tuned by it is no test.")
        self.said.setText(text)

    def look(self) -> None:
        """Measure the test part."""
        if self.testing is None or self._reading is not None:
            return
        try:
            self._reading = self.testing.begin()
        except StudioError as error:
            self.said.setText(words(error.message))
            return
        self.show_state()
        self._timer.start()

    def _poll(self) -> None:
        reading = self._reading
        if reading is None or not reading.done or self.testing is None:
            return
        self._timer.stop()
        self._reading = None
        try:
            self.testing.keep(reading.outcome())
        except StudioError as error:
            self.show_state()
            self.said.setText(words(error.message))
            return
        self.show_state()
        self.measured.emit()
