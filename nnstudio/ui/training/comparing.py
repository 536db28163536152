"""Runs beside each other in the window: the table, the thin lines, sweeps, and what findings offer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from nnstudio.catalog.registry import CATALOG
from nnstudio.compile.problems import Problem
from nnstudio.document.edits import ReplaceAll
from nnstudio.document.errors import EditError, StudioError
from nnstudio.document.values import Document
from nnstudio.ui.kit import theme
from nnstudio.ui.kit.texts import tr, words
from nnstudio.ui.plots.curves import Other
from nnstudio.ui.training.runs_view import difference_words
from nnstudio.ui.training.sweep_dialog import SweepDialog

if TYPE_CHECKING:
    from nnstudio.ui.shell.main_window import MainWindow


class Comparing(QObject):
    """Keeps runs, curves and findings in agreement."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.window = window
        self._told: set[str] = set()

    def connect(self) -> None:
        """Connect the views that compare."""
        w = self.window
        w.bridge.runs_changed.connect(self.refresh)
        w.bridge.measured.connect(self._measured)
        w.bridge.findings_changed.connect(self._findings)
        w.runs.sweep_wanted.connect(self.ask_sweep)
        w.runs.report_wanted.connect(w.report.ask)
        w.runs.taken.connect(self.take_over)
        w.runs.said.connect(w.toast)
        w.health.try_wanted.connect(self.try_on_copy)
        w.health.mend_wanted.connect(self.mend)
        w.health.silenced.connect(w.session.health.silence)
        self.refresh()
        self._measured()
        self._findings()

    def refresh(self) -> None:
        """Show the runs as they are now: in the table, and as lines those that are to be drawn."""
        w, runs = self.window, self.window.session.runs
        shown = [run for run in runs.items.values() if run.shown and run.id != runs.live and run.records]
        colors = {run.id: theme.CLASSES[place % len(theme.CLASSES)] for place, run in enumerate(shown)}
        w.runs.model.colors = colors
        w.runs.refresh()
        base = w.session.document
        others = []
        for run in shown:
            differs = difference_words(run, base)
            others.append(Other(run.name + (f" ({differs if len(differs) < 60 else differs[:57] + ' …'})" if differs else ""), colors[run.id], run.records))
        w.curves.show_others(others)

    def _measured(self) -> None:
        w = self.window
        if w.session.training.program is not None:
            w.health.describe(dict(w.session.training.program.titles))
        w.health.show_vitals(w.session.health.vitals)

    def _findings(self) -> None:
        w, found = self.window, self.window.session.health.findings
        w.health.show_findings(found)
        dock = w.dock_of["health"]
        dock.setWindowTitle(tr("Health") + (f" ({len(found)})" if found else ""))
        if not found:
            self._told = set()
        for problem in found:
            # Said once over the canvas; after that it stands in the dock.
            if problem.what.key not in self._told:
                self._told.add(problem.what.key)
                w.toast(words(problem.what) + " " + tr("More in the dock Health."))

    # -- what is asked for --------------------------------------------------------------------

    def ask_sweep(self) -> None:
        """Ask what is to be varied, and begin."""
        w = self.window
        dialog = SweepDialog(w.session.document, w.session.runs.workers, w)
        if dialog.exec():
            self.sweep(dialog.documents)
        dialog.deleteLater()

    def sweep(self, documents: list[Document]) -> None:
        """Train networks in the background."""
        w = self.window
        try:
            w.session.meaning.sound()
        except StudioError as error:
            w.toast(words(error.message))
            return
        w.session.runs.queue(documents, tr("sweep"))
        w.show_dock("runs")

    def mend(self, problem: Problem) -> None:
        """Change the network as a finding proposes."""
        assert problem.mend is not None
        if self.window.propose_whole(problem.mend):
            self.window.toast(tr("The network is changed. Press Run to train it anew; undo takes the change back."))

    def try_on_copy(self, problem: Problem) -> None:
        """Train a mended copy of the network in the background; its line appears beside the present run."""
        w = self.window
        run = w.session.runs.items.get(w.session.runs.live or 0)
        base = run.document if run is not None else w.session.document
        assert problem.mend is not None
        try:
            mended = problem.mend.apply(base, CATALOG)
        except EditError as error:
            w.toast(words(error.message))
            return
        (number,) = w.session.runs.queue([mended], tr("mended"), [tr("mended copy")])
        w.session.runs.show(number, True)
        w.toast(tr("A mended copy is being trained beside; see the dock Runs."))

    def take_over(self, document: Document) -> None:
        """Put a run's network on the canvas, as one edit that undo takes back."""
        if self.window.propose_whole(ReplaceAll(document)):
            self.window.show_all()
