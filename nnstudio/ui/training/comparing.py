"""Runs beside each other in the window: the table, the thin lines, sweeps, and what findings offer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from PySide6.QtWidgets import QFileDialog

from nnstudio.catalog.registry import CATALOG
from nnstudio.compile.problems import Problem
from nnstudio.document import storage
from nnstudio.document.edits import ReplaceAll
from nnstudio.document.errors import EditError, StudioError
from nnstudio.document.values import Document
from nnstudio.session.abreast import Abreast
from nnstudio.ui.desk import Asks, Camera, Compares, Edits, Panels, Says
from nnstudio.ui.kit import theme
from nnstudio.ui.kit.feeds import Feeds
from nnstudio.ui.kit.texts import tr, words
from nnstudio.ui.plots.curves import Other
from nnstudio.ui.training.abreast import AbreastView
from nnstudio.ui.training.runs_view import difference_words
from nnstudio.ui.training.sweep_dialog import SweepDialog


class Comparing:
    """Keeps runs, curves and findings in agreement."""

    def __init__(
        self,
        session: Compares,
        abreast: Abreast,
        edits: Edits,
        says: Says,
        asks: Asks,
        panels: Panels,
        camera: Camera,
        feeds: Feeds,
        view: AbreastView,
    ) -> None:
        self._session, self._edits, self._says, self._asks, self._panels, self._camera, self._feeds = (
            session,
            edits,
            says,
            asks,
            panels,
            camera,
            feeds,
        )
        self._abreast, self._view = abreast, view
        self._told: set[str] = set()
        view.kept.connect(self.keep_beside)
        view.varied.connect(self.ask_varied)
        view.filed.connect(self.ask_file)

    def begin(self) -> None:
        """Show what is there already."""
        self.stand()
        self.refresh()
        self.measured()
        self.findings()

    def refresh(self) -> None:
        """Show the runs as they are now: in the table, and as lines those that are to be drawn."""
        runs = self._session.runs
        shown = [run for run in runs.items.values() if run.shown and run.id != runs.live and run.records]
        colors = {run.id: theme.CLASSES[place % len(theme.CLASSES)] for place, run in enumerate(shown)}
        base = self._session.document
        others = []
        self._neighbours(colors)
        for run in shown:
            differs = difference_words(run.document, base)
            others.append(
                Other(
                    run.name + (f" ({differs if len(differs) < 60 else differs[:57] + ' …'})" if differs else ""),
                    colors[run.id],
                    run.records,
                )
            )
        self._feeds.give("runs", colors)
        self._feeds.give("others", others)

    # -- side by side -------------------------------------------------------------------------

    def stand(self) -> None:
        """Others stand beside the network on the canvas."""
        self._view.show_neighbours(self._abreast.neighbours, self._abreast.remove)
        self.refresh()
        for cell in self._view.cells.values():
            cell.say()
        self.own()

    def _neighbours(self, colors: Mapping[int, str]) -> None:
        for cell in self._view.cells.values():
            cell.head.color(colors.get(cell.neighbour.number or 0, theme.current().muted))
            cell.differ(self._session.document)

    def own(self) -> None:
        """Say how the run of the network on the canvas stands."""
        if self._view.cells:
            self._view.head.show_run(self._session.training, "")

    def keep_beside(self) -> None:
        """Set a copy of the network on the canvas beside it."""
        document = self._session.document
        if not document.nodes:
            self._says.say(tr("There is no network yet to set beside."))
            return
        self.set_beside([document], [tr("copy {number}", number=len(self._abreast.neighbours) + 1)])

    def set_beside(self, documents: Sequence[Document], names: Sequence[str]) -> None:
        """Set networks beside that on the canvas, as many as there is room for."""
        taken = 0
        for document, name in zip(documents, names, strict=True):
            taken += self._abreast.add(document, name) is not None
        if taken < len(documents):
            self._says.say(
                tr("Three stand beside at most: {taken} of {count} were taken.", taken=taken, count=len(documents))
            )

    def ask_varied(self) -> None:
        """Ask which setting is to be varied, and set the variants beside."""
        dialog = SweepDialog(self._session.document, self._session.runs.workers, self._asks.over)
        dialog.setWindowTitle(tr("One setting varied"))
        if dialog.exec():
            base, found = self._session.document, dialog.documents
            self.set_beside(found, [difference_words(one, base)[:40] or tr("copy") for one in found])
        dialog.deleteLater()

    def ask_file(self) -> None:
        """Ask for a project, and set its network beside."""
        name, _ = QFileDialog.getOpenFileName(
            self._asks.over, tr("Set a project's network beside"), "", tr("Projects (*.nns)")
        )
        if name:
            self.set_file_beside(Path(name))

    def set_file_beside(self, path: Path) -> None:
        """Set the network of a project file beside that on the canvas."""
        try:
            document, _ = storage.load(path)
        except StudioError as error:
            self._says.say(words(error.message))
            return
        if document.nodes:
            self.set_beside([document], [document.name or path.stem])
        else:
            self._says.say(tr("{file} has no network.", file=path.name))

    # -- what is measured ---------------------------------------------------------------------

    def measured(self) -> None:
        """The layers were measured."""
        program = self._session.training.program
        self._feeds.give("vitals", self._session.health.vitals, dict(program.titles) if program is not None else {})

    def findings(self) -> None:
        """There are other findings."""
        found = self._session.health.findings
        self._feeds.give("findings", found)
        self._panels.count("health", len(found))
        if not found:
            self._told = set()
        for problem in found:
            # Said once over the canvas; after that it stands in the dock.
            if problem.what.key not in self._told:
                self._told.add(problem.what.key)
                self._says.say(words(problem.what) + " " + tr("More in the dock Health."))

    # -- what is asked for --------------------------------------------------------------------

    def ask_sweep(self) -> None:
        """Ask what is to be varied, and begin."""
        dialog = SweepDialog(self._session.document, self._session.runs.workers, self._asks.over)
        if dialog.exec():
            self.sweep(dialog.documents)
        dialog.deleteLater()

    def sweep(self, documents: list[Document]) -> None:
        """Train networks in the background."""
        try:
            self._session.meaning.sound()
        except StudioError as error:
            self._says.say(words(error.message))
            return
        self._session.runs.queue(documents, tr("sweep"))
        self._panels.show("runs")

    def mend(self, problem: Problem) -> None:
        """Change the network as a finding proposes."""
        assert problem.mend is not None
        if self._edits.propose_whole(problem.mend):
            self._says.say(tr("The network is changed. Press Run to train it anew; undo takes the change back."))

    def try_on_copy(self, problem: Problem) -> None:
        """Train a mended copy of the network in the background; its line appears beside the present run."""
        run = self._session.runs.items.get(self._session.runs.live or 0)
        base = run.document if run is not None else self._session.document
        assert problem.mend is not None
        try:
            mended = problem.mend.apply(base, CATALOG)
        except EditError as error:
            self._says.say(words(error.message))
            return
        (number,) = self._session.runs.queue([mended], tr("mended"), [tr("mended copy")])
        self._session.runs.show(number, True)
        self._says.say(tr("A mended copy is being trained beside; see the dock Runs."))

    def take_over(self, document: Document) -> None:
        """Put a run's network on the canvas, as one edit that undo takes back."""
        if self._edits.propose_whole(ReplaceAll(document)):
            self._camera.show_all()
