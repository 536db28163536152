"""The project's name, in the toolbar and in the window's frame."""

from __future__ import annotations

from PySide6.QtWidgets import QMainWindow, QSizePolicy

from nnstudio.session.session import Session
from nnstudio.ui.kit.elided import ElidedLabel
from nnstudio.ui.kit.plain import tip
from nnstudio.ui.kit.texts import tr


class Title(ElidedLabel):
    """Says what the project is called, and whether there is something to save."""

    def __init__(self, window: QMainWindow, session: Session) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self._window, self._session = window, session
        self.setObjectName("muted")
        self.setMinimumWidth(60)
        self.setMaximumWidth(260)
        self.setContentsMargins(6, 0, 10, 0)

    def show_title(self) -> None:
        """Write it anew."""
        path, dirty = self._session.path, self._session.dirty
        name = path.name if path else self._session.document.name or tr("new project")
        self.setText(name + (" ●" if dirty else ""))
        self.setToolTip(tip(str(path or "") + (" " + tr("not saved") if dirty else "")))
        self._window.setWindowTitle(f"{name}{'*' if dirty else ''} – NN Studio")
