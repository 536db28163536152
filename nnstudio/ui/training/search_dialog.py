"""What a search is about: which settings, how many trials, who proposes, where it is kept."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from nnstudio.document.errors import StudioError
from nnstudio.document.values import Document
from nnstudio.session.searching.offering import offered, space_of
from nnstudio.session.searching.space import read_space
from nnstudio.session.searching.study import PRUNERS, SAMPLERS, Plan, Search, planned
from nnstudio.ui.kit.plain import plain
from nnstudio.ui.kit.texts import tr, words
from nnstudio.ui.training.search_space import SpaceEditor
from nnstudio.ui.training.search_view import MOST_TRIALS
from nnstudio.ui.training.trials import metric_words

if TYPE_CHECKING:
    from nnstudio.compile.program import Program

TRIALS = 50


def _samplers() -> dict[str, str]:
    return {
        "tpe": tr("what came out before (TPE)"),
        "random": tr("chance"),
        "cmaes": tr("evolution, numbers alone (CMA-ES)"),
        "gp": tr("a Gaussian process: few, costly trials"),
        "qmc": tr("an even spread (QMC)"),
    }


def _pruners() -> dict[str, str]:
    return {
        "median": tr("trials worse than the median"),
        "hyperband": tr("by Hyperband"),
        "halving": tr("by successive halving"),
        "none": tr("none: every trial comes to its end"),
    }


def metrics_of(program: Program) -> tuple[str, ...]:
    """What trials of a network can be measured by: of its validation part where it has one."""
    data = program.data
    parts = ("val", "train") if data.validation > 0 or data.folds > 1 or data.keyed else ("train",)
    classes = bool(data.classes) and program.answer.form not in ("values", "input")
    return tuple(f"{part}_{kind}" for part in parts for kind in (("loss", "accuracy") if classes else ("loss",)))


class SearchDialog(QDialog):
    """Asks what is to be searched, and begins a search in a folder."""

    def __init__(
        self,
        document: Document,
        metrics: tuple[str, ...],
        folder: Path,
        workers: int,
        data: Callable[[], Mapping[str, bytes]],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Search"))
        self._document, self._data = document, data
        offers = offered(document)
        self.space = SpaceEditor(offers)
        rate = next((one for one in offers if one.setting.endswith(".learning_rate")), None)
        if rate is not None:
            self.space.tick(rate.node, rate.setting)
        self.trials, self.workers = QSpinBox(), QSpinBox()
        self.trials.setRange(1, MOST_TRIALS)
        self.trials.setValue(TRIALS)
        self.workers.setRange(1, max(1, os.cpu_count() or 1))
        self.workers.setValue(workers)
        self.measure, self.sampler, self.pruner = QComboBox(), QComboBox(), QComboBox()
        for name in metrics:
            self.measure.addItem(metric_words(name), name)
        for box, names, said in ((self.sampler, SAMPLERS, _samplers()), (self.pruner, PRUNERS, _pruners())):
            for name in names:
                box.addItem(said[name], name)
        self.folder = QLineEdit(str(folder))
        choose = QPushButton(tr("Choose …"))
        choose.clicked.connect(self._choose)
        self.said = plain(QLabel())
        self.said.setWordWrap(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self.start = buttons.button(QDialogButtonBox.StandardButton.Ok)
        self.start.setText(tr("Start"))
        buttons.accepted.connect(self._accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(self.space, 1)
        layout.addLayout(self._form(choose))
        layout.addWidget(self.said)
        layout.addWidget(buttons)
        self.resize(680, 620)
        self.space.changed.connect(self._look)
        self.folder.textChanged.connect(lambda _: self._look())
        self.trials.valueChanged.connect(lambda _: self._look())
        self._look()

    def _form(self, choose: QPushButton) -> QGridLayout:
        place = QHBoxLayout()
        place.addWidget(self.folder, 1)
        place.addWidget(choose)
        grid = QGridLayout()
        grid.setHorizontalSpacing(10)
        rows = (
            ((tr("Measure"), self.measure), (tr("Trials"), self.trials)),
            ((tr("Proposed by"), self.sampler), (tr("At once"), self.workers)),
            ((tr("Cut short"), self.pruner),),
        )
        for row, pairs in enumerate(rows):
            for column, (name, widget) in enumerate(pairs):
                grid.addWidget(QLabel(name), row, 2 * column)
                grid.addWidget(widget, row, 2 * column + 1)
                widget.setAccessibleName(name)
        grid.addWidget(QLabel(tr("Kept in")), len(rows), 0)
        self.folder.setAccessibleName(tr("Kept in"))
        grid.addLayout(place, len(rows), 1, 1, 3)
        grid.setColumnStretch(1, 3)
        grid.setColumnStretch(3, 1)
        return grid

    def _choose(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, tr("Folder of the search"), self.folder.text())
        if folder:
            self.folder.setText(folder)

    @property
    def place(self) -> Path:
        """The folder of the search."""
        return Path(self.folder.text().strip()).expanduser()

    def plan(self) -> Plan:
        """What was chosen.

        Raises:
            StudioError: it cannot be searched over.
        """
        space = space_of(self.space.tables())
        read_space(self._document, space)
        measure, sampler, pruner = (str(box.currentData()) for box in (self.measure, self.sampler, self.pruner))
        return Plan(space, measure, sampler, pruner, 0, self.trials.value())

    def _look(self) -> None:
        count = self.space.ticked()
        self.start.setEnabled(False)
        if not count:
            self.said.setText(tr("Tick at least one setting."))
            return
        try:
            self.plan()
        except StudioError as error:
            self.said.setText(words(error.message))
            return
        self.start.setEnabled(bool(self.folder.text().strip()))
        if planned(self.place):
            self.said.setText(
                tr("A search lies in this folder: it goes on, if network, settings and measure are the same.")
            )
        else:
            self.said.setText(
                tr(
                    "{count} settings are varied. Every trial trains in a process of its own, beside what you do here, "
                    "and is kept.",
                    count=count,
                )
            )

    def _accept(self) -> None:
        try:
            Search(self.place).begin(self._document, self.plan(), self._data())
        except StudioError as error:
            self.said.setText(words(error.message))
            return
        self.accept()
