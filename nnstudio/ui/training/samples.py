"""Samples one by one, the worst first: what is true, what was said, how much was lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from nnstudio.document.numbers import number
from nnstudio.ui.kit.faces import face_of
from nnstudio.ui.kit.texts import tr

if TYPE_CHECKING:
    from nnstudio.engine.samples import Review

SHOWN, FACE = 200, 28


class Samples(QWidget):
    """A table of samples; a double click steps through one."""

    step_wanted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._review: Review | None = None
        self._names: tuple[str, ...] = ()
        self._cell: tuple[int, int] | None = None
        self._held = True
        self.about = QLabel()
        self.about.setObjectName("muted")
        self.about.setWordWrap(True)
        self.all = QPushButton(tr("All samples"))
        self.all.clicked.connect(lambda: self.show_cell(None))
        self.walk = QPushButton(tr("Step through it"))
        self.walk.setToolTip(tr("Show a training step with the chosen sample"))
        self.walk.clicked.connect(self._step)
        row = QHBoxLayout()
        row.setContentsMargins(8, 2, 8, 0)
        row.addWidget(self.about, 1)
        row.addWidget(self.walk)
        row.addWidget(self.all)
        self.table = QTableWidget()
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setAccessibleName(tr("Samples"))
        self.table.verticalHeader().hide()
        self.table.setIconSize(QSize(FACE, FACE))
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.table.doubleClicked.connect(lambda _: self._step())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(row)
        layout.addWidget(self.table, 1)

    def show_review(self, review: Review | None, names: tuple[str, ...], held: bool) -> None:
        """Show the samples of a part."""
        self._review, self._names, self._held = review, names, held
        self._fill()

    def show_cell(self, cell: tuple[int, int] | None) -> None:
        """Show the samples of one cell of the confusion matrix (true, said), or all."""
        self._cell = cell
        self._fill()

    @property
    def rows(self) -> list[int]:
        """The row numbers that are listed."""
        return [
            int(item.data(Qt.ItemDataRole.UserRole))
            for i in range(self.table.rowCount())
            if (item := self.table.item(i, 0)) is not None
        ]

    def _name(self, value: float) -> str:
        place = int(value)
        return (
            self._names[place]
            if self._review is not None and self._review.classes and 0 <= place < len(self._names)
            else number(value)
        )

    def _fill(self) -> None:
        review = self._review
        self.all.setVisible(self._cell is not None)
        self.walk.setEnabled(review is not None)
        if review is None:
            self.table.setRowCount(0)
            self.about.setText("")
            return
        chosen = review.held == self._held
        if self._cell is not None:
            chosen &= (review.truth == self._cell[0]) & (review.said == self._cell[1])
        places = np.flatnonzero(chosen)
        places = places[np.argsort(-np.nan_to_num(review.loss[places], nan=np.inf), kind="stable")]
        picture = review.x.ndim == 4 and review.x.shape[1] in (1, 3)
        titles = [tr("row"), tr("true"), tr("said"), tr("sure") if review.classes else tr("off by"), tr("loss")]
        self.table.setColumnCount(len(titles))
        self.table.setHorizontalHeaderLabels(titles)
        shown = places[:SHOWN]
        self.table.setRowCount(len(shown))
        self.table.verticalHeader().setDefaultSectionSize(FACE + 4 if picture else 22)
        for line, place in enumerate(shown):
            said = int(review.said[place]) if review.classes else 0
            sure = (
                review.numbers[place][said]
                if review.classes and said < review.numbers.shape[1]
                else review.said[place] - review.truth[place]
            )
            cells = [
                str(review.rows[place]),
                self._name(review.truth[place]),
                self._name(review.said[place]),
                f"{float(sure):.3f}" if review.classes else number(float(sure)),
                number(float(review.loss[place])),
            ]
            for column, text in enumerate(cells):
                item = QTableWidgetItem(text)
                item.setTextAlignment(Qt.AlignmentFlag.AlignCenter)
                if not column:
                    item.setData(Qt.ItemDataRole.UserRole, int(review.rows[place]))
                    if picture:
                        item.setIcon(QIcon(face_of(review.x[place], FACE)))
                        item.setToolTip(tr("Double-click to step through this sample"))
                    elif review.x.ndim == 2:
                        item.setToolTip(", ".join(number(float(v)) for v in review.x[place][:20]))
                self.table.setItem(line, column, item)
        text = tr("{shown} of {count} samples, the greatest loss first", shown=len(shown), count=len(places))
        if self._cell is not None:
            text = (
                tr("true {truth}, said {said}", truth=self._name(self._cell[0]), said=self._name(self._cell[1]))
                + " · "
                + text
            )
        if len(review.rows) < review.total:
            text += " · " + tr("{count} of {total} were looked at", count=len(review.rows), total=review.total)
        self.about.setText(text)
        if len(shown):
            self.table.selectRow(0)

    def _step(self) -> None:
        line = self.table.currentRow()
        if 0 <= line < self.table.rowCount():
            self.step_wanted.emit(self.rows[line])
