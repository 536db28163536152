"""Lessons in the window: the task above the canvas, locked cards, controls left out, and the teacher's dialog for all
that.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
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
    QWidget,
)

from nnstudio.document.edits import ReplaceAll, Together
from nnstudio.document.lesson import SetLesson, hidden_in, lesson, locked_in, start_of, task_of
from nnstudio.document.text import message
from nnstudio.document.values import Document
from nnstudio.session.project import Project
from nnstudio.ui.canvas.heading import title_of
from nnstudio.ui.canvas.scene import GraphScene
from nnstudio.ui.desk import Asks, Camera, Controls, Says, Stage
from nnstudio.ui.kit.plain import tip
from nnstudio.ui.kit.texts import tr

TALL = 96


class TaskBar(QFrame):
    """The task in words, above the canvas."""

    anew = Signal()

    def __init__(self) -> None:
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
        self.again.clicked.connect(self.anew)
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

    def __init__(self, document: Document, controls: Sequence[tuple[str, str]], parent: QWidget) -> None:
        """Ask about a document; ``controls`` are (name, title) of what may be left out of the window."""
        super().__init__(parent)
        self._document = document
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
        self.hidden = self._list(lists, tr("Left out of the window"), controls, hidden_in(document))
        layout.addLayout(lists, 1)
        self.start = QCheckBox(tr("Students can go back to the network as it is now"))
        self.start.setChecked(bool(document.lesson.get("start")))
        layout.addWidget(self.start)
        note = QLabel(
            tr(
                "All this is saved in the project file. Whoever opens this dialog can change it: it guides, it does "
                "not guard."
            )
        )
        note.setObjectName("muted")
        note.setWordWrap(True)
        layout.addWidget(note)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout.addWidget(buttons)
        self.resize(560, 480)

    def _list(
        self, row: QHBoxLayout, title: str, names: Sequence[tuple[str, str]], chosen: frozenset[str]
    ) -> QListWidget:
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
            return tuple(
                item.data(Qt.ItemDataRole.UserRole) for item in items if item.checkState() == Qt.CheckState.Checked
            )

        return SetLesson(
            lesson(
                self._document,
                self.task.toPlainText(),
                ticked(self.locked),
                ticked(self.hidden),
                start=self.start.isChecked(),
            )
        )


class Lessons:
    """Keeps one window in line with the lesson of its project."""

    def __init__(
        self,
        project: Project,
        stage: Stage,
        scene: GraphScene,
        task: TaskBar,
        controls: Controls,
        says: Says,
        asks: Asks,
        camera: Camera,
    ) -> None:
        self._project, self._stage, self._scene, self._task, self._controls, self._says, self._asks, self._camera = (
            project,
            stage,
            scene,
            task,
            controls,
            says,
            asks,
            camera,
        )
        task.anew.connect(self.begin_anew)
        self._hidden: frozenset[str] = frozenset()

    def ask(self) -> None:
        """Open the teacher's dialog."""
        dialog = LessonDialog(self._project.document, self._controls.listed(), self._asks.over)
        okay, edit = dialog.exec(), dialog.edit()
        dialog.deleteLater()
        if okay:
            self._stage.propose_whole(edit)

    def begin_anew(self) -> None:
        """Back to the network that the teacher gave."""
        start = start_of(self._project.document)
        if start is None:
            self._says.say(tr("The beginning of this lesson cannot be read."))
        elif self._stage.propose_whole(Together((ReplaceAll(start),), message("edit.anew"))):
            self._camera.show_all()

    def follow(self, document: Document) -> None:
        """Show the task, lock the cards, leave out what is left out."""
        self._task.show_lesson(document)
        self._scene.lock(locked_in(document) if not self._stage.path else ())
        hidden = hidden_in(document)
        if hidden == self._hidden:
            return
        for name in self._hidden ^ hidden:
            self._controls.set_shown(name, name not in hidden)
        self._hidden = hidden
