"""What came out of a run: confusion matrix, by class, samples, ROC or predicted against true."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QBrush, QColor, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from nnstudio.document.numbers import number
from nnstudio.engine.samples import Review, roc
from nnstudio.session.reviewing import Reviewing
from nnstudio.ui.kit import theme
from nnstudio.ui.kit.low_rows import keep_rows_low
from nnstudio.ui.kit.plain import tip
from nnstudio.ui.kit.texts import tr, words
from nnstudio.ui.plots.chart import SmallChart
from nnstudio.ui.training.other_data import OtherData
from nnstudio.ui.training.samples import Samples
from nnstudio.ui.training.test_part import TestPart

MAX_CLASSES = 40
POLL_MS = 80
# Narrower than this, in pixels, tables stand below each other.
NARROW = 430


class Results(QWidget):
    """Filled when a run ends; its samples are looked through behind the window."""

    step_wanted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._report: Mapping[str, Any] | None = None
        self._classes: tuple[str, ...] = ()
        self._reviewing: Reviewing | None = None
        self.review: Review | None = None
        self.part = QComboBox()
        parts = ("validation", tr("validation part")), ("train", tr("training part")), ("test", tr("test part"))
        for name, text in parts:
            self.part.addItem(text, name)
        self.part.setAccessibleName(tr("Part"))
        self.part.activated.connect(lambda _: self._fill())
        self.about = QLabel()
        self.about.setTextFormat(Qt.TextFormat.PlainText)
        self.about.setWordWrap(True)
        head = QHBoxLayout()
        head.setContentsMargins(8, 4, 8, 0)
        head.addWidget(self.part)
        head.addWidget(self.about, 1)
        self.confusion, self.classes = QTableWidget(), QTableWidget()
        for table, name in ((self.confusion, tr("Confusion matrix")), (self.classes, tr("By class"))):
            table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
            keep_rows_low(table, 24)
            table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
            table.setAccessibleName(name)
        self.confusion.setToolTip(tr("A click on a cell shows its samples."))
        self.confusion.cellClicked.connect(self._open)
        self.confusion.cellActivated.connect(self._open)
        self.samples = Samples()
        self.samples.step_wanted.connect(self.step_wanted)
        self.chart = SmallChart(tr("Results as a plot"))
        self.once = TestPart()
        self.once.measured.connect(self._fill)
        both = QWidget()
        self._beside = row = QHBoxLayout(both)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.confusion, 1)
        row.addWidget(self.classes, 1)
        self.tabs = QTabWidget()
        self.tabs.addTab(both, tr("Confusion matrix"))
        self.tabs.addTab(self.samples, tr("Samples"))
        self.tabs.addTab(self.chart, "ROC")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(head)
        self.other = OtherData()
        layout.addWidget(self.other)
        layout.addWidget(self.once)
        layout.addWidget(self.tabs, 1)
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MS)
        self._timer.timeout.connect(self._poll)
        self.show_report(None, ())
        # The cells of the tables and the plot have colours of their own.
        theme.follow(self._fill)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow column the tables stand below each other."""
        super().resizeEvent(event)
        narrow = self.width() < NARROW
        self._beside.setDirection(QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight)

    def show_report(
        self,
        report: Mapping[str, Any] | None,
        classes: tuple[str, ...],
        trained: tuple[Any, Mapping[str, Any]] | None = None,
    ) -> None:
        """Show a run's report; None while there is none.

        ``trained`` is the network with its weights, whose samples are looked through.
        """
        if report is not None and report is self._report:
            return
        self._report, self._classes = report, classes
        self.leave()
        self.review = None
        self.samples.show_cell(None)
        if report is not None and trained is not None and trained[1]:
            self.tabs.setCurrentIndex(0)
            metrics = report.get("metrics", {})
            if not metrics.get("validation") and metrics.get("train"):
                # Without a validation part there is only one to show.
                self.part.setCurrentIndex(1)
            self._reviewing = Reviewing(*trained)
            self._timer.start()
        self._fill()

    def leave(self) -> None:
        """Look through no more samples."""
        self._timer.stop()
        if self._reviewing is not None:
            self._reviewing.stop()
            self._reviewing.join()
            self._reviewing = None

    def _poll(self) -> None:
        reviewing = self._reviewing
        if reviewing is None or not reviewing.done:
            return
        self._timer.stop()
        self._reviewing, self.review = None, reviewing.result
        self._fill()
        if reviewing.reason is not None:
            self.samples.about.setText(words(reviewing.reason))

    def _fill(self) -> None:
        tested = self.part.currentData() == "test"
        self.once.setVisible(tested)
        self.once.show_state()
        metrics = self.once.measures if tested else (self._report or {}).get("metrics", {}).get(self.part.currentData())
        self.tabs.setVisible(metrics is not None)
        counted = bool(metrics and "confusion" in metrics)
        self.tabs.setTabVisible(0, counted)
        if metrics is None:
            self.about.setText(
                tr("Here stands what a finished run has reached.")
                if self._report is None
                else ""
                if tested
                else tr("This part has no samples.")
            )
            return
        parts = [f"{tr('loss')} {_text(metrics['loss'])}"]
        if counted:
            parts.append(f"{tr('accuracy')} {_text(metrics['accuracy'])}")
            parts.append(tr("rows: true class, columns: said"))
        else:
            parts += [f"MAE {_text(metrics['mae'])}", f"RMSE {_text(metrics['rmse'])}", f"R² {_text(metrics['r2'])}"]
        restored = (self._report or {}).get("restored_epoch")
        if restored:
            parts.append(tr("weights of epoch {epoch} restored", epoch=restored))
        self.about.setText(" · ".join(parts))
        if counted:
            self._tables(metrics)
        held = self.part.currentData() == "validation"
        names = self._classes or tuple(str(k) for k in range(MAX_CLASSES))
        self.samples.show_review(self.review, names, held)
        if self._reviewing is not None:
            self.samples.about.setText(tr("Looking through the samples …"))
        self.tabs.setTabVisible(1, not tested)
        if tested:
            # Single samples of it are not shown: who knows them tunes by them.
            self.tabs.setTabVisible(2, False)
            return
        self._plot(held)

    def _open(self, row: int, column: int) -> None:
        """Show the samples of a cell of the confusion matrix."""
        self.samples.show_cell((row, column))
        self.tabs.setCurrentWidget(self.samples)

    def _plot(self, held: bool) -> None:
        review, t = self.review, theme.current()
        known = review is not None and (not review.classes or review.numbers.shape[1] == 2)
        self.tabs.setTabVisible(2, known)
        if review is None or not known:
            self.chart.clear()
            return
        mine = review.held == held
        if review.classes:
            false, true, area = roc(review.numbers[mine, 1], review.truth[mine] == 1)
            text = "" if math.isnan(area) else f" · AUC {area:.4f}"
            self.tabs.setTabText(2, "ROC" + text)
            ends = np.array([0.0, 1.0])
            self.chart.show_chart(
                (0.0, 0.0),
                (1.0, 1.0),
                (tr("false positive rate"), tr("true positive rate")),
                [(ends, ends, t.muted, True), (false, true, t.positive, False)],
                [],
            )
            return
        self.tabs.setTabText(2, tr("Predicted and true"))
        said, truth = review.said[mine], review.truth[mine]
        if not len(said):
            self.chart.clear()
            return
        low, high = float(min(said.min(), truth.min())), float(max(said.max(), truth.max()))
        room = 0.05 * (high - low) or 1.0
        ends = np.array([low - room, high + room])
        self.chart.show_chart(
            (ends[0], ends[0]),
            (ends[1], ends[1]),
            (tr("true"), tr("predicted")),
            [(ends, ends, t.muted, True)],
            [(truth, said, t.positive, held)],
        )

    def _tables(self, metrics: Mapping[str, Any]) -> None:
        square = metrics["confusion"][:MAX_CLASSES]
        names = [self._classes[k] if k < len(self._classes) else str(k) for k in range(len(square))]
        self.confusion.setRowCount(len(square))
        self.confusion.setColumnCount(len(square))
        self.confusion.setHorizontalHeaderLabels(names)
        self.confusion.setVerticalHeaderLabels(names)
        t = theme.current()
        for r, row in enumerate(square):
            most = max(1, sum(row))
            for c, count in enumerate(row[:MAX_CLASSES]):
                item = QTableWidgetItem(f"{count:,}")
                item.setTextAlignment(Qt.AlignmentFlag.AlignCenter)
                share = count / most
                item.setBackground(
                    QBrush(QColor(theme.mixed(t.positive if r == c else t.negative, t.panel, 0.65 * share)))
                )
                item.setForeground(QBrush(QColor(t.text)))
                item.setToolTip(
                    tip(tr("{count} of class {truth} said to be {said}", count=count, truth=names[r], said=names[c]))
                )
                self.confusion.setItem(r, c, item)
        self.classes.setRowCount(len(square))
        self.classes.setColumnCount(4)
        self.classes.setHorizontalHeaderLabels([tr("precision"), tr("recall"), "F1", tr("samples")])
        self.classes.setVerticalHeaderLabels(names)
        for r, entry in enumerate(metrics["classes"][:MAX_CLASSES]):
            for c, text in enumerate(
                (_text(entry["precision"]), _text(entry["recall"]), _text(entry["f1"]), f"{entry['support']:,}")
            ):
                item = QTableWidgetItem(text)
                item.setTextAlignment(Qt.AlignmentFlag.AlignCenter)
                self.classes.setItem(r, c, item)


def _text(value: float | None) -> str:
    return "–" if value is None else number(float(value))
