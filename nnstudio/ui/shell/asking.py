"""Questions and refusals in boxes over the window."""

from __future__ import annotations

from PySide6.QtWidgets import QInputDialog, QMessageBox, QWidget

from nnstudio.document.text import Message
from nnstudio.ui.kit.plain import message_box
from nnstudio.ui.kit.texts import words


class Boxes:
    """Asks over one window."""

    def __init__(self, over: QWidget) -> None:
        self._over = over

    @property
    def over(self) -> QWidget:
        """What dialogs stand over."""
        return self._over

    def refuse(self, message: Message) -> None:
        """Say in a box why something could not be done."""
        box = message_box(QMessageBox.Icon.Warning, words(message), QMessageBox.StandardButton.Ok, self._over)
        box.exec()
        box.deleteLater()

    def text(self, title: str, label: str, given: str) -> str | None:
        """Ask for a line; None when it is not wanted."""
        text, okay = QInputDialog.getText(self._over, title, label, text=given)
        return text if okay else None
