"""Keeps the parts of a window in agreement with the session: the document, what it means, what is selected, how the run
stands.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nnstudio.document.values import Document
from nnstudio.engine.states import State
from nnstudio.session.session import Session
from nnstudio.ui.canvas.heading import title_of
from nnstudio.ui.canvas.shapes import shown_shapes
from nnstudio.ui.editing.arranging import Arranging
from nnstudio.ui.editing.selecting import Selecting
from nnstudio.ui.editing.unfolding import Unfolding
from nnstudio.ui.inspector.inspector import Facts
from nnstudio.ui.kit.feeds import Feeds
from nnstudio.ui.kit.texts import tr, words
from nnstudio.ui.project.lessons import Lessons
from nnstudio.ui.shell.panels import PanelHost
from nnstudio.ui.shell.parts import Parts
from nnstudio.ui.teaching.stepping import SteppingView
from nnstudio.ui.training.steering import Steering
from nnstudio.ui.training.watching import WatchingView

if TYPE_CHECKING:
    from nnstudio.engine.snapshot import Snapshot

# Words are read at a few changes a second; laying them out more often only slows the training.
STATUS_SECONDS = 0.2


class Following:
    """Listens to the session for one window."""

    def __init__(
        self,
        session: Session,
        parts: Parts,
        panels: PanelHost,
        feeds: Feeds,
        *,
        stepping: SteppingView,
        watching: WatchingView,
        arranging: Arranging,
        lessons: Lessons,
        selecting: Selecting,
        steering: Steering,
        unfolding: Unfolding,
    ) -> None:
        self._session, self._parts, self._panels, self._feeds = session, parts, panels, feeds
        self._stepping, self._watching, self._arranging, self._lessons, self._selecting = (
            stepping,
            watching,
            arranging,
            lessons,
            selecting,
        )
        self._steering, self._unfolding = steering, unfolding
        watching.faded = parts.timeline.show_stale
        self._history = session.history
        self._changing = False
        self._was = State.IDLE
        self._generation = 0
        self._told_at = 0.0
        # The welcome page is left for this project.
        self.welcomed = False

    # -- the document -------------------------------------------------------------------------

    def documents_changed(self, before: Document, document: Document) -> None:
        """Another document, by an edit or by another project."""
        parts, stage = self._parts, self._parts.stage
        stage.follow()
        if parts.canvas.gesture_lost(stage.document):
            # What hung on the mouse is no more.
            parts.canvas.cancel_gesture()
        self._arranging.settle()
        self._changing = True
        if self._session.history is not self._history:
            # Another project: what was selected may have namesakes in it.
            self._history = self._session.history
            self._steering.begin_anew()
            self._unfolding.restore()
            parts.scene.select(())
        try:
            parts.scene.show(stage.document)
        finally:
            self._changing = False
        self._lessons.follow(document)
        parts.minimap.follow()
        self._feeds.give("document", document)
        parts.crumbs.show_path(stage.names())
        empty = not document.nodes
        if not empty:
            self.welcomed = False
        parts.welcome.close_button.hide()
        parts.welcome.setVisible(empty and not self.welcomed and self._session.path is None)
        parts.title.show_title()
        if before.meaning != document.meaning:
            parts.status.set_parameters(None)
            self._watching.fade_stale()
        self.selection()

    def entered(self) -> None:
        """Another group's inside is on the canvas, or the project."""
        parts, stage = self._parts, self._parts.stage
        parts.canvas.cancel_gesture()
        parts.scene.select(())
        self._arranging.settle()
        parts.scene.show(stage.document)
        self._lessons.follow(self._session.document)
        parts.minimap.follow()
        parts.crumbs.show_path(stage.names())
        self.compiled()
        self.selection()
        self._watching.enter()

    def blank(self) -> None:
        """The canvas is wanted, empty or not."""
        self.welcomed = not self._session.document.nodes
        self._parts.welcome.hide()
        (self._parts.palette.search if self.welcomed else self._parts.canvas).setFocus()

    def gallery(self) -> None:
        """The gallery is wanted, over whatever there is."""
        self._parts.welcome.renew()
        self._parts.welcome.close_button.setVisible(bool(self._session.document.nodes))
        self._parts.welcome.show()
        self._parts.welcome.search.setFocus()

    # -- what it means ------------------------------------------------------------------------

    def compiled(self) -> None:
        """The document was worked out: shapes, problems, script."""
        meaning, parts, stage = self._session.meaning, self._parts, self._parts.stage
        lowered = meaning.lowered
        if lowered is None:
            return
        self._steering.show_pace()
        found = meaning.analysis.problems if meaning.analysis is not None else lowered.problems
        found = found if self._session.document.nodes else ()
        shapes, ports = shown_shapes(lowered, stage)
        parts.scene.set_shapes(shapes, ports)
        texts: dict[str, str] = {}
        for problem in found:
            card = stage.local_id(problem.node) if problem.node else None
            if problem.severity != "note" and card is not None:
                texts.setdefault(card, f"{words(problem.what)}\n{words(problem.why)}\n{words(problem.remedy)}")
        parts.scene.set_problems(texts)
        self._selecting.know(shapes, texts)
        flat = lowered.flat.by_id
        self._feeds.give("problems", found, lambda node: title_of(flat[node]) if node in flat else node)
        self._panels.count("problems", len(found))
        self._feeds.give("report", meaning.analysis)
        self._feeds.give("preview", meaning.preview)
        self._feeds.give("source", meaning.source)
        parts.status.set_parameters(lowered.total)
        self._data_of_weights()
        here = tuple(
            replace(p, node=stage.local_id(p.node) or "?") if p.node else p
            for p in found
            if not p.node or stage.is_here(p.node)
        )
        counts = {
            stage.local_id(full) or "": count for full, count in lowered.parameters.items() if stage.is_here(full)
        }
        parts.inspector.show_facts(Facts(here, shapes, counts, lowered.total))
        self._watching.rename()
        shown, seen = self._session.stepping.shown, self._stepping.trace
        if shown is not None and seen is not None and meaning.named(seen) is not seen:
            # Things are called otherwise than in the step that is shown.
            self._session.stepping.shown_changed.tell(meaning.named(shown))
        self._watching.fade_stale()

    def _data_of_weights(self) -> None:
        """Look whether there are weights that learnt from other data than there is now."""
        run, other = self._session.training, self._parts.status.other
        if run.weights or run.state is State.PAUSED:
            other.look()
        else:
            other.hide()

    # -- what is selected ---------------------------------------------------------------------

    def selection(self) -> None:
        """Something else is selected."""
        if self._changing:
            # Shown once, when the whole window has the document.
            return
        parts, stage = self._parts, self._parts.stage
        chosen = parts.scene.selected
        node = next(iter(chosen)) if len(chosen) == 1 else None
        parts.inspector.show_node(stage.document, node, chosen)
        self._selecting.speak()
        if self._stepping.trace is None:
            self._feeds.give("selected", stage.full_id(node) if node is not None else None)
        elif node is not None:
            self._stepping.go_to_node(node)

    # -- the run ------------------------------------------------------------------------------

    def run_changed(self) -> None:
        """The run stands otherwise: words, pictures, curves, results."""
        run, parts = self._session.training, self._parts
        self._steering.show_pace()
        names = {
            State.RUNNING: tr("running"),
            State.STARTING: tr("starting …"),
            State.PAUSED: tr("paused"),
            State.FINISHED: tr("finished"),
            State.FAILED: tr("stopped"),
        }
        if run.state is State.IDLE:
            parts.status.forget()
            parts.scene.forget_pictures()
            self._watching.forget()
            self._watching.look()
            parts.show_limits(*parts.scene.limits)
        self._feeds.give("run", run)
        if run.state in (State.FINISHED, State.PAUSED, State.IDLE):
            self._data_of_weights()
        if run.state in (State.IDLE, State.STARTING):
            parts.toast.hush()
            self.rewound()
        parts.status.set("state", names.get(run.state, ""))
        parts.title.show_title()
        if run.state is not State.RUNNING:
            parts.scene.pulse(None)
            self._watching.rest(once=run.state is State.PAUSED and self._was is State.STARTING)
        self._was = run.state
        if run.device:
            parts.status.set("device", run.device if run.state is not State.IDLE else "")
        if run.state in (State.FINISHED, State.FAILED, State.PAUSED) and run.snapshot is not None:
            # The last picture may have come within the pause between two changes of words.
            parts.status.show_snapshot(run.snapshot)
        if run.state is State.FAILED and run.reason is not None:
            parts.toast.say(words(run.reason), stay=True)
        elif run.state is State.RUNNING and (note := run.take_note()) is not None:
            parts.toast.say(words(note))

    def epochs_done(self, record: Any = None) -> None:
        """The history has grown."""
        run = self._session.training
        self._feeds.give("records", self._generation, run.records, run.program.epochs if run.program is not None else 1)

    def rewound(self, records: Any = None) -> None:
        """The history is another: of a new run, or it ends where the run went back to."""
        self._generation += 1
        self.epochs_done()

    def snapshot_taken(self, snapshot: Snapshot, now: float) -> None:
        """A new picture of the run, at a time in seconds."""
        if self._session.training.state is not State.RUNNING or now - self._told_at > STATUS_SECONDS:
            self._told_at = now
            self._parts.status.show_snapshot(snapshot)
        self._watching.take(snapshot)

    def show_now(self) -> None:
        """Show all as it stands: the window is new, the session may not be."""
        self._unfolding.restore()
        self.documents_changed(Document(), self._session.document)
        self.compiled()
        self.run_changed()
        self.rewound()
        if self._session.training.snapshot is not None:
            self._watching.take(self._session.training.snapshot)
        if self._session.stepping.shown is not None:
            self._stepping.show(self._session.stepping.shown)
            self._stepping.show_reach()
