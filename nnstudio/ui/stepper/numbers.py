"""The numbers of a step as a table: every tensor in it, to be copied, and to be changed to see what follows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QSlider,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from nnstudio.document.numbers import number
from nnstudio.engine.derived import derived
from nnstudio.ui.kit import theme
from nnstudio.ui.kit.low_rows import keep_rows_low
from nnstudio.ui.kit.texts import tr

if TYPE_CHECKING:
    from nnstudio.engine.trace import Moment, Trace

Index = QModelIndex | QPersistentModelIndex
NOWHERE = QModelIndex()
# A drag of the slider over its whole length changes a number by this many times its size (at least 1) both ways.
DRAG_STOPS, DRAG_REACH = 200, 2.0
# Qt lays a table out by rows; more columns than this are shown as further rows.
MOST_COLUMNS = 2000


@dataclass(frozen=True)
class Tensor:
    """One tensor of a step; ``name`` says what a change of it would change, "" where it cannot be."""

    title: str
    numbers: np.ndarray
    name: str = ""


def tensors_of(trace: Trace, moment: Moment) -> list[Tensor]:
    """The tensors in a moment, the most interesting first; of values those of the shown sample."""
    found: list[Tensor] = []
    if moment.phase == "update":
        record = trace.parameters[moment.parameter]
        found.append(Tensor(tr("{name} before", name=record.path), record.old, record.path))
        found.append(Tensor(tr("{name} after", name=record.path), record.new))
        found += [Tensor(f"∂E/∂{record.path}", record.gradient)] if record.gradient is not None else []
        if record.used is not None and record.used is not record.gradient:
            found.append(Tensor(tr("gradient as the optimizer gets it"), record.used))
        found += [
            Tensor(tr("memory {sign} of the optimizer", sign=sign), array) for sign, array in record.before.items()
        ]
        return found
    step = trace.steps[moment.step]
    gradients = moment.phase == "backward"
    names = [step.name, *step.inputs]
    if gradients:
        found += [
            Tensor(f"∂E/∂{trace.parameters[p].path}", g)
            for p in step.parameters
            if (g := trace.parameters[p].gradient) is not None
        ]
        found = found if moment.parameter else []
        found += [
            Tensor(f"∂E/∂{name}", trace.of_sample(name, trace.gradients[name]))
            for name in names
            if name in trace.gradients
        ]
        if step.local is not None:
            found.append(Tensor("f′(z)", trace.of_sample(step.name, step.local)))
    for name in names:
        if name in trace.values:
            editable = "x" if name == "x" else "target" if name == "y" and step.phase == "loss" else ""
            found.append(Tensor(name, trace.of_sample(name, trace.values[name]), editable))
    found += [Tensor(trace.parameters[path].path, trace.parameters[path].old, path) for path in step.parameters]
    if gradients:
        found += [
            Tensor(f"∂E/∂{trace.parameters[p].path}", g)
            for p in step.parameters
            if (g := trace.parameters[p].gradient) is not None and not moment.parameter
        ]
    found += [Tensor(title, array) for title, array in derived(trace, step.name)]
    return found


class NumbersModel(QAbstractTableModel):
    """A tensor as rows and columns: leading axes are put together."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.table = np.zeros((0, 0))
        self.editable = False
        self.limit = 1.0
        self.wanted: Any = None

    def show(self, array: np.ndarray, editable: bool) -> None:
        """Show an array."""
        self.beginResetModel()
        table = np.atleast_2d(array)
        table = table.reshape(-1, table.shape[-1]) if 0 < table.shape[-1] <= MOST_COLUMNS else table.reshape(-1, 1)
        self.table, self.editable = table, editable and table.dtype.kind == "f"
        finite = table[np.isfinite(table)] if table.dtype.kind == "f" else table
        self.limit = theme.nice_limit(float(np.abs(finite).max(initial=0.0)))
        self.endResetModel()

    def rowCount(self, parent: Index = NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.table)

    def columnCount(self, parent: Index = NOWHERE) -> int:
        return 0 if parent.isValid() else self.table.shape[1]

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        value = self.table[index.row(), index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return number(float(value)) if self.table.dtype.kind == "f" else str(value)
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.EditRole):
            return repr(float(value)) if self.table.dtype.kind == "f" else str(value)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if self.table.dtype.kind == "f" and role in (Qt.ItemDataRole.BackgroundRole, Qt.ItemDataRole.ForegroundRole):
            color = theme.color_of(float(value), self.limit)
            return (
                color
                if role == Qt.ItemDataRole.BackgroundRole
                else QColor("#111111" if color.lightness() > 125 else "#ffffff")
            )
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        return str(section + 1) if role == Qt.ItemDataRole.DisplayRole else None

    def flags(self, index: Index) -> Qt.ItemFlag:
        plain = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return plain | Qt.ItemFlag.ItemIsEditable if self.editable else plain

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.EditRole or self.wanted is None:
            return False
        return bool(self.wanted(index.row() * self.table.shape[1] + index.column(), str(value)))


class Numbers(QWidget):
    """The dock: which tensor, its numbers, and what was changed by hand."""

    changed = Signal(str, int, float, bool)
    refused = Signal(str)
    undo_wanted = Signal()
    redo_wanted = Signal()
    reset_wanted = Signal()
    keep_wanted = Signal()
    paint_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.which = QComboBox()
        self.which.setAccessibleName(tr("Tensor"))
        self.which.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.which.setMinimumContentsLength(16)
        self.which.currentIndexChanged.connect(self._choose)
        self.shape = QLabel()
        self.shape.setObjectName("muted")
        self.copy, self.undo, self.redo = QPushButton(tr("Copy")), QPushButton("↶"), QPushButton("↷")
        self.reset, self.keep = (
            QPushButton(tr("Back to the recorded step")),
            QPushButton(tr("Train on with these weights")),
        )
        self.paint = QPushButton(tr("Paint the input …"))
        self.undo.setToolTip(tr("Take the last change back"))
        self.redo.setToolTip(tr("Make it again"))
        for button in (self.undo, self.redo):
            button.setAccessibleName(button.toolTip())
            button.setMaximumWidth(34)
        row = QHBoxLayout()
        row.setContentsMargins(8, 6, 8, 2)
        row.setSpacing(8)
        for widget in (self.which, self.shape, self.copy, self.paint):
            row.addWidget(widget)
        row.addStretch(1)
        self._hint = QLabel(
            tr("Double-click a number of a weight, a bias or the input to change it, or choose it and drag the slider.")
        )
        self._hint.setObjectName("muted")
        self._hint.setWordWrap(True)
        second = QHBoxLayout()
        second.setContentsMargins(8, 0, 8, 2)
        second.addWidget(self._hint, 1)
        self.drag = QSlider(Qt.Orientation.Horizontal)
        self.drag.setRange(-DRAG_STOPS, DRAG_STOPS)
        self.drag.setFixedWidth(150)
        self.drag.setAccessibleName(tr("Change the chosen number"))
        self.drag.setToolTip(tr("Drag to change the chosen number, and watch everything after it follow"))
        self.drag.sliderPressed.connect(self._drag_begins)
        self.drag.sliderReleased.connect(self._drag_ends)
        self.drag.valueChanged.connect(self._dragged)
        second.addWidget(self.drag)
        for widget in (self.undo, self.redo, self.reset, self.keep):
            second.addWidget(widget)
        self.table = QTableView()
        self.model = NumbersModel(self)
        self.model.wanted = self._typed
        self.table.setModel(self.model)
        self.table.setAccessibleName(tr("Numbers"))
        header = self.table.horizontalHeader()
        header.setDefaultSectionSize(94)
        header.setMinimumSectionSize(40)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        keep_rows_low(self.table)
        shortcut = QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), self.table)
        shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
        shortcut.activated.connect(self.copy_selection)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(row)
        layout.addLayout(second)
        layout.addWidget(self.table, 1)
        self.copy.clicked.connect(self.copy_selection)
        self.undo.clicked.connect(self.undo_wanted)
        self.redo.clicked.connect(self.redo_wanted)
        self.reset.clicked.connect(self.reset_wanted)
        self.keep.clicked.connect(self.keep_wanted)
        self.paint.clicked.connect(self.paint_wanted)
        self._tensors: list[Tensor] = []
        self._from = 0.0
        self._begun = False
        self.table.selectionModel().currentChanged.connect(
            lambda now, _: self.drag.setEnabled(self.model.editable and now.isValid())
        )
        self.show_moment(None, None)
        self.show_changes(0)

    def show_moment(self, trace: Trace | None, moment: Moment | None) -> None:
        """Show the tensors of a moment; the one that was looked at stays chosen where it occurs again."""
        before, at = self.which.currentText(), self.table.currentIndex()
        cell = (at.row(), at.column()) if at.isValid() else None
        self._tensors = tensors_of(trace, moment) if trace is not None and moment is not None else []
        blocked = self.which.blockSignals(True)
        self.which.clear()
        self.which.addItems([tensor.title for tensor in self._tensors])
        self.which.setCurrentIndex(max(0, self.which.findText(before)) if self._tensors else -1)
        self.which.blockSignals(blocked)
        self.paint.setVisible(
            trace is not None and "x" in trace.values and trace.of_sample("x", trace.values["x"]).ndim == 3
        )
        for widget in (self.which, self.copy, self._hint):
            widget.setEnabled(bool(self._tensors))
        self._choose()
        if (
            cell is not None
            and before == self.which.currentText()
            and cell[0] < self.model.rowCount()
            and cell[1] < self.model.columnCount()
        ):
            self.table.setCurrentIndex(self.model.index(*cell))

    def _choose(self) -> None:
        place = self.which.currentIndex()
        # Disabling a slider that is held would end its drag.
        self.drag.setEnabled(self.drag.isSliderDown())
        if not 0 <= place < len(self._tensors):
            self.model.show(np.zeros((0, 0)), False)
            self.shape.setText("")
            return
        tensor = self._tensors[place]
        self.model.show(tensor.numbers, bool(tensor.name))
        self.shape.setText(
            " × ".join(str(n) for n in np.atleast_1d(tensor.numbers).shape)
            + (" · " + tr("can be changed") if self.model.editable else "")
        )

    def show_changes(self, count: int, undone: int = 0) -> None:
        """Show how many numbers are changed by hand, and whether there are changes that were taken back."""
        self._hint.setText(
            tr("What if ({count} changed): the trained weights are untouched.", count=count)
            if count
            else tr(
                "Double-click a number of a weight, a bias or the input to change it, or choose it and drag the slider."
            )
        )
        for button in (self.undo, self.reset, self.keep):
            button.setVisible(bool(count))
        self.redo.setVisible(bool(undone))

    def _typed(self, place: int, text: str) -> bool:
        try:
            value = float(text.strip().replace("−", "-").replace(",", "."))
        except ValueError:
            self.refused.emit(tr("“{given}” is not a number.", given=text))
            return False
        if not np.isfinite(value) or abs(value) > 1e30:
            self.refused.emit(tr("“{given}” is not a number.", given=text))
            return False
        tensor = self._tensors[self.which.currentIndex()]
        # Later: what follows shows the table anew, which must not happen while its editor is closing.
        QTimer.singleShot(0, self, lambda: self.changed.emit(tensor.name, place, value, False))
        return True

    def _drag_begins(self) -> None:
        self._begun = False
        at = self.table.currentIndex()
        self._from = float(self.model.table[at.row(), at.column()]) if at.isValid() else 0.0

    def _dragged(self, stop: int) -> None:
        at = self.table.currentIndex()
        if not (at.isValid() and self.model.editable):
            return
        if not self.drag.isSliderDown():
            # Arrow keys on the slider: each press is a small drag from where the number stands.
            self._drag_begins()
        value = self._from + stop / DRAG_STOPS * DRAG_REACH * max(1.0, abs(self._from))
        self.changed.emit(
            self._tensors[self.which.currentIndex()].name,
            at.row() * self.model.table.shape[1] + at.column(),
            value,
            self._begun,
        )
        self._begun = True
        if not self.drag.isSliderDown():
            self._drag_ends()

    def _drag_ends(self) -> None:
        blocked = self.drag.blockSignals(True)
        self.drag.setValue(0)
        self.drag.blockSignals(blocked)

    def copy_selection(self) -> None:
        """Copy the selected cells, or all, as text with tabs."""
        chosen = self.table.selectionModel().selectedIndexes()
        table = self.model.table
        rows, columns = range(len(table)), range(table.shape[1])
        if len(chosen) > 1:
            rows = range(min(i.row() for i in chosen), max(i.row() for i in chosen) + 1)
            columns = range(min(i.column() for i in chosen), max(i.column() for i in chosen) + 1)
        text = "\n".join("\t".join(repr(table[i, j].item()) for j in columns) for i in rows)
        QGuiApplication.clipboard().setText(text)
