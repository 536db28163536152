"""The page of a table's columns: roles, kinds, treatments, rows and parts, and what goes in; the result beside it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QModelIndex, QTimer
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from nnstudio.catalog.registry import CATALOG
from nnstudio.catalog.sources.files import LOADING
from nnstudio.catalog.sources.treatments import FILE_COLUMN, TARGET, read_as_text, roles_of, treatments_of
from nnstudio.document.errors import StudioError
from nnstudio.document.fields import Field, NodeKind, complete
from nnstudio.document.values import Node, Params
from nnstudio.session.column_page import (
    SAMPLE_ROWS,
    Found,
    Outcome,
    judged_again,
    look,
    outcome,
    with_proposals,
)
from nnstudio.session.reading import Reading
from nnstudio.ui.data.column_beside import Beside
from nnstudio.ui.data.column_menu import ColumnMenu
from nnstudio.ui.data.column_rows import FORM, SECOND, RowsPage
from nnstudio.ui.data.column_side import PartsBar
from nnstudio.ui.data.column_table import FOUND, NAME, ColumnModel, ColumnView
from nnstudio.ui.data.goes_in import GoesIn
from nnstudio.ui.kit.elided import ElidedLabel
from nnstudio.ui.kit.plain import plain
from nnstudio.ui.kit.texts import tr, words


class ColumnsPage(QDialog):
    """Shows a table; ``params()`` is what was chosen of it, ``data()`` how its rows are parted. Reading goes on behind
    the window.
    """

    def __init__(
        self,
        path: Path,
        fields: tuple[Field, ...],
        params: Params,
        data: Params,
        data_fields: tuple[Field, ...],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Your data: {name}", name=path.name))
        self._path, self._params, self._data = path, params, data
        self._given = params
        self._found: Found | None = None
        self._outcome = Outcome()
        self._touched = False
        self._reading: Reading[Found] | None = None
        self._work: Reading[Outcome] | None = None
        self.another = False
        self._build(fields, data_fields)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._take)
        self._timer.start(30)
        self._read()

    def _build(self, fields: tuple[Field, ...], data_fields: tuple[Field, ...]) -> None:
        title = plain(QLabel(tr("My data")))
        font = title.font()
        font.setPointSizeF(font.pointSizeF() * 1.4)
        font.setBold(True)
        title.setFont(font)
        self.about = ElidedLabel()
        self.about.setObjectName("muted")
        self.other = QPushButton(tr("Another file …"))
        self.other.setAutoDefault(False)
        self.other.clicked.connect(self._another)
        self.use = QPushButton(tr("Use these data"))
        self.use.setObjectName("use")
        self.use.setDefault(True)
        self.use.setEnabled(False)
        self.use.clicked.connect(self.accept)
        head = QHBoxLayout()
        head.addWidget(title)
        head.addWidget(self.about, 1)
        head.addWidget(self.other)
        head.addWidget(self.use)
        self.model = ColumnModel()
        self.table = ColumnView(self.model)
        self.table.clicked.connect(self._open)
        self.table.opened.connect(self._open)
        self.table.selectionModel().currentChanged.connect(self._picture)
        self.menu = ColumnMenu(self, self.model, self._changed)
        self.beside = Beside()
        columns = QWidget()
        row = QHBoxLayout(columns)
        row.setContentsMargins(0, 6, 0, 0)
        row.addWidget(self.table, 1)
        row.addWidget(self.beside)
        self.rows = RowsPage(fields, data_fields, self._params, self._data, self._said)
        self.goes_in = GoesIn()
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.addTab(columns, tr("1 Columns"))
        self.tabs.addTab(self.rows, tr("2 Rows and parts"))
        self.tabs.addTab(self.goes_in, tr("3 What goes in"))
        self.parts = PartsBar()
        self.parted = plain(QLabel())
        self.parted.setObjectName("muted")
        foot = QHBoxLayout()
        foot.addWidget(plain(QLabel(tr("Parts"))))
        foot.addWidget(self.parted)
        foot.addWidget(self.parts, 1)
        layout = QVBoxLayout(self)
        layout.addLayout(head)
        layout.addWidget(self.tabs, 1)
        layout.addLayout(foot)
        screen = self.screen().availableGeometry()
        self.resize(min(1280, screen.width() - 40), min(700, screen.height() - 60))
        self.table.setFocus()

    # -- reading ----------------------------------------------------------------------------------

    def _read(self) -> None:
        """Read the first rows, then all, in a thread of its own: a slow disk must not hold the window."""
        self._outcome, self._work = Outcome(), None
        self._found = None
        self.about.setText(tr("Reading …"))
        self._reading = Reading(partial(look, self._path, self._params, SAMPLE_ROWS), "first rows")

    def _take(self) -> None:
        """Fetch what was read, judged or worked out."""
        if self._work is not None and self._work.done:
            work, self._work = self._work, None
            try:
                self._outcome = work.outcome()
            except Exception as error:
                reason = error.message if isinstance(error, StudioError) else None
                self._outcome = Outcome(reason=reason)
                if reason is None:
                    raise
            self._show()
        if self._reading is None:
            return
        if not self._reading.done:
            self._say_about()
            return
        reading, self._reading = self._reading, None
        try:
            self._found = reading.outcome()
        except Exception as error:
            if not isinstance(error, StudioError) and not isinstance(error, MemoryError):
                raise
            text = words(error.message) if isinstance(error, StudioError) else tr("There is not enough memory for it.")
            self.about.setText(text)
            self.rows.say((text,))
            self.use.setEnabled(False)
            return
        if not self._found.whole:
            self._reading = Reading(partial(look, self._path, self._params), "all rows")
        elif not self._touched:
            self._params = with_proposals(self._params, self._found)
        self._work_out()

    def _work_out(self) -> None:
        """Work out anew what becomes of the table."""
        if self._found is None:
            return
        found = self._found
        target = next((n for n, r in roles_of(found.names, self._params).items() if r == TARGET), "")
        if target != found.target:
            found = self._found = judged_again(found, target)
        self._work = Reading(partial(outcome, found, self._params, self._data), "outcome of a table")
        self._show()

    # -- showing ----------------------------------------------------------------------------------

    def _show(self) -> None:
        found = self._found
        if found is None:
            return
        self.model.show(
            found.judged,
            roles_of(found.names, self._params),
            treatments_of(self._params),
            self._outcome.columns,
            self._params,
            self._data,
        )
        self._say_about()
        self.use.setEnabled(self._outcome.reason is None and (self._outcome.used > 0 or self._work is not None))
        self._picture()
        self.beside.show_counts(found, self._outcome)
        self.parts.show_parts(self._outcome.parts)
        self.parted.setText(self.rows.split_text(self._params))
        self.rows.show_settings(self._params, self._data, found.read.manner, found.sheets)
        self.rows.say(tuple(words(note) for note in (*found.read.notes, *self._outcome.notes)))
        self.goes_in.show_outcome(self._outcome)

    def _say_about(self) -> None:
        found = self._found
        if found is None:
            return
        manner = found.read.manner
        marks = {"\t": tr("tab"), " ": tr("blank")}
        count = f"{len(found.read.frame):,}"
        parts = [self._path.name, tr("{count} rows", count=count)]
        if found.rows > len(found.read.frame):
            parts[1] = tr("{count} of {rows} rows were looked at", count=count, rows=f"{found.rows:,}")
        parts.append(tr("{columns} columns", columns=len(found.names)))
        parts += [text for text in (manner.encoding.upper(), marks.get(manner.delimiter, manner.delimiter)) if text]
        if manner.decimal == ",":
            parts.append(tr("decimal comma"))
        if not found.whole:
            share = LOADING.share
            done = "" if share is None else f" {round(100 * share)} %"
            parts[1] = tr("judged on the first {count} rows, all are being read …", count=SAMPLE_ROWS) + done
        self.about.setText(" · ".join(parts))

    def _picture(self, *_: object) -> None:
        """Show the column that the keyboard is on; the target, where it is on none."""
        if self._found is not None:
            row = self.table.currentIndex().row()
            self.beside.show_column(self.model, row if row >= 0 else None, self._outcome, self._data)

    # -- changing ---------------------------------------------------------------------------------

    def _open(self, index: QModelIndex) -> None:
        if index.column() != NAME and index.column() != FOUND:
            self.menu.open(index, self.table, self._params, self._data)

    def _changed(self, params: Params, data: Mapping[str, Any] | None = None) -> None:
        """Something was said of a column."""
        self._touched = True
        reread = read_as_text(params) != read_as_text(self._params)
        self._params = params
        if data is not None:
            self._data = Params({**self._data, **data})
        # What is to be read as it is written is read anew.
        self._read() if reread else self._work_out()

    def _said(self, name: str, value: Any) -> None:
        """A setting of rows and parts was chosen: what tells how the file is written has it read anew."""
        if name in self._data and name not in self._params:
            self._data = self._data.with_value(name, value)
            self._work_out()
            return
        self._params = self._params.with_value(name, value)
        if name == SECOND:
            # Its rows are the test part, as a column says that stands beside the others then.
            self._params = self._params.with_value("part", FILE_COLUMN if value else "")
            self._data = self._data.with_value("split", "given" if value else "stratified")
        if name in (*FORM, SECOND):
            self._read()
        else:
            self._work_out()

    def _another(self) -> None:
        self.another = True
        self.reject()

    @property
    def found(self) -> Found | None:
        """The table as far as it was read."""
        return self._found

    @property
    def outcome(self) -> Outcome:
        """What becomes of it."""
        return self._outcome

    @property
    def busy(self) -> bool:
        """Whether something is being read or worked out."""
        return self._reading is not None or self._work is not None

    def params(self) -> Params:
        """What was chosen of the table."""
        return self._params

    def data(self) -> Params:
        """How the rows are parted and scaled."""
        return self._data


ANOTHER = "another"


def ask_for_columns(
    path: Path,
    fields: tuple[Field, ...],
    params: Params,
    begun: Params,
    kind: NodeKind,
    node: Node | None,
    over: QWidget | None,
) -> tuple[Params, Params] | str | None:
    """Open the page of a table for the Data node that is there, with what is ``begun`` there; returns what
    was chosen of the table and what of the node, ANOTHER where another file is wanted, None where nothing is.
    """
    given = Params() if node is None else node.params
    # A table as it came says itself what it holds; the choice of the data set is made by taking the file.
    data = complete(kind.fields, given.without("dataset"), CATALOG).without("dataset")
    page = ColumnsPage(path, fields, params, Params({**data, **begun}), kind.fields, over)
    okay, another = bool(page.exec()), page.another
    chosen = page.params(), Params({name: value for name, value in page.data().items() if value != data[name]})
    page.deleteLater()
    return chosen if okay else ANOTHER if another else None
