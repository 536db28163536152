"""What is to be varied, with which values, over how many seeds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from nnstudio.document.errors import EditError
from nnstudio.document.values import Document
from nnstudio.session.searching.study import available
from nnstudio.session.variants import Axis, axes_of, read_values, variants
from nnstudio.ui.kit.plain import plain
from nnstudio.ui.kit.texts import tr, words

AXES = 2
MOST_SEEDS = 50
MOST_FOLDS = 20


class AxisEditor(QWidget):
    """One thing to vary: which, and its values."""

    def __init__(self, axes: Sequence[Axis], optional: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._axes = list(axes)
        self.which = QComboBox()
        self.which.setAccessibleName(tr("What to vary"))
        if optional:
            self.which.addItem(tr("nothing else"), -1)
        for place, axis in enumerate(self._axes):
            self.which.addItem(" · ".join(words(title) for title in axis.titles), place)
        self.values = QLineEdit()
        self.values.setAccessibleName(tr("Values"))
        self.values.setPlaceholderText(tr("values, such as 0.1; 0.01; 0.001"))
        self.choices = QListWidget()
        self.choices.setAccessibleName(tr("Choices"))
        self.choices.setMaximumHeight(150)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for widget in (self.which, self.values, self.choices):
            layout.addWidget(widget)
        self.which.currentIndexChanged.connect(self._chosen)
        self._chosen()

    @property
    def axis(self) -> Axis | None:
        """What is chosen to be varied."""
        place = self.which.currentData()
        return self._axes[place] if place is not None and place >= 0 else None

    def choose(self, axis: Axis) -> None:
        """Choose an axis."""
        self.which.setCurrentIndex(self.which.findData(self._axes.index(axis)))

    def _chosen(self) -> None:
        axis = self.axis
        self.values.setVisible(axis is not None and not axis.options)
        self.choices.setVisible(axis is not None and bool(axis.options))
        self.choices.clear()
        if axis is None:
            return
        if axis.options:
            for kind, title in axis.options:
                item = QListWidgetItem(words(title))
                item.setData(Qt.ItemDataRole.UserRole, kind)
                item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
                item.setCheckState(Qt.CheckState.Checked if kind == axis.value else Qt.CheckState.Unchecked)
                self.choices.addItem(item)
        elif isinstance(axis.value, float) and axis.value > 0:
            self.values.setText("; ".join(f"{axis.value * factor:g}" for factor in (10, 1, 0.1)))
        elif isinstance(axis.value, int) and not isinstance(axis.value, bool):
            self.values.setText(
                "; ".join(str(v) for v in dict.fromkeys((max(1, axis.value // 2), axis.value, axis.value * 2)))
            )
        else:
            self.values.setText("")

    def chosen(self) -> tuple[Axis, list[Any]] | None:
        """The axis with its values, or None.

        Raises:
            EditError: what was typed is no list of numbers.
        """
        axis = self.axis
        if axis is None:
            return None
        if axis.options:
            kinds = [
                self.choices.item(i).data(Qt.ItemDataRole.UserRole)
                for i in range(self.choices.count())
                if self.choices.item(i).checkState() == Qt.CheckState.Checked
            ]
            return axis, kinds
        return axis, read_values(axis, self.values.text())


class SweepDialog(QDialog):
    """Makes the documents of a sweep."""

    def __init__(self, document: Document, workers: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Sweep"))
        self._document = document
        self.documents: list[Document] = []
        axes = axes_of(document)
        self.axes = [AxisEditor(axes, bool(place)) for place in range(AXES)]
        rate = next((axis for axis in axes if axis.path[-1] == "learning_rate" and len(axis.path) > 1), None)
        if rate is not None:
            self.axes[0].choose(rate)
        self.seeds = QSpinBox()
        self.seeds.setRange(1, MOST_SEEDS)
        self.seeds.setValue(3)
        self.seeds.setAccessibleName(tr("Seeds"))
        self.folds = QSpinBox()
        self.folds.setRange(1, MOST_FOLDS)
        self.folds.setSpecialValueText(tr("none"))
        self.folds.setAccessibleName(tr("Folds"))
        self.folds.setToolTip(
            tr("Cross-validation: every one of so many parts is validation once; the table gives mean ± spread.")
        )
        grid = QGridLayout()
        grid.setVerticalSpacing(8)
        for row, (name, widget) in enumerate(
            (
                (tr("Vary"), self.axes[0]),
                (tr("and"), self.axes[1]),
                (tr("Seeds for each"), self.seeds),
                (tr("Folds"), self.folds),
            )
        ):
            label = plain(QLabel(name))
            grid.addWidget(label, row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(widget, row, 1)
        self.about = QLabel(
            tr(
                "Every variant is trained in a process of its own, {count} at once, beside what you do here.",
                count=workers,
            )
        )
        self.about.setObjectName("muted")
        self.about.setWordWrap(True)
        self.more = QLabel(
            tr("More settings at once, proposed from what came out before: Training → Search …")
            if available()
            else tr(
                "With pip install nnstudio[search] more settings are varied at once, proposed from what came out "
                "before, and poor runs are cut short: Training → Search …"
            )
        )
        self.more.setObjectName("muted")
        self.more.setWordWrap(True)
        self.count = QLabel()
        self.count.setWordWrap(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self.start = buttons.button(QDialogButtonBox.StandardButton.Ok)
        self.start.setText(tr("Start"))
        buttons.accepted.connect(self._accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addLayout(grid)
        layout.addWidget(self.count)
        layout.addWidget(self.about)
        layout.addWidget(self.more)
        layout.addWidget(buttons)
        self.setMinimumWidth(460)
        for editor in self.axes:
            editor.which.currentIndexChanged.connect(self._count)
            editor.values.textChanged.connect(self._count)
            editor.choices.itemChanged.connect(lambda _: self._count())
        self.seeds.valueChanged.connect(self._count)
        self.folds.valueChanged.connect(self._count)
        self._count()

    def _make(self) -> list[Document]:
        chosen = [found for editor in self.axes if (found := editor.chosen()) is not None]
        folds = self.folds.value()
        return variants(self._document, chosen, self.seeds.value(), folds if folds > 1 else 0)

    def _count(self) -> None:
        try:
            made = self._make()
        except EditError as error:
            self.count.setText(words(error.message))
            self.start.setEnabled(False)
            return
        self.count.setText(tr("{count} runs", count=len(made)) if made else tr("Choose at least one value."))
        self.start.setEnabled(bool(made))

    def _accept(self) -> None:
        try:
            self.documents = self._make()
        except EditError as error:
            self.count.setText(words(error.message))
            return
        self.accept()
