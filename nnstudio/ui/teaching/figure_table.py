"""A step's figures in the card of a lesson: what is expected, what is there, and whether they agree."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from nnstudio.document.numbers import exact
from nnstudio.session.lessons.tutor import Tutor
from nnstudio.ui.kit.layouts import emptied
from nnstudio.ui.kit.plain import plain
from nnstudio.ui.kit.texts import language, tr
from nnstudio.ui.teaching.answering import unmarked

TICK = "✓"


class FigureTable(QGridLayout):
    """One row for each figure."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[tuple[str, str, str, bool]] = []
        self._cells: list[QWidget] = []
        self.setHorizontalSpacing(10)
        self.setVerticalSpacing(2)
        self.setColumnStretch(0, 1)

    def show_figures(self, tutor: Tutor) -> None:
        """Show the figures of a tutor's step."""
        rows = []
        for figure, found in tutor.figures():
            name = unmarked(figure.label(language())) or figure.at
            yours = "–" if found is None else exact(found)
            rows.append((name, exact(figure.expected), yours, found is not None and figure.agrees(found)))
        if rows == self._rows:
            return
        self._rows = rows
        emptied(self, self._cells)
        self._cells = []
        if not rows:
            return
        for column, title in enumerate(("", tr("expected"), tr("yours"))):
            head = plain(QLabel(title))
            head.setObjectName("muted")
            self._put(head, 0, column)
        for number, (name, expected, yours, agrees) in enumerate(rows, 1):
            label = plain(QLabel(name))
            label.setWordWrap(True)
            self._put(label, number, 0, Qt.AlignmentFlag.AlignLeft)
            for column, text in ((1, expected), (2, yours)):
                cell = plain(QLabel(text))
                cell.setObjectName("figure")
                cell.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
                self._put(cell, number, column)
            mark = plain(QLabel(TICK if agrees else "≠" if yours != "–" else ""))
            mark.setObjectName("good" if agrees else "problem")
            self._put(mark, number, 3)

    def _put(self, cell: QWidget, row: int, column: int, side: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignRight) -> None:
        self._cells.append(cell)
        self.addWidget(cell, row, column, side)
