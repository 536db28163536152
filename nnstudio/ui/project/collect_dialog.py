"""What a class handed in, as a table: every file is checked again, in the background."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QLabel,
    QProgressBar,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from nnstudio.session.lessons.background import Collecting
from nnstudio.session.lessons.collecting import Marked, as_csv, said_of
from nnstudio.ui.kit.plain import plain
from nnstudio.ui.kit.texts import language, tr, words

POLL_MS = 100
HEADINGS = 6


class CollectDialog(QDialog):
    """Shows the files as they come. ``write`` saves a text to a file and says what could not be done."""

    def __init__(self, collecting: Collecting, write: Callable[[Path, str], object], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Handed in"))
        self._collecting, self._write = collecting, write
        layout = QVBoxLayout(self)
        self.note = plain(QLabel())
        self.note.setWordWrap(True)
        layout.addWidget(self.note)
        self.bar = QProgressBar()
        self.bar.setRange(0, max(1, collecting.total))
        self.bar.setTextVisible(False)
        layout.addWidget(self.bar)
        self.table = QTableWidget(0, HEADINGS)
        self.table.setAccessibleName(tr("Handed in"))
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setHorizontalHeaderLabels(
            [tr("File"), tr("Lesson"), tr("Met"), tr("Answers"), tr("Hints"), tr("Note")]
        )
        layout.addWidget(self.table, 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.save = QPushButton(tr("Save as CSV …"))
        self.save.setEnabled(False)
        self.save.clicked.connect(self._ask_save)
        buttons.addButton(self.save, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        layout.addWidget(buttons)
        self.marked: list[Marked] = []
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._look)
        self._timer.start(POLL_MS)
        self.resize(900, 480)
        self._look()

    def _look(self) -> None:
        # Asked first: what comes after it is taken at the next look.
        self._over = self._collecting.done
        for one in self._collecting.new():
            self.marked.append(one)
            self._show(one)
        self.bar.setValue(len(self.marked))
        over = self._over
        if over:
            self._timer.stop()
        self.save.setEnabled(over and bool(self.marked))
        if self._collecting.total == 0:
            self.note.setText(tr("There is no project in this folder."))
        elif over:
            self.note.setText(tr("Every step was checked again from what the files hold; none was believed."))
        else:
            self.note.setText(
                tr("{done} of {count} files are checked again …", done=len(self.marked), count=self._collecting.total)
            )

    def _show(self, one: Marked) -> None:
        row = self.table.rowCount()
        self.table.insertRow(row)
        if one.error is not None:
            note = words(one.error)
        else:
            notes = [tr("the lesson was changed")] if one.changed else []
            notes += [tr("the same work as {file}", file=one.twin)] if one.twin else []
            notes += [tr("{count} to be read or seen", count=one.unjudged)] if one.unjudged else []
            note = "; ".join(notes)
        cells = (
            one.file.name,
            one.lesson,
            f"{one.met} / {len(one.steps)}" if one.error is None else "–",
            str(one.attempts),
            str(one.hints),
            note,
        )
        steps = "\n".join(f"{number}. {said_of(step, language())}" for number, step in enumerate(one.steps, 1))
        for column, text in enumerate(cells):
            item = QTableWidgetItem(text)
            item.setToolTip(steps if "<" not in steps else "")
            if column in (2, 3, 4):
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self.table.setItem(row, column, item)
        self.table.resizeColumnsToContents()

    def _ask_save(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self, tr("Save the table"), "marks.csv", tr("Tables (*.csv)"))
        if name:
            self._write(Path(name), as_csv(self.marked, language()))

    def done(self, result: int) -> None:
        """Closing stops what is not looked at any more."""
        self._timer.stop()
        self._collecting.stop()
        super().done(result)
