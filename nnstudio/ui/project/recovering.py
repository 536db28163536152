"""After a crash: what was open and not saved, with time and picture, to be opened or thrown away."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QDateTime, QLocale, QSize
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QMessageBox,
    QVBoxLayout,
    QWidget,
)

from nnstudio.document.errors import StudioError
from nnstudio.session.project import Project
from nnstudio.session.recovery import Lost, drop, lost_work
from nnstudio.ui.desk import Asks, Camera, Leaves, Says
from nnstudio.ui.kit.plain import message_box
from nnstudio.ui.kit.texts import tr, words
from nnstudio.ui.project.thumbs import png_of

PICTURE = (200, 110)


class RecoveryDialog(QDialog):
    """The list of what was left; ``chosen`` is the one to open."""

    def __init__(self, lost: Sequence[Lost], window: QWidget) -> None:
        super().__init__(window)
        self.lost = list(lost)
        self.chosen: Lost | None = None
        self.setWindowTitle(tr("Recover unsaved work"))
        layout = QVBoxLayout(self)
        said = QLabel(
            tr(
                "The program ended before this was saved. It was kept beside your files; they are as you saved them "
                "last."
            )
        )
        said.setWordWrap(True)
        layout.addWidget(said)
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Recover unsaved work"))
        self.list.setIconSize(QSize(*PICTURE))
        self.list.setSpacing(4)
        for one in self.lost:
            self.list.addItem(self._item(one))
        self.list.setCurrentRow(0)
        self.list.itemDoubleClicked.connect(lambda item: self._open())
        layout.addWidget(self.list)
        self.buttons = QDialogButtonBox()
        self.open_button = self.buttons.addButton(tr("Open"), QDialogButtonBox.ButtonRole.AcceptRole)
        self.drop_button = self.buttons.addButton(tr("Throw away"), QDialogButtonBox.ButtonRole.DestructiveRole)
        self.later_button = self.buttons.addButton(tr("Later"), QDialogButtonBox.ButtonRole.RejectRole)
        self.open_button.clicked.connect(self._open)
        self.drop_button.clicked.connect(self._drop)
        self.later_button.clicked.connect(self.reject)
        self.open_button.setDefault(True)
        layout.addWidget(self.buttons)
        self.resize(560, 380)

    def _item(self, one: Lost) -> QListWidgetItem:
        when = (
            QLocale().toString(QDateTime.fromSecsSinceEpoch(int(one.when)), QLocale.FormatType.ShortFormat)
            if one.when
            else tr("time not known: the clock was wrong")
        )
        where = str(one.path) if one.path is not None else tr("never saved to a file")
        item = QListWidgetItem(
            f"{one.name or tr('new project')}\n{when} · {tr('{count} nodes', count=one.nodes)}\n{where}"
        )
        picture = QPixmap()
        if one.picture and picture.loadFromData(one.picture):
            item.setIcon(QIcon(picture))
        item.setSizeHint(QSize(200, PICTURE[1] + 10))
        return item

    def _open(self) -> None:
        row = self.list.currentRow()
        if 0 <= row < len(self.lost):
            self.chosen = self.lost[row]
            self.accept()

    def _drop(self) -> None:
        row = self.list.currentRow()
        if not 0 <= row < len(self.lost):
            return
        buttons = QMessageBox.StandardButton
        box = message_box(
            QMessageBox.Icon.Question, tr("Throw this work away for good?"), buttons.Discard | buttons.Cancel, self
        )
        answer = box.exec()
        box.deleteLater()
        if answer == buttons.Discard:
            drop(self.lost.pop(row).folder)
            self.list.takeItem(row)
            if not self.lost:
                self.reject()


class Recovering:
    """What one window does to keep its work, and to bring back what an earlier one left."""

    def __init__(self, project: Project, says: Says, asks: Asks, leaves: Leaves, camera: Camera) -> None:
        self._project, self._says, self._asks, self._leaves, self._camera = project, says, asks, leaves, camera
        project.recovery.picture = lambda: png_of(project.document, *PICTURE)

    def offer(self, *, asked: bool = False) -> None:
        """Show what can be recovered; when nothing can, say so to who asked."""
        lost = lost_work()
        if not lost:
            if asked:
                self._says.say(tr("There is no unsaved work to recover."))
            return
        dialog = RecoveryDialog(lost, self._asks.over)
        dialog.exec()
        chosen = dialog.chosen
        dialog.deleteLater()
        if chosen is None or not self._leaves.may_leave():
            return
        try:
            self._project.recover(chosen)
        except StudioError as error:
            self._asks.refuse(error.message)
            return
        self._camera.show_all()
        self._says.say(tr("Recovered. Save it to keep it in a file."))

    def watch(self) -> None:
        """Say once when work cannot be kept for recovery."""
        recovery = self._project.recovery
        if recovery.problem is not None and recovery.announced is not recovery.problem:
            recovery.announced = recovery.problem
            self._says.say(words(recovery.problem), stay=True)
