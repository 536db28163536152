"""The trials of a search as a table: number, how it stands, the measure, what was tried, epochs, seconds."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from nnstudio.document.numbers import number
from nnstudio.document.text import Quoted
from nnstudio.session.searching.space import Range
from nnstudio.ui.kit import theme
from nnstudio.ui.kit.plain import tip
from nnstudio.ui.kit.texts import tr, words

Index = QModelIndex | QPersistentModelIndex
NOWHERE = QModelIndex()
SORT = Qt.ItemDataRole.UserRole
# Columns before and behind those of the settings.
HEAD, TAIL = 3, 2


def state_words(state: str) -> str:
    """How a trial stands, in words."""
    return {
        "complete": tr("finished"),
        "pruned": tr("cut short"),
        "refused": tr("refused"),
        "running": tr("running"),
        "waiting": tr("waiting"),
        "lost": tr("lost, begun once more"),
    }.get(state, state)


def metric_words(metric: str) -> str:
    """A measure's name."""
    return {
        "val_loss": tr("Validation loss"),
        "val_accuracy": tr("Validation accuracy"),
        "train_loss": tr("Train loss"),
        "train_accuracy": tr("Train accuracy"),
    }[metric]


def range_words(one: Range) -> str:
    """What is varied, in words."""
    titles = one.titles if len(one.titles) < 3 else (one.titles[0], one.titles[-1])
    return " · ".join(words(title) for title in titles) or one.name


def value_words(one: Range, value: Any) -> str:
    """A value of what is varied, in words."""
    if value is None:
        return "–"
    if value in one.named:
        return words(one.named[value])
    return number(value) if isinstance(value, float) else str(value)


def why_words(row: Mapping[str, Any]) -> str:
    """Why a trial was refused; "" where it was not."""
    return words(Quoted(row["why"])) if row["why"] else ""


class Trials(QAbstractTableModel):
    """Rows of trials."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: list[Mapping[str, Any]] = []
        self.space: tuple[Range, ...] = ()
        self.metric = "val_loss"
        self.best = -1

    def show_rows(self, rows: Sequence[Mapping[str, Any]], best: int) -> None:
        """Show these trials: as many as before or more, each in its place; only what is new is told."""
        old, marked = self.rows, (self.best, best)
        if len(rows) > len(old):
            # What sorts puts new rows among the old ones, which are still in order then.
            self.beginInsertRows(NOWHERE, len(old), len(rows) - 1)
            self.rows = [*old, *rows[len(old) :]]
            self.endInsertRows()
        self.rows, self.best = list(rows), best
        changed = [
            place
            for place, before in enumerate(old)
            if rows[place] is not before or (marked[0] != best and before["trial"] in marked)
        ]
        if changed:
            # All at once: a row that is put in its place among others that changed and were not told stands wrong.
            self.dataChanged.emit(self.index(changed[0], 0), self.index(changed[-1], self.columnCount() - 1))

    def begin(self, space: Sequence[Range], metric: str) -> None:
        """Another search."""
        self.beginResetModel()
        self.rows, self.space, self.metric, self.best = [], tuple(space), metric, -1
        self.endResetModel()

    def columns(self) -> list[str]:
        """The titles."""
        return [
            tr("Trial"),
            tr("State"),
            metric_words(self.metric),
            *map(range_words, self.space),
            tr("Epochs"),
            tr("Seconds"),
        ]

    def rowCount(self, parent: Index = NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = NOWHERE) -> int:
        return 0 if parent.isValid() else HEAD + len(self.space) + TAIL

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self.columns()[section]
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.ToolTipRole:
            return tip(self.columns()[section])
        return None

    def _value(self, row: Mapping[str, Any], column: int) -> Any:
        if column < HEAD:
            return row[("trial", "state", "value")[column]]
        if column < HEAD + len(self.space):
            return row.get(self.space[column - HEAD].name)
        return row[("epochs", "seconds")[column - HEAD - len(self.space)]]

    def text(self, row: Mapping[str, Any], column: int) -> str:
        """What a cell says."""
        value = self._value(row, column)
        if column == 0:
            return ("★ " if row["trial"] == self.best else "") + str(value)
        if column == 1:
            return state_words(value)
        if HEAD <= column < HEAD + len(self.space):
            return value_words(self.space[column - HEAD], value)
        if value is None:
            return "–"
        return f"{value:.2f}" if column == self.columnCount() - 1 else number(value) if column == 2 else str(value)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row, column = self.rows[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self.text(row, column)
        if role == SORT:
            value = self._value(row, column)
            if column == 1 or isinstance(value, str | bool):
                return self.text(row, column)
            # What has no measure stands at the end when the best stand first.
            worst = -math.inf if column == 2 and self.metric.endswith("accuracy") else math.inf
            return worst if value is None else float(value)
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(why_words(row) or self.text(row, column))
        if role == Qt.ItemDataRole.TextAlignmentRole and column != 1:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if role == Qt.ItemDataRole.ForegroundRole and row["state"] in ("refused", "lost"):
            return QColor(theme.current().bad if row["state"] == "refused" else theme.current().muted)
        return None

    def as_csv(self, order: Sequence[int]) -> str:
        """Rows in an order, as CSV."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow([*self.columns(), tr("Why")])
        for place in order:
            row = self.rows[place]
            cells = (self.text(row, column).replace("−", "-") for column in range(self.columnCount()))
            writer.writerow([*cells, why_words(row)])
        return out.getvalue()
