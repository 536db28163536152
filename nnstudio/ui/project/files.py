"""New, open, save, export: what the window asks, and one clear sentence when it cannot be done."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QMessageBox

from nnstudio.document.disk import BACKUP, backup_of
from nnstudio.document.errors import StudioError
from nnstudio.document.text import Message
from nnstudio.document.values import Document
from nnstudio.session.examples import load_example
from nnstudio.session.imports.networks import patterns
from nnstudio.session.listeners import Listeners
from nnstudio.session.ondisk import Stamp, stamp_of
from nnstudio.session.session import Session
from nnstudio.session.settings import load_settings, save_settings
from nnstudio.ui.desk import Asks, Busy, Camera, Looks, Says, Typing
from nnstudio.ui.kit.plain import message_box
from nnstudio.ui.kit.texts import tr, words

# Why a project is opened from its backup, where there is one.
DAMAGED = ("file.broken", "file.foreign", "file.missing")


class Files:
    """The file actions of one window."""

    def __init__(
        self,
        session: Session,
        says: Says,
        asks: Asks,
        camera: Camera,
        looks: Looks,
        typing: Typing,
        exports: Busy,
        brings: Callable[[Path], bool],
    ) -> None:
        self._session, self._says, self._asks, self._exports, self._brings = session, says, asks, exports, brings
        self._camera, self._looks, self._typing = camera, looks, typing
        # Told when another project was opened or saved.
        self.remembered = Listeners()
        self._seen_on_disk: tuple[str, Stamp | None] = ("", None)

    @property
    def _filter(self) -> str:
        return tr("NN Studio projects (*.nns)")

    def may_leave(self) -> bool:
        """Ask what to do with unsaved work; returns whether to go on."""
        self._typing.commit()
        session = self._session
        if self._exports.busy:
            self._says.say(tr("Wait until the export is done."))
            return False
        if not session.worth_asking:
            return True
        buttons = QMessageBox.StandardButton
        box = message_box(
            QMessageBox.Icon.Question,
            tr("Save the changes to this project?"),
            buttons.Save | buttons.Discard | buttons.Cancel,
            self._asks.over,
        )
        answer = box.exec()
        box.deleteLater()
        if answer == buttons.Save:
            return self.save()
        return bool(answer == buttons.Discard)

    def new(self) -> None:
        """An empty project."""
        if self.may_leave():
            self._session.new()

    def open_example(self, name: str) -> None:
        """A fresh copy of a shipped example."""
        if self.may_leave():
            self._session.new(load_example(name))
            self._camera.show_all()

    def take_network(self, document: Document) -> None:
        """A network that was made elsewhere becomes a project."""
        if self.may_leave():
            self._session.new(document)
            self._camera.show_all()

    def ask_open(self) -> None:
        """Choose a project and open it."""
        every = tr("Projects and networks (*.nns {names})", names=patterns())
        kinds = ";;".join((every, self._filter, tr("Networks of other programs ({names})", names=patterns())))
        name, _ = QFileDialog.getOpenFileName(self._asks.over, tr("Open a project"), "", kinds)
        if name:
            self.open(name)

    def open(self, name: str) -> None:
        """Open a project file, or a network from elsewhere; weights go into the network there is."""
        if self._brings(Path(name)) or not self.may_leave():
            return
        path = Path(name)
        if path.name.lower().endswith(".nns" + BACKUP):
            # A backup is opened as what it is: saving puts it in the place of its project.
            path = path.with_name(path.name[: -len(BACKUP)])
            if not self._take_backup(path):
                return
            self._remember(path)
            self._camera.show_all()
            return
        try:
            self._session.open(path)
        except StudioError as error:
            if not self._open_backup(path, error.message):
                return
        self._remember(path)
        if not self._looks.restore():
            self._camera.show_all()
        self._say_shared()

    def _say_shared(self) -> None:
        """Say that another window has the project open."""
        session = self._session
        if session.shared and session.path is not None:
            self._says.say(
                tr(
                    "{name} is open in another window too. Who saves last overwrites the other: save one of them under "
                    "another name.",
                    name=session.path.name,
                ),
                stay=True,
            )

    def _open_backup(self, path: Path, reason: Message) -> bool:
        """A project cannot be opened: say why, and open its backup if there is one and it is wanted."""
        if reason.key not in DAMAGED or backup_of(path) is None:
            self._asks.refuse(reason)
            return False
        box = message_box(QMessageBox.Icon.Warning, words(reason), QMessageBox.StandardButton.Cancel, self._asks.over)
        box.setInformativeText(tr("There is a backup: the project as it was before it was last saved."))
        wanted = box.addButton(tr("Open the backup"), QMessageBox.ButtonRole.AcceptRole)
        box.setDefaultButton(wanted)
        box.exec()
        okay = box.clickedButton() is wanted
        box.deleteLater()
        return okay and self._take_backup(path)

    def _take_backup(self, path: Path) -> bool:
        """Open the backup of a project; returns whether it could be."""
        try:
            self._session.open_backup(path)
        except StudioError as error:
            self._asks.refuse(error.message)
            return False
        self._says.say(tr("This is the backup. Save it to put it in the place of {name}.", name=path.name), stay=True)
        return True

    def save(self) -> bool:
        """Save to the project's file, asking for one the first time; returns whether it was saved."""
        session = self._session
        if session.path is None:
            return self.ask_save_as()
        if session.disk.changed() == "changed":
            answer = self._ask_changed(session.path)
            if answer != "replace":
                return answer == "elsewhere" and self.ask_save_as()
        return self.save_to(session.path)

    def _ask_changed(self, path: Path) -> str:
        """The file was written by someone else since: "replace" it, save "elsewhere", or ""."""
        box = message_box(
            QMessageBox.Icon.Warning,
            tr("{name} was changed by another program since you opened it. Saving would replace that.", name=path.name),
            QMessageBox.StandardButton.Cancel,
            self._asks.over,
        )
        replace = box.addButton(tr("Replace it"), QMessageBox.ButtonRole.DestructiveRole)
        elsewhere = box.addButton(tr("Save as …"), QMessageBox.ButtonRole.AcceptRole)
        box.setDefaultButton(elsewhere)
        box.exec()
        clicked = box.clickedButton()
        answer = "replace" if clicked is replace else "elsewhere" if clicked is elsewhere else ""
        box.deleteLater()
        return answer

    def look_at_disk(self) -> None:
        """The window has come to the front: say what happened to the project's file meanwhile."""
        session = self._session
        state, seen = session.disk.changed(), self._seen_on_disk
        # The same state of the file is told once, another change anew.
        self._seen_on_disk = (
            state,
            stamp_of(session.path) if state == "changed" and session.path is not None else None,
        )
        if not state or self._seen_on_disk == seen or session.path is None:
            return
        name = session.path.name
        if state == "gone":
            self._says.say(
                tr("{name} is not there any more. Your work is still here; save it to keep it.", name=name), stay=True
            )
        elif state == "changed" and session.dirty:
            self._says.say(
                tr(
                    "{name} was changed by another program. Your own changes are still here; saving asks first.",
                    name=name,
                ),
                stay=True,
            )
        elif state == "changed":
            box = message_box(
                QMessageBox.Icon.Question,
                tr("{name} was changed by another program. Read it anew?", name=name),
                QMessageBox.StandardButton.NoButton,
                self._asks.over,
            )
            again = box.addButton(tr("Read it anew"), QMessageBox.ButtonRole.AcceptRole)
            box.addButton(tr("Keep what is here"), QMessageBox.ButtonRole.RejectRole)
            box.exec()
            wanted = box.clickedButton() is again
            box.deleteLater()
            if wanted:
                self.open(str(session.path))

    def ask_save_as(self) -> bool:
        """Choose a file and save to it."""
        start = str(self._session.path or f"{self._session.document.name or 'network'}.nns")
        name, _ = QFileDialog.getSaveFileName(self._asks.over, tr("Save the project"), start, self._filter)
        if not name:
            return False
        path = Path(name)
        if path.suffix != ".nns":
            # The dialog asked about the name as it was typed, not about this one.
            path = path.with_name(path.name + ".nns")
            if path.exists() and not self._asks.may_replace([path]):
                return False
        return self.save_to(path)

    def save_to(self, path: Path) -> bool:
        """Save to a file; returns whether it worked."""
        try:
            left_out = self._session.save(path)
        except StudioError as error:
            self._asks.refuse(error.message)
            return False
        self._remember(path)
        if left_out:
            self._says.say(
                tr("Saved {name} without weights: the network was changed after it was trained.", name=path.name)
            )
        else:
            self._says.say(tr("Saved {name}", name=path.name))
        self._say_shared()
        return True

    def _remember(self, path: Path) -> None:
        save_settings(load_settings().with_recent(path))
        self.remembered.tell()
