"""Questions and refusals in boxes over the window."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtWidgets import QInputDialog, QMessageBox, QWidget

from nnstudio.document.text import Message
from nnstudio.ui.kit.plain import message_box
from nnstudio.ui.kit.texts import tr, words


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

    def may_replace(self, paths: Sequence[Path]) -> bool:
        """Ask before files of the student's own are replaced."""
        buttons = QMessageBox.StandardButton
        text = tr("Replace {names} in this folder?", names=", ".join(path.name for path in paths))
        box = message_box(QMessageBox.Icon.Question, text, buttons.Yes | buttons.Cancel, self._over)
        answer = box.exec()
        box.deleteLater()
        return bool(answer == buttons.Yes)

    def text(self, title: str, label: str, given: str) -> str | None:
        """Ask for a line; None when it is not wanted."""
        text, okay = QInputDialog.getText(self._over, title, label, text=given)
        return text if okay else None
