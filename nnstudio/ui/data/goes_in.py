"""What goes in: every number of a sample, the column that it is made of, and the first rows as an example."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QLabel, QTableWidget, QTableWidgetItem, QVBoxLayout, QWidget

from nnstudio.catalog.sources.columns import Column
from nnstudio.catalog.sources.sides import is_apart
from nnstudio.catalog.sources.treatments import PICTURE
from nnstudio.session.column_page import Outcome
from nnstudio.ui.kit.low_rows import keep_rows_low
from nnstudio.ui.kit.plain import plain
from nnstudio.ui.kit.texts import tr

MOST, MOST_TOKENS = 500, 12


def same(cell: str, value: float) -> bool:
    """Whether a cell goes in as it stands."""
    try:
        return float(cell) == value
    except ValueError:
        return False


def begins(columns: tuple[Column, ...], place: int) -> int:
    """Where the numbers of a column begin in a sample."""
    return sum(column.size for column in columns[:place])


def _apart(found: Outcome, place: int, sample: int) -> str:
    """What an input of its own is, in a few signs: the tokens of a text, the size of a picture."""
    column = found.columns[place]
    if column.kind == PICTURE:
        return tr("{wide} × {high} pixels", wide=column.width, high=column.width)
    start = begins(found.columns, place)
    tokens = [f"{value:.0f}" for value in found.shown[sample][start : start + column.size]]
    return " ".join(tokens[-MOST_TOKENS:])


class GoesIn(QWidget):
    """A row for each number that goes in."""

    def __init__(self) -> None:
        super().__init__()
        self.head = plain(QLabel())
        self.head.setWordWrap(True)
        self.head.setObjectName("muted")
        self.table = QTableWidget()
        self.table.setAccessibleName(tr("What goes in"))
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.table.verticalHeader().hide()
        keep_rows_low(self.table)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 6, 0, 0)
        layout.addWidget(self.head)
        layout.addWidget(self.table, 1)
        self._shown: Outcome | None = None

    def show_outcome(self, found: Outcome) -> None:
        """Show what goes in by other settings."""
        if found is self._shown:
            return
        self._shown = found
        self.head.setText(
            tr(
                "{columns} columns become {count} numbers. Each is then scaled by what the training part tells.",
                columns=len(found.columns) - len(found.apart),
                count=found.features,
            )
            + (
                " " + tr("{count} more are inputs of their own, and not scaled.", count=len(found.apart))
                if found.apart
                else ""
            )
        )
        features = [
            (name, place, begins(found.columns, place) + number, 0 if is_apart(column) else 1)
            for place, column in enumerate(found.columns)
            for number, name in enumerate((column.name,) if is_apart(column) else column.features)
        ][:MOST]
        self.table.setColumnCount(2 + len(found.shown))
        self.table.setHorizontalHeaderLabels(
            [tr("goes in"), tr("made of"), *(tr("row {number}", number=n + 1) for n in range(len(found.shown)))]
        )
        self.table.setRowCount(len(features))
        for row, (name, place, start, one) in enumerate(features):
            self.table.setItem(row, 0, QTableWidgetItem(name))
            self.table.setItem(row, 1, QTableWidgetItem(found.columns[place].name))
            for sample, values in enumerate(found.shown):
                value = values[start]
                cell = found.raw[sample][place]
                text = tr("missing") if value != value else f"{value:.8g}" if one else _apart(found, place, sample)
                item = QTableWidgetItem(text if same(cell, value) else f"{cell[:20] or '–'} → {text}")
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                self.table.setItem(row, 2 + sample, item)
        self.table.resizeColumnsToContents()
