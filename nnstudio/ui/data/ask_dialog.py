"""Asking the trained network: a typed row, or a file of new samples; answers with probabilities, saved as CSV."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from nnstudio.document.disk import write_atomically
from nnstudio.document.errors import StudioError, TrainError
from nnstudio.document.numbers import number
from nnstudio.document.text import Message
from nnstudio.session.reading import Reading
from nnstudio.ui.kit.plain import plain
from nnstudio.ui.kit.texts import tr, words

if TYPE_CHECKING:
    import numpy as np

    from nnstudio.engine.fitted import Trained
    from nnstudio.engine.predict import Answers

PICTURES = "*.png *.jpg *.jpeg *.bmp *.gif *.webp *.tif *.tiff"
MAX_TYPED = 40
MAX_SHOWN = 1000
LEAST_PIXELS = 36
Asked = tuple["Answers", tuple[str, ...]]
# Fetches samples (None: the project's own) and their names.
Samples = Callable[[], tuple["np.ndarray | None", tuple[str, ...]]]


def pictures_fit(shape: tuple[int, ...]) -> bool:
    """Whether samples of such a shape are pictures, or pictures laid flat."""
    return len(shape) == 3 or (len(shape) == 1 and shape[0] >= LEAST_PIXELS and math.isqrt(shape[0]) ** 2 == shape[0])


class AskDialog(QDialog):
    """Asks what was trained. Answers are worked out behind the window."""

    def __init__(self, trained: Trained, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Ask the trained network"))
        self._trained, program = trained, trained.program
        self._reading: Reading[Asked] | None = None
        self._next: Samples | None = None
        self.busy = False
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._take)
        self._answers: Answers | None = None
        # What of the file that was asked about has no answer.
        self._left_out: list[Message] = []
        self._names: tuple[str, ...] = ()
        self.lines: list[QLineEdit] = []
        layout = QVBoxLayout(self)
        columns, shape = trained.known.columns, trained.known.shape
        row = QHBoxLayout()
        if 0 < len(columns) <= MAX_TYPED and not program.data.graph:
            form = QFormLayout()
            for column in columns:
                line = QLineEdit()
                line.setAccessibleName(column.name)
                if column.categories:
                    line.setPlaceholderText(" / ".join(column.categories[:6]))
                line.returnPressed.connect(self._typed)
                self.lines.append(line)
                form.addRow(column.name, line)
            inside = QWidget()
            inside.setLayout(form)
            scroll = QScrollArea()
            scroll.setWidget(inside)
            scroll.setWidgetResizable(True)
            scroll.setMinimumWidth(260)
            left = QVBoxLayout()
            left.addWidget(QLabel(tr("Type a row")))
            left.addWidget(scroll, 1)
            self._button(left, tr("Ask"), self._typed)
            row.addLayout(left)
        self.table = QTableWidget()
        self.table.setAccessibleName(tr("Answers"))
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        row.addWidget(self.table, 1)
        self.said = plain(QLabel())
        self.said.setWordWrap(True)
        note = trained.note
        self.note = plain(QLabel(words(note) if note is not None else ""))
        self.note.setObjectName("problem")
        self.note.setWordWrap(True)
        self.note.setVisible(note is not None)
        layout.addWidget(self.note)
        layout.addLayout(row, 1)
        layout.addWidget(self.said)
        foot = QHBoxLayout()
        if not program.data.graph:
            self._button(foot, tr("A file of new rows …"), self._choose_file)
            if pictures_fit(shape):
                self._button(foot, tr("A folder of pictures …"), self._choose_folder)
            if len(shape) == 3:
                self._button(foot, tr("Paint one …"), self._paint)
        if trained.whole:
            self._button(foot, tr("The project's own data"), self.ask_own)
        foot.addStretch(1)
        self.keep = self._button(foot, tr("Save answers as CSV …"), self._choose_target)
        self.keep.setEnabled(False)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        # Enter in a field asks; it must not close.
        buttons.button(QDialogButtonBox.StandardButton.Close).setAutoDefault(False)
        buttons.rejected.connect(self.reject)
        foot.addWidget(buttons)
        layout.addLayout(foot)
        self.resize(820, 480)
        self._begin()

    def _begin(self) -> None:
        """Show an answer from the first moment: to a row of the data that can be changed, or to all of it."""
        from nnstudio.session.predict import example_cells

        if self.lines:
            for line, cell in zip(self.lines, example_cells(self._trained.known), strict=True):
                line.setText(cell)
            self._typed()
        elif self._trained.whole:
            self.ask_own()

    def _button(self, layout: QVBoxLayout | QHBoxLayout, text: str, act: Callable[[], None]) -> QPushButton:
        button = QPushButton(text)
        button.setAutoDefault(False)
        button.clicked.connect(lambda: act())
        layout.addWidget(button)
        return button

    def _typed(self) -> None:
        from nnstudio.session.predict import row_of

        cells = [line.text() for line in self.lines]
        self._ask(lambda: (row_of(self._trained.known, cells), (tr("typed row"),)))

    def _paint(self) -> None:
        """Ask about a picture painted by hand, in the numbers of the data."""
        import numpy as np

        from nnstudio.ui.data.pixel_dialog import PixelDialog

        known = self._trained.known
        dialog = PixelDialog(np.full(known.shape, known.low), known.low, known.top, self)
        if dialog.exec():
            painted = dialog.values()
            self._ask(lambda: (painted, (tr("by hand"),)))
        dialog.deleteLater()

    def _choose_file(self) -> None:
        name, _ = QFileDialog.getOpenFileName(
            self,
            tr("A file of new rows …"),
            "",
            tr("Tables, arrays, pictures")
            + " (*.csv *.tsv *.txt *.xlsx *.npz *.png *.jpg *.jpeg *.bmp *.gif *.webp *.tif *.tiff *.gz *idx*)",
        )
        if name:
            self.ask_file(Path(name))

    def _choose_folder(self) -> None:
        name = QFileDialog.getExistingDirectory(self, tr("A folder of pictures …"))
        if name:
            self.ask_file(Path(name))

    def ask_file(self, path: Path) -> None:
        """Ask about every sample of a file or folder."""
        from nnstudio.session.predict import read_samples

        known, graph = self._trained.known, self._trained.program.data.graph

        def read() -> tuple[np.ndarray | None, tuple[str, ...]]:
            self._left_out = []
            return read_samples(known, path, graph=graph, said=self._left_out.append)

        self._ask(read)

    def ask_own(self) -> None:
        """Ask about the project's own samples."""
        self._ask(lambda: (None, ()))

    def _ask(self, samples: Samples) -> None:
        """Fetch samples and ask about them in a thread of its own: many rows must not hold the window."""
        if self.busy:
            # The newest question is answered next.
            self._next = samples
            return
        from nnstudio.engine.predict import predict

        trained = self._trained

        def work() -> Asked:
            x, names = samples()
            answers = predict(trained.program, trained.weights, x, trained.known)
            return answers, names or tuple(str(row) for row in range(len(answers.numbers)))

        self.busy = True
        self.said.setText(tr("Working …"))
        self._reading = Reading(work, "asking")
        self._timer.start(30)

    def _take(self) -> None:
        reading = self._reading
        if reading is None or not reading.done:
            return
        self._reading = None
        self._timer.stop()
        self.busy = False
        if self._next is not None:
            samples, self._next = self._next, None
            self._ask(samples)
            return
        try:
            found = reading.outcome()
        except StudioError as error:
            self._refuse(error)
        except Exception as error:
            self._refuse(TrainError("run.failed", detail=f"{type(error).__name__}: {error}"[:200]))
        else:
            self._show(*found)

    def _refuse(self, error: StudioError) -> None:
        self.said.setObjectName("problem")
        self.said.setText(words(error.message))

    def _show(self, answers: Answers, names: tuple[str, ...]) -> None:
        self._answers, self._names = answers, names
        self.keep.setEnabled(True)
        heads = [tr("sample"), *([tr("answer")] if answers.said is not None else []), *answers.columns]
        self.table.setColumnCount(len(heads))
        self.table.setHorizontalHeaderLabels(heads)
        shown = min(len(names), MAX_SHOWN)
        self.table.setRowCount(shown)
        for row in range(shown):
            label = answers.label(row)
            said = [label] if label is not None else []
            for column, text in enumerate([names[row], *said, *(number(float(v)) for v in answers.numbers[row])]):
                item = QTableWidgetItem(text)
                item.setTextAlignment(Qt.AlignmentFlag.AlignCenter)
                self.table.setItem(row, column, item)
        more = tr("{shown} of {total} shown", shown=shown, total=len(names)) if shown < len(names) else ""
        told, self._left_out = self._left_out, []
        self.said.setObjectName("problem" if told else "muted")
        counted = more or tr("Answers: {count}", count=f"{len(names):,}")
        self.said.setText("  ".join([counted, *map(words, told)]))

    def _choose_target(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self, tr("Save answers as CSV …"), "answers.csv", "CSV (*.csv)")
        if name:
            self.save_to(Path(name))

    def save_to(self, path: Path) -> None:
        """Write the answers."""
        from nnstudio.session.predict import answers_csv

        if self._answers is None:
            return
        try:
            write_atomically(path, answers_csv(self._answers, self._names).encode("utf-8-sig"))
        except StudioError as error:
            self._refuse(error)
        else:
            self.said.setObjectName("muted")
            self.said.setText(tr("Saved {name}", name=path.name))
