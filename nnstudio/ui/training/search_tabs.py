"""The trials of a search in four ways: a table, lines across all settings, one after the other, shares."""

from __future__ import annotations

import math
from typing import Any

from PySide6.QtCore import QSortFilterProxyModel, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLabel,
    QScrollArea,
    QTableView,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from nnstudio.session.searching.followed import Followed
from nnstudio.session.searching.space import Range
from nnstudio.session.searching.study import METRICS
from nnstudio.ui.kit.low_rows import keep_rows_low
from nnstudio.ui.kit.plain import plain
from nnstudio.ui.kit.texts import tr
from nnstudio.ui.plots.parallel import MOST, Axis, Line, Parallel, measured
from nnstudio.ui.plots.search_history import SearchHistory
from nnstudio.ui.plots.shares import Shares
from nnstudio.ui.training.trials import SORT, Trials, metric_words, range_words, value_words

WIDTHS = (70, 110, 140)
SETTING, SHORT = 150, 80


class SearchTabs(QTabWidget):
    """Shows trials; one of them is chosen, in each of the four."""

    picked = Signal(int)
    wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = Trials(self)
        self.sorted = QSortFilterProxyModel(self)
        self.sorted.setSourceModel(self.model)
        self.sorted.setSortRole(SORT)
        self.table = QTableView()
        self.table.setModel(self.sorted)
        self.table.setSortingEnabled(True)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setAccessibleName(tr("Trials"))
        self.table.verticalHeader().hide()
        self.table.setWordWrap(False)
        keep_rows_low(self.table, 24)
        self.table.horizontalHeader().setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._selected())
        self.table.doubleClicked.connect(lambda _: self.wanted.emit())
        self.lines, self.history = Parallel(), SearchHistory()
        self.lines.picked.connect(self.choose)
        self.history.picked.connect(self.choose)
        self.table.setAutoScroll(False)
        self.key, self.left_out = _note(), _note()
        self.key.setText(
            tr("The stronger a line's colour, the better its trial; green: the best, violet: the chosen one.")
        )
        self.shares = Shares(tr("What share each setting has"))
        self.weighed, self.passed = _note(), _note()
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setWidget(self.shares)
        self.setDocumentMode(True)
        self.addTab(self.table, tr("Table"))
        self.addTab(_one_above_other(self.lines, self.key, self.left_out), tr("Parallel coordinates"))
        self.addTab(_one_above_other(self.weighed, scroll), tr("Importance"))
        self.addTab(_one_above_other(self.passed, self.history), tr("History"))

    def begin(self, found: Followed) -> None:
        """Another search."""
        self.model.begin(found.space, found.plan.metric)
        greatest = METRICS[found.plan.metric] == "maximize"
        self.table.sortByColumn(2, Qt.SortOrder.DescendingOrder if greatest else Qt.SortOrder.AscendingOrder)
        for column, width in enumerate((*WIDTHS, *(SETTING,) * len(found.space), SHORT, SHORT)):
            self.table.horizontalHeader().resizeSection(column, width)

    def show_trials(self, found: Followed, best: int) -> None:
        """Show how a search stands."""
        self.model.show_rows([found.rows[key] for key in sorted(found.rows)], best)
        metric, greatest = metric_words(found.plan.metric), METRICS[found.plan.metric] == "maximize"
        rows = [row for row in self.model.rows if row["state"] == "complete" and _is_number(row["value"])]
        order = sorted(rows, key=lambda row: row["value"], reverse=not greatest)
        good = {row["trial"]: place / max(1, len(order) - 1) for place, row in enumerate(order)}
        axes = [_axis(one) for one in found.space]
        if rows:
            axes.append(measured("value", metric, [row["value"] for row in rows]))
        self.lines.show_lines(axes, [Line(row["trial"], good[row["trial"]], row) for row in rows], best)
        self.left_out.setVisible(self.lines.drawn < len(self.model.rows))
        self.left_out.setText(_left_out(len(self.model.rows) - len(rows), len(rows) - self.lines.drawn))
        self.passed.setText(
            " ".join(
                (
                    tr("{measure}; the line is the best so far.", measure=metric),
                    _left_out(len(self.model.rows) - len(rows), 0),
                )
            ).strip()
        )
        values = [row["value"] for row in rows]
        self.history.show_values(metric, [row["trial"] for row in rows], values, greatest=greatest)
        named = {one.name: range_words(one) for one in found.space}
        self.shares.show_shares([(named.get(name, name), share) for name, share in found.importance.items()])
        self.weighed.setText(
            tr("What share each setting has in how much the trials differ (PED-ANOVA): it says what mattered, not why.")
            if found.importance
            else tr("This needs a few more trials that came to their end.")
        )

    def choose(self, trial: int) -> None:
        """Choose a trial."""
        places = [place for place, row in enumerate(self.model.rows) if row["trial"] == trial]
        if places:
            shown = self.sorted.mapFromSource(self.model.index(places[0], 0))
            self.table.selectRow(shown.row())
            self.table.scrollTo(shown)

    def _selected(self) -> None:
        rows = self.table.selectionModel().selectedRows()
        if rows:
            trial = int(self.model.rows[self.sorted.mapToSource(rows[0]).row()]["trial"])
            self.lines.choose(trial)
            self.picked.emit(trial)

    def as_csv(self) -> str:
        """The table as it is sorted."""
        places = range(self.sorted.rowCount())
        return self.model.as_csv([self.sorted.mapToSource(self.sorted.index(place, 0)).row() for place in places])


def _is_number(value: Any) -> bool:
    return value is not None and math.isfinite(value)


def _note() -> QLabel:
    label = plain(QLabel())
    label.setObjectName("muted")
    label.setWordWrap(True)
    label.setContentsMargins(8, 2, 8, 0)
    return label


def _left_out(without: int, many: int) -> str:
    """What is not drawn, and why; "" where all is."""
    said = []
    if without:
        said.append(tr("{count} trials without a measure are not drawn.", count=without))
    if many > 0:
        said.append(tr("Of the others the best {most} are.", most=MOST))
    return " ".join(said)


def _one_above_other(*widgets: QWidget) -> QWidget:
    page = QWidget()
    layout = QVBoxLayout(page)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(2)
    for widget in widgets:
        # The picture has what the words do not need.
        layout.addWidget(widget, 0 if isinstance(widget, QLabel) else 1)
    return page


def _axis(one: Range) -> Axis:
    if one.values:
        return Axis(one.name, range_words(one), values=tuple((value, value_words(one, value)) for value in one.values))
    return Axis(one.name, range_words(one), one.low, one.high, one.log)
