"""Lessons in the window: the task above the canvas, locked cards, controls left out, and the teacher's dialog for all that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
)

from nnstudio.document.edits import ReplaceAll, Together
from nnstudio.document.lesson import SetLesson, hidden_in, lesson, locked_in, start_of, task_of
from nnstudio.document.text import message
from nnstudio.document.values import Document
from nnstudio.ui.canvas.card import title_of
from nnstudio.ui.kit.plain import tip
from nnstudio.ui.kit.texts import tr

if TYPE_CHECKING:
    from nnstudio.ui.shell.main_window import MainWindow

TALL = 96


class TaskBar(QFrame):
    """The task in words, above the canvas."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__()
        self.setObjectName("task")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 12, 6)
        self.text = QLabel()
        self.text.setWordWrap(True)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setMaximumHeight(TALL)
        self.text.setAccessibleName(tr("Task"))
        row.addWidget(self.text, 1)
        self.again = QPushButton(tr("Begin anew"))
        self.again.setToolTip(tr("Back to the network that the teacher gave; undo brings yours back"))
        self.again.clicked.connect(window.begin_lesson_anew)
        row.addWidget(self.again, 0, Qt.AlignmentFlag.AlignTop)
        self.hide()

    def show_lesson(self, document: Document) -> None:
        """Show the task of a document, or nothing."""
        task, start = task_of(document), bool(document.lesson.get("start"))
        self.text.setText(task)
        self.text.setToolTip(tip(task))
        self.again.setVisible(start)
        self.setVisible(bool(task) or start)


class LessonDialog(QDialog):
    """Everything a teacher can choose for a project."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._document = document = window.session.document
        self.setWindowTitle(tr("Lesson"))
        layout = QVBoxLayout(self)
        layout.addWidget(QLabel(tr("Task, shown above the canvas:")))
        self.task = QPlainTextEdit(task_of(document))
        self.task.setAccessibleName(tr("Task"))
        self.task.setTabChangesFocus(True)
        self.task.setMaximumHeight(110)
        layout.addWidget(self.task)
        lists = QHBoxLayout()
        nodes = [(node.id, title_of(node)) for node in document.nodes]
        self.locked = self._list(lists, tr("Locked nodes"), nodes, locked_in(document))
        self.hidden = self._list(lists, tr("Left out of the window"), controls(window), hidden_in(document))
        layout.addLayout(lists, 1)
        self.start = QCheckBox(tr("Students can go back to the network as it is now"))
        self.start.setChecked(bool(document.lesson.get("start")))
        layout.addWidget(self.start)
        note = QLabel(tr("All this is saved in the project file. Whoever opens this dialog can change it: it guides, it does not guard."))
        note.setObjectName("muted")
        note.setWordWrap(True)
        layout.addWidget(note)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout.addWidget(buttons)
        self.resize(560, 480)

    def _list(self, row: QHBoxLayout, title: str, names: list[tuple[str, str]], chosen: frozenset[str]) -> QListWidget:
        column = QVBoxLayout()
        column.addWidget(QLabel(title))
        box = QListWidget()
        box.setAccessibleName(title)
        for name, text in names:
            item = QListWidgetItem(text)
            item.setData(Qt.ItemDataRole.UserRole, name)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Checked if name in chosen else Qt.CheckState.Unchecked)
            box.addItem(item)
        column.addWidget(box)
        row.addLayout(column)
        return box

    def edit(self) -> SetLesson:
        """What was chosen."""

        def ticked(box: QListWidget) -> tuple[str, ...]:
            items = [box.item(row) for row in range(box.count())]
            return tuple(item.data(Qt.ItemDataRole.UserRole) for item in items if item.checkState() == Qt.CheckState.Checked)

        return SetLesson(lesson(self._document, self.task.toPlainText(), ticked(self.locked), ticked(self.hidden), start=self.start.isChecked()))


def controls(window: MainWindow) -> list[tuple[str, str]]:
    """What a lesson may leave out: panels, and some actions."""
    actions = window.actions_
    found = [(f"dock:{dock.objectName()}", dock.windowTitle().split(" (")[0]) for dock in window.docks]
    named: list[QAction] = [actions.export, actions.step, actions.tidy, actions.sweep, actions.own_data, actions.until, actions.best, actions.report]
    return [*found, ("palette", tr("Palette")), *((f"action:{action.objectName()}", actions.plain(action)) for action in named)]


class Lessons:
    """Keeps one window in line with the lesson of its project."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._hidden: frozenset[str] = frozenset()

    def ask(self) -> None:
        """Open the teacher's dialog."""
        dialog = LessonDialog(self._window)
        okay, edit = dialog.exec(), dialog.edit()
        dialog.deleteLater()
        if okay:
            self._window.propose_whole(edit)

    def begin_anew(self) -> None:
        """Back to the network that the teacher gave."""
        start = start_of(self._window.session.document)
        if start is None:
            self._window.toast(tr("The beginning of this lesson cannot be read."))
        elif self._window.propose_whole(Together((ReplaceAll(start),), message("edit.anew"))):
            self._window.show_all()

    def follow(self, document: Document) -> None:
        """Show the task, lock the cards, leave out what is left out."""
        window = self._window
        window.task.show_lesson(document)
        window.scene.lock(locked_in(document) if not window.grouping.path else ())
        hidden = hidden_in(document)
        if hidden == self._hidden:
            return
        for name in self._hidden ^ hidden:
            self._show(name, name not in hidden)
        self._hidden = hidden

    def _show(self, name: str, shown: bool) -> None:
        window = self._window
        kind, _, rest = name.partition(":")
        if kind == "dock" and rest in window.dock_of:
            dock = window.dock_of[rest]
            dock.toggleViewAction().setVisible(shown)
            dock.setVisible(shown)
        elif kind == "action":
            action = getattr(window.actions_, rest, None)
            if isinstance(action, QAction):
                action.setVisible(shown)
        elif name == "palette":
            window.palette_.setVisible(shown)
