"""Choosing a table of one's own: how it is written, a look at its rows, and what is to be predicted."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from nnstudio.catalog.sources.columns import are_classes, is_number
from nnstudio.catalog.sources.manner import Manner
from nnstudio.catalog.sources.tables import read_table
from nnstudio.document.errors import StudioError
from nnstudio.document.fields import Field, OptionField
from nnstudio.document.values import Params
from nnstudio.session.reading import Reading
from nnstudio.ui.kit.low_rows import keep_rows_low
from nnstudio.ui.kit.plain import plain
from nnstudio.ui.kit.texts import tr, words

ROWS = 40
MANNERS = ("delimiter", "decimal", "header", "encoding")
CHOICES = ("target_kind", "missing")


class ImportDialog(QDialog):
    """Shows the beginning of a table; ``params()`` is what was chosen. Reading goes on behind the window."""

    def __init__(self, path: Path, fields: tuple[Field, ...], params: Params, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Your data: {name}", name=path.name))
        self._path = path
        self._given = params
        self._boxes: dict[str, QComboBox] = {}
        self._reading: Reading[Any] | None = None
        self._names: list[str] = []
        form = QFormLayout()
        for field in fields:
            if isinstance(field, OptionField) and field.name in (*MANNERS, *CHOICES):
                box = QComboBox()
                for name, title in field.options:
                    box.addItem(words(title), name)
                box.setCurrentIndex(max(0, box.findData(params.get(field.name, field.default))))
                box.setToolTip(words(field.help))
                box.setAccessibleName(words(field.title))
                box.activated.connect(self._read if field.name in MANNERS else self._mark)
                self._boxes[field.name] = box
                form.addRow(words(field.title), box)
        self.target = QComboBox()
        self.target.setAccessibleName(tr("To be predicted"))
        self.target.activated.connect(self._mark)
        self.columns = QListWidget()
        self.columns.setAccessibleName(tr("Learn from"))
        side = QVBoxLayout()
        side.addWidget(QLabel(tr("To be predicted")))
        side.addWidget(self.target)
        side.addWidget(QLabel(tr("Learn from")))
        side.addWidget(self.columns, 1)
        side.addLayout(form)
        self.table = QTableWidget()
        self.table.setAccessibleName(tr("The first rows"))
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        keep_rows_low(self.table)
        self.said = plain(QLabel())
        self.said.setWordWrap(True)
        self.said.setObjectName("muted")
        row = QHBoxLayout()
        row.addWidget(self.table, 1)
        holder = QWidget()
        holder.setLayout(side)
        holder.setMaximumWidth(290)
        row.addWidget(holder)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addLayout(row, 1)
        layout.addWidget(self.said)
        layout.addWidget(self.buttons)
        self.resize(900, 560)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._take)
        self._timer.start(30)
        self._read()

    def _manner(self) -> Manner:
        return Manner.of(
            {**self._given, **{name: self._boxes[name].currentData() for name in MANNERS if name in self._boxes}}
        )

    def _read(self, *_: object) -> None:
        """Read the beginning in a thread of its own: a slow disk must not hold the window."""
        self.said.setText(tr("Reading …"))
        # One that was begun before is forgotten.
        self._reading = Reading(partial(read_table, self._path, self._manner(), ROWS), "import preview")

    def _take(self) -> None:
        reading = self._reading
        if reading is None or not reading.done:
            return
        self._reading = None
        okay = self.buttons.button(QDialogButtonBox.StandardButton.Ok)
        try:
            found = reading.outcome()
        except Exception as error:
            self.said.setText(words(error.message) if isinstance(error, StudioError) else str(error)[:200])
            self.table.setRowCount(0)
            okay.setEnabled(False)
            return
        okay.setEnabled(True)
        self._frame, manner = found.frame, found.manner
        self._fill()
        parts = [tr("{columns} columns", columns=len(self._names))]
        if manner.encoding:
            parts.append(manner.encoding.upper())
        if manner.delimiter:
            marks = {",": tr("comma"), ";": tr("semicolon"), "\t": tr("tab"), "|": "|"}
            parts.append(tr("parted by {mark}", mark=marks.get(manner.delimiter, manner.delimiter)))
        self.said.setText("\n".join([" · ".join(parts), *(words(note) for note in found.notes)]))

    def _fill(self) -> None:
        frame = self._frame
        names = [str(name) for name in frame.columns]
        if names != self._names:
            self._names = names
            wanted = self._given.get("targets", ())
            self.target.clear()
            self.target.addItems(names)
            self.target.setCurrentIndex(names.index(wanted[0]) if wanted and wanted[0] in names else len(names) - 1)
            given = set(self._given.get("columns", ()))
            self.columns.clear()
            for name in names:
                item = QListWidgetItem(name)
                item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
                item.setCheckState(Qt.CheckState.Checked if not given or name in given else Qt.CheckState.Unchecked)
                self.columns.addItem(item)
        self.table.setColumnCount(len(names))
        self.table.setRowCount(len(frame))
        for column, name in enumerate(names):
            for row, value in enumerate(frame[name]):
                missing = value != value or value is None
                cell = QTableWidgetItem("" if missing else f"{value:g}" if isinstance(value, float) else str(value))
                if is_number(frame[name]):
                    cell.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                self.table.setItem(row, column, cell)
        self._mark()

    def _mark(self, *_: object) -> None:
        """Say of each column what it is taken for."""
        if not self._names:
            return
        target = self.target.currentText()
        kind = str(self._boxes["target_kind"].currentData()) if "target_kind" in self._boxes else "auto"
        heads = []
        for name in self._names:
            if name == target:
                what = tr("target: classes") if are_classes(self._frame[name], kind) else tr("target: values")
            else:
                what = tr("numbers") if is_number(self._frame[name]) else tr("categories")
            heads.append(f"{name}\n{what}")
        self.table.setHorizontalHeaderLabels(heads)
        for row in range(self.columns.count()):
            item = self.columns.item(row)
            item.setHidden(item.text() == target)

    def params(self) -> Params:
        """What was chosen, on top of what was given."""
        chosen: dict[str, Any] = {name: box.currentData() for name, box in self._boxes.items()}
        target = self.target.currentText()
        names = [name for name in self._names if name != target]
        items = [self.columns.item(row) for row in range(self.columns.count())]
        ticked = [item.text() for item in items if item.checkState() == Qt.CheckState.Checked and item.text() != target]
        chosen["targets"] = (target,) if target else ()
        chosen["columns"] = () if len(ticked) in (0, len(names)) else tuple(ticked)
        return Params({**self._given, **chosen})
