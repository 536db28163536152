"""The network in numpy alone, beside the torch code."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from nnstudio.session.background import LEAVE_SECONDS
from nnstudio.session.writing import Writing
from nnstudio.ui.code.code_view import CodeView
from nnstudio.ui.kit.plain import plain
from nnstudio.ui.kit.texts import language, tr

if TYPE_CHECKING:
    from nnstudio.compile.program import Program

POLL_MS = 40


class ScratchView(QWidget):
    """Follows the present program while it is in sight."""

    def __init__(self, program: Callable[[], Program | None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._program = program
        self._written: Program | None = None
        self._work: Writing | None = None
        self.said = plain(
            QLabel(tr("Forward, backward and update line by line; File › Export writes it with its numbers."))
        )
        self.said.setObjectName("muted")
        self.said.setWordWrap(True)
        self.said.setContentsMargins(8, 4, 8, 0)
        self.code = CodeView()
        self.code.setAccessibleName(tr("NumPy code"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self.said)
        layout.addWidget(self.code, 1)
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MS)
        self._timer.timeout.connect(self._look)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.follow()

    def follow(self) -> None:
        """The network is another, perhaps."""
        program = self._program()
        if not self.isVisible() or program == self._written:
            return
        self.stop()
        self._written = program
        if program is None:
            self.code.show_source("", {}, {})
            return
        self._work = Writing(program)
        self._work.start()
        self._timer.start()

    def _look(self) -> None:
        work = self._work
        if work is None or not work.done:
            return
        self._timer.stop()
        text = work.text if work.reason is None else f"# {work.reason.render(language())}\n"
        self.code.show_source(text, {}, {})

    def mark(self, text: str) -> None:
        """Mark the line that begins with a text."""
        if self.isVisible():
            self.code.mark_text(text)

    def leave(self) -> None:
        """The window goes: what works beside it ends."""
        self.stop()
        if self._work is not None:
            self._work.join(LEAVE_SECONDS)

    def stop(self) -> None:
        """It is not waited for any more."""
        self._timer.stop()
        if self._work is not None:
            self._work.stop()
