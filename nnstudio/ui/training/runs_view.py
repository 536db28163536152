"""All runs as a table: settings that differ, seed, results, time; sorted, filtered, grouped over seeds, drawn, pinned,
taken over.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QSortFilterProxyModel, Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from nnstudio.document.numbers import number
from nnstudio.document.text import Text
from nnstudio.document.values import Document
from nnstudio.engine.states import State
from nnstudio.session.run_records import RunRecord, by_settings, fold_of
from nnstudio.session.runs import Runs
from nnstudio.session.variants import differences
from nnstudio.ui.kit import theme
from nnstudio.ui.kit.low_rows import keep_rows_low
from nnstudio.ui.kit.plain import tip
from nnstudio.ui.kit.sight import in_sight
from nnstudio.ui.kit.texts import tr, words

Index = QModelIndex | QPersistentModelIndex
NOWHERE = QModelIndex()
SORT = Qt.ItemDataRole.UserRole
METRICS = ("train_loss", "val_loss", "train_accuracy", "val_accuracy")


@dataclass(frozen=True)
class Row:
    """One line of the table: a run, or several that differ in the seed alone."""

    runs: tuple[RunRecord, ...]
    differs: str
    seed: str

    def value(self, name: str) -> tuple[float, float]:
        """Mean and standard deviation (NaN of one run) of a result."""
        found = np.array([v for run in self.runs if not math.isnan(v := run.final(name))])
        if not len(found):
            return math.nan, math.nan
        return float(found.mean()), float(found.std(ddof=1)) if len(found) > 1 else math.nan


def state_words(run: RunRecord) -> str:
    """How a run stands, in words."""
    names = {
        State.WAITING: tr("waiting"),
        State.RUNNING: tr("running"),
        State.FINISHED: tr("finished"),
        State.FAILED: tr("failed"),
        State.STOPPED: tr("stopped"),
    }
    return names[run.state]


def difference_words(document: Document, base: Document) -> str:
    """What a network has otherwise than the present one, in one line."""
    parts = []
    for titles, _, here in differences(base, document):
        # Of a setting within a choice the node and the setting say enough.
        name = " · ".join(words(title) for title in (titles if len(titles) < 3 else (titles[0], titles[-1])))
        value = "–" if here is None else words(here) if isinstance(here, Text) else str(here)
        parts.append(f"{name} = {value}")
    return "; ".join(parts)


class RunsModel(QAbstractTableModel):
    """Rows of runs; the first column is a check box that draws the run, the second its name, which can be edited."""

    def __init__(
        self, runs: Callable[[], Runs], document: Callable[[], Document], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._runs, self._document = runs, document
        self.rows: list[Row] = []
        self.together = False
        self.colors: dict[int, str] = {}
        self.refused: Callable[[], None] = lambda: None

    def columns(self) -> list[str]:
        """The titles."""
        return [
            tr("Name"),
            tr("Differs from the network on the canvas"),
            tr("Seed"),
            tr("Epochs"),
            tr("Train loss"),
            tr("Validation loss"),
            tr("Train accuracy"),
            tr("Validation accuracy"),
            tr("Seconds"),
            tr("State"),
        ]

    def refresh(self) -> None:
        """Take the runs as they are now."""
        runs, base = self._runs(), self._document()
        groups = by_settings(runs.items.values()) if self.together else [[run] for run in runs.items.values()]
        rows = []
        for group in groups:
            seeds = sorted({int(run.document.training.get("seed", 0)) for run in group})
            text = str(seeds[0]) if len(seeds) == 1 else tr("{count} seeds", count=len(seeds))
            folds = sorted({fold_of(run.document) for run in group})
            if len(folds) > 1:
                text += " · " + tr("{count} folds", count=len(folds))
            elif folds[0]:
                text += " · " + tr("fold {number}", number=folds[0])
            rows.append(Row(tuple(group), difference_words(group[-1].document, _with_seed(base, group[-1])), text))
        if [
            (r.differs, r.seed, [(x.id, x.name, x.state, len(x.records), x.shown, x.pinned) for x in r.runs])
            for r in rows
        ] == [
            (r.differs, r.seed, [(x.id, x.name, x.state, len(x.records), x.shown, x.pinned) for x in r.runs])
            for r in self.rows
        ]:
            return
        same = len(rows) == len(self.rows) and [[x.id for x in r.runs] for r in rows] == [
            [x.id for x in r.runs] for r in self.rows
        ]
        if same:
            self.rows = rows
            if rows:
                self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, self.columnCount() - 1))
            return
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def rowCount(self, parent: Index = NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = NOWHERE) -> int:
        return 0 if parent.isValid() else 10

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return self.columns()[section]
        return None

    def _numbers(self, row: Row, column: int) -> tuple[float, float]:
        if column == 3:
            return float(np.mean([run.epochs for run in row.runs])), math.nan
        if column == 8:
            known = [run.seconds for run in row.runs if not math.isnan(run.seconds)]
            return (float(np.mean(known)), math.nan) if known else (math.nan, math.nan)
        return row.value(METRICS[column - 4])

    def text(self, row: Row, column: int) -> str:
        """What a cell says."""
        run = row.runs[-1]
        if column == 0:
            return ("★ " if run.pinned else "") + (
                run.name if len(row.runs) == 1 else f"{row.runs[0].name} … {run.name}"
            )
        if column in (1, 2):
            return (row.differs, row.seed)[column - 1]
        if column == 9:
            states = list(dict.fromkeys(state_words(r) for r in row.runs))
            return ", ".join(states)
        mean, spread = self._numbers(row, column)
        if math.isnan(mean):
            return "–"
        if column == 3:
            return f"{mean:,.0f}"
        text = f"{mean:.2f}" if column == 8 else number(mean)
        return text if math.isnan(spread) else f"{text} ± {number(spread)}"

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row, column = self.rows[index.row()], index.column()
        run = row.runs[-1]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return run.name if role == Qt.ItemDataRole.EditRole else self.text(row, column)
        if role == SORT:
            if column in (0, 1, 9):
                return self.text(row, column) if column else run.id
            if column == 2:
                return int(run.document.training.get("seed", 0))
            value = self._numbers(row, column)[0]
            return math.inf if math.isnan(value) else value
        if role == Qt.ItemDataRole.CheckStateRole and column == 0:
            return Qt.CheckState.Checked if all(r.shown for r in row.runs) else Qt.CheckState.Unchecked
        if role == Qt.ItemDataRole.DecorationRole and column == 0 and run.id in self.colors and run.shown:
            return QColor(self.colors[run.id])
        if role == Qt.ItemDataRole.ToolTipRole:
            if run.reason is not None:
                return tip(words(run.reason))
            return tip(self.text(row, column))
        if role == Qt.ItemDataRole.TextAlignmentRole and column >= 2:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if role == Qt.ItemDataRole.ForegroundRole and run.state == State.FAILED:
            return QColor(theme.current().bad)
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        plain = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        if index.column() == 0:
            plain |= Qt.ItemFlag.ItemIsUserCheckable
            if len(self.rows[index.row()].runs) == 1:
                plain |= Qt.ItemFlag.ItemIsEditable
        return plain

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.CheckStateRole:
            shown = Qt.CheckState(value) == Qt.CheckState.Checked
            done = [self._runs().show(run.id, shown) for run in row.runs]
            if not all(done):
                self.refused()
            return True
        self._runs().rename(row.runs[-1].id, str(value))
        return True


def _with_seed(base: Document, run: RunRecord) -> Document:
    """The network on the canvas with a run's seed: the seed has a column of its own."""
    from dataclasses import replace

    seed, fold = run.document.training.get("seed"), fold_of(run.document)
    if fold:
        nodes = (
            replace(n, params=n.params.with_value("fold", fold)) if n.params.get("folds") else n for n in base.nodes
        )
        base = replace(base, nodes=tuple(nodes))
    return replace(
        base, training=base.training.without("seed") if seed is None else base.training.with_value("seed", seed)
    )


class RunsView(QWidget):
    """The dock: buttons, a filter, the table."""

    sweep_wanted = Signal()
    search_wanted = Signal()
    report_wanted = Signal()
    taken = Signal(object)
    # Runs whose networks are to stand beside that on the canvas.
    beside = Signal(object)
    said = Signal(str)

    def __init__(
        self, runs: Callable[[], Runs], document: Callable[[], Document], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._runs = runs
        self.model = RunsModel(runs, document, self)
        self.model.refused = lambda: self.said.emit(tr("Ten runs are drawn at most. Take one away first."))
        self.sorted = QSortFilterProxyModel(self)
        self.sorted.setSourceModel(self.model)
        self.sorted.setSortRole(SORT)
        self.sorted.setFilterKeyColumn(-1)
        self.sorted.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.sweep = QPushButton(tr("Sweep …"))
        self.sweep.setToolTip(tr("Train variants in the background: rates, activations, widths, seeds …"))
        self.sweep.clicked.connect(self.sweep_wanted)
        self.search = QPushButton(tr("Search …"))
        self.search.setToolTip(tr("Let Optuna propose settings, and see what each has to do with the result"))
        self.search.clicked.connect(self.search_wanted)
        self.stop = QPushButton(tr("Stop"))
        self.stop.clicked.connect(lambda: self._runs().cancel())
        self.busy = QLabel()
        self.busy.setObjectName("muted")
        self.filter = QLineEdit()
        self.filter.setPlaceholderText(tr("Filter …"))
        self.filter.setAccessibleName(tr("Filter"))
        self.filter.setMaximumWidth(150)
        self.filter.textChanged.connect(self.sorted.setFilterFixedString)
        self.together = QCheckBox(tr("mean over seeds, folds"))
        self.together.setToolTip(
            tr("Runs that differ in the seed or the fold alone become one line: mean ± standard deviation")
        )
        self.together.toggled.connect(self._group)
        self.pin, self.delete, self.take = QPushButton("★"), QPushButton(tr("Delete")), QPushButton(tr("Take over"))
        self.pin.setToolTip(tr("Keep this run"))
        self.pin.setAccessibleName(tr("Keep this run"))
        self.pin.setMaximumWidth(34)
        self.take.setToolTip(tr("Put this run's network on the canvas; undo brings the present one back"))
        self.set_beside = QPushButton(tr("Set beside"))
        self.set_beside.setToolTip(tr("Put the networks of these runs beside that on the canvas, on the desk Compare"))
        self.set_beside.clicked.connect(lambda: self.beside.emit(self.chosen()))
        self.csv, self.report = QPushButton(tr("Copy as CSV")), QPushButton(tr("Report …"))
        self.report.setToolTip(tr("A file to hand in: network, settings, curves, results, findings, notes"))
        self.report.clicked.connect(self.report_wanted)
        self.pin.clicked.connect(self._pin)
        self.delete.clicked.connect(self._delete)
        self.take.clicked.connect(self._take)
        self.csv.clicked.connect(self.copy)
        head = QHBoxLayout()
        head.setContentsMargins(8, 4, 8, 2)
        head.setSpacing(6)
        for widget in (self.sweep, self.search, self.stop, self.busy):
            head.addWidget(widget)
        head.addStretch(1)
        for widget in (self.set_beside, self.take, self.pin, self.delete):
            head.addWidget(widget)
        second = QHBoxLayout()
        second.setContentsMargins(8, 0, 8, 2)
        second.setSpacing(6)
        second.addWidget(self.filter)
        second.addWidget(self.together)
        second.addStretch(1)
        for widget in (self.csv, self.report):
            second.addWidget(widget)
        self.table = QTableView()
        self.table.setModel(self.sorted)
        self.table.setSortingEnabled(True)
        self.table.sortByColumn(0, Qt.SortOrder.AscendingOrder)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setAccessibleName(tr("Runs"))
        self.table.verticalHeader().hide()
        keep_rows_low(self.table, 24)
        self.table.setWordWrap(False)
        header = self.table.horizontalHeader()
        # A title that does not fit ends in …, instead of losing both its ends.
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setTextElideMode(Qt.TextElideMode.ElideRight)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        for column, width in enumerate((110, 220, 60, 60, 150, 150, 130, 140, 70, 80)):
            header.resizeSection(column, width)
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._allow())
        shortcut = QShortcut(QKeySequence(QKeySequence.StandardKey.Delete), self.table)
        shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
        shortcut.activated.connect(self._delete)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(head)
        layout.addLayout(second)
        layout.addWidget(self.table, 1)
        self.refresh()

    def refresh(self) -> None:
        """Show the runs as they are now."""
        runs = self._runs()
        going, waiting = runs.busy
        self.busy.setText(
            tr("{going} running, {waiting} waiting", going=going, waiting=waiting) if going or waiting else ""
        )
        self.stop.setVisible(bool(going or waiting))
        if in_sight(self):
            self.model.refresh()
            self._allow()

    def catch_up(self) -> None:
        """The dock has come to the front."""
        self.model.refresh()
        self._allow()

    def chosen(self) -> list[RunRecord]:
        """The runs of the selected lines."""
        rows = {self.sorted.mapToSource(index).row() for index in self.table.selectionModel().selectedRows()}
        return [run for row in sorted(rows) if row < len(self.model.rows) for run in self.model.rows[row].runs]

    def _allow(self) -> None:
        chosen = self.chosen()
        self.take.setEnabled(len(chosen) >= 1)
        self.set_beside.setEnabled(bool(chosen))
        self.pin.setEnabled(bool(chosen))
        self.delete.setEnabled(bool(chosen))
        self.csv.setEnabled(bool(self.model.rows))

    def _group(self, together: bool) -> None:
        self.model.together = together
        self.model.refresh()

    def _pin(self) -> None:
        chosen = self.chosen()
        pinned = not all(run.pinned for run in chosen)
        for run in chosen:
            self._runs().pin(run.id, pinned)

    def _delete(self) -> None:
        self._runs().delete([run.id for run in self.chosen()])

    def _take(self) -> None:
        chosen = self.chosen()
        if chosen:
            self.taken.emit(chosen[-1].document)

    def as_csv(self) -> str:
        """The table as it is sorted and filtered, as CSV."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(self.model.columns())
        for place in range(self.sorted.rowCount()):
            row = self.model.rows[self.sorted.mapToSource(self.sorted.index(place, 0)).row()]
            writer.writerow(
                [self.model.text(row, column).replace("−", "-") for column in range(self.model.columnCount())]
            )
        return out.getvalue()

    def copy(self) -> None:
        """Copy the table as CSV."""
        QGuiApplication.clipboard().setText(self.as_csv())
        self.said.emit(tr("The table is in the clipboard as CSV."))
