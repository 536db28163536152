"""Networks and weights from elsewhere: the first become projects, the second go into the network there is."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFileDialog, QProgressDialog

from nnstudio.document.errors import ImportRefused, StudioError, TrainError
from nnstudio.document.text import Message, message
from nnstudio.document.values import Document, Parts
from nnstudio.session.imports.bringing import Bringing
from nnstudio.session.imports.networks import is_network, is_weights
from nnstudio.session.imports.start import beginning_with
from nnstudio.session.session import Session
from nnstudio.session.watching import is_run, watch
from nnstudio.ui.desk import Asks, Camera, Says
from nnstudio.ui.kit.background import in_background
from nnstudio.ui.kit.texts import tr, words
from nnstudio.ui.project.match_dialog import MatchDialog

# What takes longer can be stopped; how often it is looked whether it is still wanted.
PATIENCE_MS, LOOK_SECONDS = 800, 0.05


class BringingIn:
    """What comes into one window; ``may_leave`` asks what to do with unsaved work."""

    def __init__(self, session: Session, says: Says, asks: Asks, camera: Camera, may_leave: Callable[[], bool]) -> None:
        self._session, self._says, self._asks, self._camera = session, says, asks, camera
        self._may_leave = may_leave
        self._busy = False
        # A run that is to be watched once the network is known.
        self._waiting: Path | None = None
        session.meaning.compiled.add(self._compiled)

    def take(self, path: Path) -> bool:
        """Take a file that holds a network or weights; returns whether it is one."""
        if is_network(path):
            self.network(path)
        elif is_weights(path):
            self.weights(path)
        elif is_run(path):
            self.run(path)
        else:
            return False
        return True

    def ask_run(self) -> None:
        """Ask for the folder of a run that trains elsewhere."""
        folder = QFileDialog.getExistingDirectory(self._asks.over, tr("Folder of the run"))
        if folder and not is_run(Path(folder)):
            self._asks.refuse(message("follow.no_run", path=folder))
        elif folder:
            self.run(Path(folder))

    def run(self, folder: Path) -> None:
        """Show a run that trains elsewhere; where the data is still being read, once it is there."""
        session = self._session
        self._waiting = None
        if session.training.live and not self._may_leave():
            return
        try:
            watch(session, folder)
        except TrainError as error:
            if error.message.key != "data.loading":
                self._asks.refuse(error.message)
                return
            self._waiting = folder
            return
        self._says.say(tr("Watching {name}: it trains elsewhere and is not changed.", name=folder.name))

    def _compiled(self) -> None:
        if self._waiting is not None:
            self.run(self._waiting)

    def network(self, path: Path) -> bool:
        """Make a project of a network in a file; returns whether it worked."""
        if self._busy or not self._may_leave():
            return False
        try:
            document, parts, notes = self._read(path)
        except StudioError as error:
            self._says.hush()
            self._asks.refuse(error.message)
            return False
        self._session.begin_with(document, parts, unsaved=True)
        self._camera.show_all()
        self._says.say(" ".join(words(note) for note in notes), stay=True)
        return True

    def _read(self, path: Path) -> tuple[Document, Parts, tuple[Message, ...]]:
        unwanted = threading.Event()
        bringing = Bringing(path)

        def work() -> tuple[Document, Parts, tuple[Message, ...]]:
            while not bringing.wait(LOOK_SECONDS):
                if unwanted.is_set():
                    bringing.stop()
                    raise ImportRefused("import.stopped")
            return bringing.result()

        waiting = QProgressDialog(tr("Reading {name} …", name=path.name), tr("Stop"), 0, 0, self._asks.over)
        waiting.setWindowModality(Qt.WindowModality.WindowModal)
        waiting.setMinimumDuration(PATIENCE_MS)
        waiting.canceled.connect(unwanted.set)
        waiting.setAutoReset(False)
        waiting.setAutoClose(False)
        waiting.setValue(0)
        self._busy = True
        try:
            return in_background(work, "importing")
        finally:
            self._busy = False
            waiting.close()
            waiting.deleteLater()

    def weights(self, path: Path) -> bool:
        """Let training begin with the weights of a file, as far as they are of this network; tells whether it will."""
        from nnstudio.session.imports.weights_file import matched, read_state, said_of, start_file

        try:
            program = self._session.meaning.sound()
            state = in_background(lambda: read_state(path), "weights")
            matches = matched(program, state)
            dialog = MatchDialog(matches, words(said_of(matches, path)), self._asks.over)
            wanted = dialog.exec() == QDialog.DialogCode.Accepted
            dialog.deleteLater()
            if not wanted:
                return False
            self._session.apply(beginning_with(start_file(program, state, matches)))
        except StudioError as error:
            self._asks.refuse(error.message)
            return False
        self._says.say(words(said_of(matches, path)) + " " + tr("Training begins with them."), stay=True)
        return True
