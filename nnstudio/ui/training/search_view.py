"""A search as it goes on: its trials as a table, as lines across all settings, one after the other, and what share
each setting has.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QInputDialog,
    QLabel,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from nnstudio.document import storage
from nnstudio.document.errors import StudioError
from nnstudio.document.numbers import number
from nnstudio.document.text import Quoted
from nnstudio.document.values import Document, Parts
from nnstudio.engine.states import State
from nnstudio.session.searching.followed import Followed
from nnstudio.session.searching.study import Search, planned
from nnstudio.ui.kit.elided import ElidedLabel
from nnstudio.ui.kit.plain import plain
from nnstudio.ui.kit.texts import tr, words
from nnstudio.ui.training.search_tabs import SearchTabs
from nnstudio.ui.training.trials import range_words, state_words, value_words, why_words

POLL_MS = 400
MOST_TRIALS = 100_000


class SearchView(QWidget):
    """The panel; one search is shown at a time."""

    # A search is wanted; a trial's file is to be opened; its network taken over; it is to be kept as a run: network,
    # what the run is, its name.
    wanted = Signal()
    opened = Signal(str)
    taken = Signal(object)
    kept = Signal(object, object, str)
    said = Signal(str)
    refused = Signal(object)

    def __init__(self, workers: Callable[[], int], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workers = workers
        self.followed: Followed | None = None
        self.tabs = SearchTabs()
        self.tabs.picked.connect(self._pick)
        self.chosen = -1
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MS)
        self._timer.timeout.connect(self.look)
        self.pages = QStackedWidget()
        self.pages.addWidget(_empty(self.ask, self.ask_folder))
        self.pages.addWidget(self._filled())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.pages)

    # -- made ---------------------------------------------------------------------------------

    def _filled(self) -> QWidget:
        self.begin, self.open_search = QPushButton(tr("Search …")), QPushButton(tr("Open a search …"))
        self.begin.clicked.connect(self.wanted)
        self.open_search.clicked.connect(self.ask_folder)
        self.stop, self.go_on = QPushButton(tr("Stop")), QPushButton(tr("Go on"))
        self.stop.setToolTip(tr("What is not done is begun once more when the search goes on"))
        self.stop.clicked.connect(self.halt)
        self.go_on.clicked.connect(self.proceed)
        self.stand = ElidedLabel()
        self.open, self.keep = QPushButton(tr("Open")), QPushButton(tr("Keep as run"))
        self.take, self.csv = QPushButton(tr("Take over")), QPushButton(tr("Copy as CSV"))
        self.open.setToolTip(tr("Open this trial, with its weights and curves, in a window of its own"))
        self.keep.setToolTip(tr("Put this trial among the runs, to be compared"))
        self.take.setToolTip(tr("Put this trial's network on the canvas; undo brings the present one back"))
        self.tabs.wanted.connect(self.open.click)
        self.open.clicked.connect(lambda: self.opened.emit(str(self.file())))
        self.keep.clicked.connect(self._keep)
        self.take.clicked.connect(self._take)
        self.csv.clicked.connect(self._copy)
        head, foot = QHBoxLayout(), QHBoxLayout()
        head.setContentsMargins(8, 4, 8, 0)
        foot.setContentsMargins(8, 0, 8, 4)
        head.setSpacing(6)
        foot.setSpacing(6)
        for widget in (self.begin, self.open_search, self.stop, self.go_on):
            head.addWidget(widget)
        head.addWidget(self.stand, 1)
        self.about = ElidedLabel()
        foot.addWidget(self.about, 1)
        for widget in (self.open, self.keep, self.take, self.csv):
            foot.addWidget(widget)
        self.reason = plain(QLabel())
        self.reason.setWordWrap(True)
        self.reason.setContentsMargins(8, 0, 8, 0)
        self.reason.hide()
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(head)
        layout.addWidget(self.reason)
        layout.addWidget(self.tabs, 1)
        layout.addLayout(foot)
        return page

    # -- a search -----------------------------------------------------------------------------

    def ask(self) -> None:
        """Ask for a search."""
        self.wanted.emit()

    def ask_folder(self) -> None:
        """Ask for the folder of a search, and show it."""
        folder = QFileDialog.getExistingDirectory(self, tr("Folder of the search"))
        if folder:
            self.follow(Path(folder), 0)

    def follow(self, folder: Path, workers: int) -> bool:
        """Show the search in a folder; with ``workers`` it goes on here. Returns whether there is one."""
        try:
            found = Followed(folder, workers)
        except StudioError as error:
            self.refused.emit(error.message)
            return False
        before = self.followed
        if before is not None:
            before.close()
            if before.workers and not before.ended and before.folder != folder:
                self.said.emit(tr("The search in {name} was stopped; it can go on.", name=before.folder.name))
        if before is None or before.folder != folder:
            self.chosen = -1
        self.followed = found
        self.tabs.begin(found)
        self.pages.setCurrentIndex(1)
        self._show()
        self._timer.start()
        return True

    def halt(self) -> None:
        """Stop the search; it can go on later."""
        if self.followed is not None:
            self.followed.stop()
            self._show()

    def proceed(self) -> None:
        """Let the search go on here."""
        found = self.followed
        if found is None:
            return
        if found.done >= found.plan.trials:
            asked = tr("They are all done. How many trials in all?")
            first = 2 * found.plan.trials
            trials, wanted = QInputDialog.getInt(self, tr("Go on"), asked, first, found.done + 1, MOST_TRIALS)
            if not wanted:
                return
            try:
                Search(found.folder).extend(trials)
            except StudioError as error:
                self.refused.emit(error.message)
                return
        self.follow(found.folder, max(1, self._workers()))

    def look(self) -> None:
        """Take in what the search has told."""
        if self.followed is not None and self.followed.poll():
            self._show()
        if self.followed is None or self.followed.ended:
            self._timer.stop()

    def leave(self) -> None:
        """The window goes: the search stops, and can go on another time."""
        self._timer.stop()
        if self.followed is not None:
            self.followed.close()
        self.tabs.history.leave()

    # -- shown --------------------------------------------------------------------------------

    def _show(self) -> None:
        found = self.followed
        assert found is not None
        best = int(found.best["trial"]) if found.best is not None else -1
        self.tabs.show_trials(found, best)
        self.stand.setText(self._standing(found, best))
        self.stand.setToolTip(str(found.folder))
        self.reason.setVisible(found.reason is not None)
        self.reason.setText(words(found.reason) if found.reason is not None else "")
        going = not found.ended and found.workers > 0
        self.stop.setVisible(going)
        self.stop.setEnabled(not found.stopped)
        self.go_on.setVisible(not going)
        self._point()

    def _standing(self, found: Followed, best: int) -> str:
        said = tr("{done} of {trials} trials", done=found.done, trials=found.plan.trials)
        parts = [found.folder.name, said]
        for name in ("running", "pruned", "refused", "lost"):
            if found.counts.get(name):
                parts.append(f"{found.counts[name]} {state_words(name)}")
        if found.stopped and not found.ended:
            parts.append(tr("stopping …"))
        if best >= 0 and found.best is not None:
            parts.append(tr("best {value} in trial {number}", value=number(found.best["value"]), number=best))
        return " · ".join(parts)

    # -- a trial ------------------------------------------------------------------------------

    def _pick(self, trial: int) -> None:
        self.chosen = trial
        self._point()

    def _row(self) -> Mapping[str, Any] | None:
        return self.followed.rows.get(self.chosen) if self.followed is not None else None

    def _point(self) -> None:
        """Say what the chosen trial is, everywhere."""
        row, found = self._row(), self.followed
        there = row is not None and self.file().is_file()
        for button in (self.open, self.keep, self.take):
            button.setEnabled(there)
        rows = found.rows if found is not None else {}
        self.csv.setEnabled(bool(rows))
        if row is None or found is None:
            self.about.setText(tr("Choose a trial.") if rows else "")
            return
        tried = "; ".join(f"{range_words(one)} = {value_words(one, row.get(one.name))}" for one in found.space)
        value = state_words(row["state"]) if row["value"] is None else number(row["value"])
        value += f" ({why_words(row)})" if row["why"] else ""
        self.about.setText(tr("Trial {number}: {value}", number=self.chosen, value=value) + f" · {tried}")

    def file(self) -> Path:
        """The project of the chosen trial."""
        assert self.followed is not None
        return Search(self.followed.folder).trial_folder(self.chosen) / "net.nns"

    def _load(self) -> tuple[Document, Parts] | None:
        try:
            return storage.load(self.file())
        except StudioError as error:
            self.refused.emit(error.message)
            return None

    def _keep(self) -> None:
        loaded, row = self._load(), self._row()
        if loaded is not None and row is not None:
            history = loaded[1].run.get("history") or []
            report = {"final": row["final"]} if row["final"] else {}
            if row["seconds"] is not None:
                report["seconds"] = row["seconds"]
            # One that was cut short is not finished, one whose loss became no number has failed.
            state = State.FINISHED if row["state"] == "complete" else State.FAILED if row["why"] else State.STOPPED
            reason = Quoted(row["why"]) if row["why"] else None
            what = {"state": state, "reason": reason, "records": tuple(history), "report": report, "pinned": True}
            self.kept.emit(loaded[0], what, tr("trial {number}", number=self.chosen))

    def _take(self) -> None:
        loaded = self._load()
        if loaded is not None:
            self.taken.emit(loaded[0])

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.tabs.as_csv())
        self.said.emit(tr("The table is in the clipboard as CSV."))


def _empty(ask: Callable[[], None], open_search: Callable[[], None]) -> QWidget:
    """What stands there before there is a search."""
    about = plain(
        QLabel(
            tr(
                "A search trains the network many times with other settings, proposed from what came out before, "
                "and cuts poor runs short. Here stand its trials, what each setting has to do with the result, "
                "and the best network."
            )
        )
    )
    about.setWordWrap(True)
    about.setObjectName("muted")
    begin, open_ = QPushButton(tr("Search …")), QPushButton(tr("Open a search …"))
    begin.clicked.connect(ask)
    open_.clicked.connect(open_search)
    row = QHBoxLayout()
    row.addWidget(begin)
    row.addWidget(open_)
    row.addStretch(1)
    page = QWidget()
    layout = QVBoxLayout(page)
    layout.addWidget(about)
    layout.addLayout(row)
    layout.addStretch(1)
    return page


def default_folder(path: Path | None, name: str, documents: Path) -> Path:
    """Where a search is kept unless the student says otherwise: beside the project, else among the documents; a number
    behind it where another one lies there.
    """
    stem = path.stem if path is not None else "".join(c if c.isalnum() or c in " -_" else "_" for c in name).strip()
    wanted = (path.parent if path is not None else documents) / f"{stem or 'network'}-search"
    folder, count = wanted, 1
    while planned(folder):
        count += 1
        folder = wanted.with_name(f"{wanted.name}-{count}")
    return folder
