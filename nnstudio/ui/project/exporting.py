"""Take a network home: as Python, or in another way that is found."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QMenu, QProgressDialog

from nnstudio.document.errors import StudioError
from nnstudio.session.exports import FIRST, exports
from nnstudio.session.session import Session
from nnstudio.ui.desk import Asks, Says
from nnstudio.ui.kit.background import in_background
from nnstudio.ui.kit.plain import tip
from nnstudio.ui.kit.texts import tr, words

# An export that takes longer can be stopped.
PATIENCE_MS = 1200


class Exporting:
    """The exports of one window; ``busy`` while one is written."""

    def __init__(self, session: Session, says: Says, asks: Asks) -> None:
        self._session, self._says, self._asks = session, says, asks
        self.busy = False
        # Told the way in which a network was taken home.
        self.exported: Callable[[str], object] = lambda way: None

    def ask(self, way: str = FIRST) -> None:
        """Choose a folder and export there."""
        folder = QFileDialog.getExistingDirectory(
            self._asks.over, tr("Folder for the Python script") if way == FIRST else tr("Folder for the export")
        )
        if folder:
            self.to(Path(folder), way)

    def fill(self, menu: QMenu) -> None:
        """Offer the ways to take a network home that own files and packages bring."""
        for name, export in exports().items():
            if name != FIRST:
                action = menu.addAction(words(export.title), partial(self.ask, name))
                action.setToolTip(tip(words(export.purpose)) if export.purpose is not None else "")
        menu.setToolTipsVisible(True)
        menu.menuAction().setVisible(not menu.isEmpty())

    def _of_other_data(self) -> str:
        """What is to be said of weights that learnt from other data than there is now."""
        try:
            note = self._session.trained().note
        except StudioError:
            return ""
        return f" {words(note)}" if note is not None else ""

    def to(self, folder: Path, way: str = FIRST) -> bool:
        """Export in some way, as script, data and weights if no other is named; returns whether it worked."""
        if self.busy:
            return False
        there = [folder / name for name in exports()[way].files if (folder / name).exists()]
        if there and not self._asks.may_replace(there):
            return False
        try:
            unwanted = threading.Event()
            write = self._session.exporter(folder, way, unwanted.is_set)
            self._says.say(tr("Exporting …"), stay=True)
            self.busy = True
            # Of what takes longer: how it can be given up.
            waiting = QProgressDialog(tr("Exporting …"), tr("Stop"), 0, 0, self._asks.over)
            waiting.setWindowModality(Qt.WindowModality.WindowModal)
            waiting.setMinimumDuration(PATIENCE_MS)
            waiting.canceled.connect(unwanted.set)
            # Only from its first value on is it shown by itself; that is its last as well.
            waiting.setAutoReset(False)
            waiting.setAutoClose(False)
            waiting.setValue(0)
            try:
                files, trained = in_background(write, "exporting")
            finally:
                self.busy = False
                waiting.close()
                waiting.deleteLater()
        except StudioError as error:
            self._says.hush()
            self._asks.refuse(error.message)
            return False
        self.exported(way)
        names = ", ".join(path.name for path in files)
        text = (
            tr("Exported {names} with the trained weights; the script reproduces this network exactly.", names=names)
            if trained
            else tr("Exported {names} with the start weights; the script reproduces this network exactly.", names=names)
        )
        lowered = self._session.meaning.lowered
        other = self._of_other_data() if trained else ""
        if not exports()[way].reproduces:
            self._says.say(tr("Exported {names}", names=names) + other)
            return True
        if lowered is not None and lowered.program is not None and lowered.program.two_modes:
            # Forgotten, it gives other answers at every call, and no error.
            text += " " + tr(
                "In code of your own call model.eval() before you use it: dropout and batch norm behave otherwise in "
                "training."
            )
        self._says.say(text + other)
        return True
