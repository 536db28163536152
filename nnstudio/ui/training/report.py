"""The report before training: a table of the layers, and everything there is to say, with a button that mends it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QScrollArea,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from nnstudio.compile.problems import Problem
from nnstudio.compile.sizes import shape_text
from nnstudio.document.edits import Edit
from nnstudio.document.text import Message
from nnstudio.ui.kit import theme
from nnstudio.ui.kit.low_rows import keep_rows_low
from nnstudio.ui.kit.texts import tr, words

if TYPE_CHECKING:
    from nnstudio.compile.analysis import Report

# From this column on there are numbers.
NUMBERS = 3
Index = QModelIndex | QPersistentModelIndex
NOWHERE = QModelIndex()
SIGNS = {"error": "✕", "warning": "!", "note": "i"}


class Finding(QFrame):
    """One thing there is to say; a click on it goes to its node."""

    picked = Signal(str)

    def __init__(
        self,
        problem: Problem,
        where: str,
        mend: Callable[[Edit], bool],
        helps: Mapping[str, tuple[str, Callable[[], None]]],
    ) -> None:
        super().__init__()
        self._node = problem.node
        self._severity = problem.severity
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 3, 8, 3)
        row.setSpacing(8)
        sign = self._sign = QLabel(SIGNS[problem.severity])
        sign.setFixedWidth(14)
        self.restyle()
        theme.follow(self.restyle)
        words_of = {"error": tr("error"), "warning": tr("warning"), "note": tr("note")}
        sign.setToolTip(words_of[problem.severity])
        sign.setAccessibleName(words_of[problem.severity])
        row.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
        text = QLabel(f"{where}: {words(problem.what)} {words(problem.why)} {words(problem.remedy)}")
        text.setWordWrap(True)
        text.setTextFormat(Qt.TextFormat.PlainText)
        text.setMinimumWidth(10)
        self.text = text
        row.addWidget(text, 1)
        if problem.node:
            go = QPushButton(tr("Show"))
            go.clicked.connect(lambda: self.picked.emit(self._node))
            row.addWidget(go, 0, Qt.AlignmentFlag.AlignTop)
        reason = problem.why.args.get("detail")
        if isinstance(reason, Message) and reason.key in helps:
            words_, act = helps[reason.key]
            self.help = QPushButton(words_)
            self.help.clicked.connect(lambda: act())
            row.addWidget(self.help, 0, Qt.AlignmentFlag.AlignTop)
        if problem.mend is not None:
            self.mend = QPushButton(tr("Mend it"))
            self.mend.clicked.connect(lambda: mend(problem.mend))
            row.addWidget(self.mend, 0, Qt.AlignmentFlag.AlignTop)

    def restyle(self) -> None:
        """Take the colours of the theme."""
        t = theme.current()
        color = {"error": t.bad, "warning": t.negative, "note": t.muted}[self._severity]
        self._sign.setStyleSheet(f"color: {color}; font-weight: 700")


class Findings(QScrollArea):
    """All of them, the worst first."""

    picked = Signal(str)

    def __init__(
        self,
        mend: Callable[[Edit], bool],
        helps: Mapping[str, tuple[str, Callable[[], None]]] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._mend = mend
        # What the window can do about a reason that no edit mends: its words and its act, by the reason's key.
        self._helps = helps or {}
        self.items: list[Finding] = []
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(tr("Problems"))

    def show_problems(self, problems: tuple[Problem, ...], titles: Callable[[str], str]) -> None:
        """Show problems; ``titles`` names their nodes."""
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 4, 0, 4)
        column.setSpacing(2)
        self.items = []
        if not problems:
            fine = QLabel(tr("No problems: the network can run."))
            fine.setObjectName("muted")
            fine.setContentsMargins(10, 4, 4, 4)
            column.addWidget(fine)
        for problem in problems:
            item = Finding(problem, titles(problem.node) or tr("Network"), self._mend, self._helps)
            item.picked.connect(self.picked)
            self.items.append(item)
            column.addWidget(item)
        column.addStretch(1)
        typing = QApplication.focusWidget()
        inside = typing is not None and self.isAncestorOf(typing)
        old = self.takeWidget()
        if old is not None:
            # It may be in the middle of a click of its own.
            old.hide()
            old.deleteLater()
        self.setWidget(content)
        if inside:
            # The button that was pressed has gone: the keys stay here.
            self.setFocus()


class LayerTable(QTableView):
    """One row per node: type, output shape, parameters, multiply-adds, memory; totals in the last row."""

    picked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows = _Rows(self)
        self.setModel(self.rows)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        for column in range(NUMBERS):
            self.horizontalHeader().setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        # As wide as what is seen: asking every row takes longer than a frame.
        self.horizontalHeader().setResizeContentsPrecision(0)
        self.verticalHeader().hide()
        keep_rows_low(self)
        self.setEditTriggers(QTableView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.setAccessibleName(tr("Layers"))
        self.clicked.connect(self._pick)

    def show_report(self, report: Report | None) -> None:
        """Show a report's table; None while it is being made."""
        self.rows.take(report)

    def _pick(self, index: QModelIndex) -> None:
        node = self.rows.node(index.row())
        if node is not None:
            self.picked.emit(node)


class _Rows(QAbstractTableModel):
    """The lines of a report as the table asks for them: it asks for those that it shows."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._titles = (tr("node"), tr("type"), tr("output"), tr("parameters"), tr("multiply-adds"), tr("memory"))
        self._report: Report | None = None

    def take(self, report: Report | None) -> None:
        """Show another report."""
        self.beginResetModel()
        self._report = report
        self.endResetModel()

    def node(self, row: int) -> str | None:
        """The node of a line; None for the totals."""
        return self._report.rows[row].node if self._report is not None and row < len(self._report.rows) else None

    def rowCount(self, parent: Index = NOWHERE) -> int:
        return (
            len(self._report.rows) + 1 if self._report is not None and self._report.rows and not parent.isValid() else 0
        )

    def columnCount(self, parent: Index = NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._titles)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        return (
            self._titles[section]
            if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole
            else None
        )

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role == Qt.ItemDataRole.DisplayRole:
            return self._texts(index.row())[index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() >= NUMBERS:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.FontRole and self.node(index.row()) is None:
            font = QFont()
            font.setBold(True)
            return font
        return None

    def _texts(self, number: int) -> tuple[str, ...]:
        report = self._report
        assert report is not None
        if number == len(report.rows):
            return tr("total"), "", "", f"{report.parameters:,}", f"{report.multiply_adds:,}", size_text(report.memory)
        row = report.rows[number]
        shape = "–" if row.shape is None else shape_text(row.shape, row.axes)
        adds = "?" if row.multiply_adds is None else f"{row.multiply_adds:,}"
        return row.name, words(row.kind), shape, f"{row.parameters:,}", adds, size_text(row.memory)


def size_text(count: int) -> str:
    """Write a number of bytes: 12 KB, 3.4 MB."""
    for unit, size in (("GB", 2**30), ("MB", 2**20), ("KB", 2**10)):
        if count >= size:
            return f"{count / size:.3g} {unit}"
    return f"{count} B"
