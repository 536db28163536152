"""Everything a window is made of, tied together: parts, controllers, panels. It is the desk that panels ask."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMainWindow

from nnstudio.catalog.plugins import broken_so_far
from nnstudio.compile.problems import Problem
from nnstudio.document.values import Document
from nnstudio.engine.states import State
from nnstudio.session.session import Session
from nnstudio.ui.desk import Asks, Offers, Says, Tries
from nnstudio.ui.editing.adding import QuickAdd
from nnstudio.ui.editing.arranging import Arranging
from nnstudio.ui.editing.beginning import Beginning
from nnstudio.ui.editing.bookmarks import Bookmarks
from nnstudio.ui.editing.choice_curves import ChoiceCurves
from nnstudio.ui.editing.clipboard import Clipboard
from nnstudio.ui.editing.commenting import Commenting
from nnstudio.ui.editing.grouping import Grouping
from nnstudio.ui.editing.placing import Placing
from nnstudio.ui.editing.selecting import Selecting
from nnstudio.ui.editing.unfolding import Unfolding
from nnstudio.ui.inspector.field_editors import Hooks
from nnstudio.ui.kit.feeds import Feeds
from nnstudio.ui.project.bringing_in import BringingIn
from nnstudio.ui.project.classroom import Classroom
from nnstudio.ui.project.exporting import Exporting
from nnstudio.ui.project.files import Files
from nnstudio.ui.project.gallery import Gallery
from nnstudio.ui.project.lessons import Lessons
from nnstudio.ui.project.own_data import OwnData
from nnstudio.ui.project.recovering import Recovering
from nnstudio.ui.shell.asking import Boxes
from nnstudio.ui.shell.bridge import Bridge
from nnstudio.ui.shell.controls import WindowControls
from nnstudio.ui.shell.desks import COMPARE, Desks
from nnstudio.ui.shell.following import Following
from nnstudio.ui.shell.lesson_place import teach
from nnstudio.ui.shell.panels import PanelHost
from nnstudio.ui.shell.parts import Parts
from nnstudio.ui.shell.wishes import RunWishes
from nnstudio.ui.stepper.shown import ShownStep
from nnstudio.ui.teaching.stepping import SteppingView
from nnstudio.ui.teaching.trying import Trying
from nnstudio.ui.teaching.tutoring import Tutoring
from nnstudio.ui.teaching.walks import Walks
from nnstudio.ui.teaching.weighing import Weighing
from nnstudio.ui.training.comparing import Comparing
from nnstudio.ui.training.filming import Filming
from nnstudio.ui.training.run_report import RunReport
from nnstudio.ui.training.running import Running
from nnstudio.ui.training.steering import Steering
from nnstudio.ui.training.watching import WatchingView


class Drops:
    """What is dropped on the window, or pasted into it: a project is opened, data is taken."""

    def __init__(self, files: Files, own_data: OwnData) -> None:
        self._files, self._own_data = files, own_data

    def open_example(self, name: str) -> None:
        """Open an example."""
        self._files.open_example(name)

    def take_dropped(self, name: str) -> None:
        """Open a project, or make a file or folder the project's data."""
        if self._own_data.is_data(Path(name)):
            self._own_data.take(Path(name))
        else:
            self._files.open(name)


def _welcome(bench: Bench, page: Gallery) -> None:
    """What the gallery offers."""
    page.example.connect(bench.files.open_example)
    page.recent.connect(bench.files.open)
    page.browse.connect(bench.files.ask_open)
    page.blank.connect(bench.following.blank)
    page.own_data.connect(bench.own_data.ask)
    page.resumed.connect(bench.steering.resume)
    page.left.connect(bench.following.blank)
    page.lesson.connect(lambda name: bench.tutoring.open(name))


def _comparer(bench: Bench, parts: Parts) -> Comparing:
    session, view = bench.session, parts.abreast
    return Comparing(
        session, session.abreast, parts.stage, parts.toast, bench.boxes, bench.panels, parts, bench.feeds, view
    )


def _compare(bench: Bench, parts: Parts) -> None:
    """Runs and networks beside each other."""
    bridge, comparing = bench.bridge, bench.comparing
    bridge.runs_changed.connect(comparing.refresh)
    bridge.neighbours_changed.connect(comparing.stand)
    bridge.documents_changed.connect(lambda old, new: comparing.refresh())
    bridge.run_changed.connect(comparing.own)
    bridge.measured.connect(comparing.measured)
    bridge.findings_changed.connect(comparing.findings)
    bridge.epochs_done.connect(lambda record: comparing.own())
    bench.desks.turned.append(lambda name: parts.abreast.open(name == COMPARE))
    parts.abreast.watch = lambda one, whole, scene: WatchingView(one, one, whole, scene, ShownStep(), Feeds())


def _tutoring(bench: Bench, window: QMainWindow, parts: Parts) -> tuple[Tutoring, Classroom]:
    """The lesson of the project, and the page on which there is none yet."""
    _welcome(bench, parts.welcome)
    session, dial = bench.session, bench.steering.dial
    found = teach(window, session, parts, bench.panels, bench.desks, bench.files, bench.boxes, bench.bridge, dial)
    found.pick, bench.exporting.exported = bench.pick, session.tutor.took_home
    room = Classroom(session, parts.stage, parts.toast, bench.boxes, type(session))
    room.selected = lambda: parts.inspector.node
    room.moment = lambda: parts.timeline.moment if parts.timeline.trace is not None else None
    room.changed, room.play = bench.following.gallery, found.bring_out
    return found, room


class BenchOffers:
    """What findings, runs and data offer to do on a window."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    def ask_sweep(self) -> None:
        """Ask what is to be varied, and train it."""
        self._bench.comparing.ask_sweep()

    def ask_report(self) -> None:
        """Ask for a file, and write the report."""
        self._bench.report.ask()

    def take_over(self, document: Document) -> None:
        """Put a run's network on the canvas."""
        self._bench.comparing.take_over(document)

    def set_beside(self, documents: Sequence[Document], names: Sequence[str]) -> None:
        """Put networks beside that on the canvas."""
        self._bench.comparing.set_beside(documents, names)
        self._bench.desks.go(COMPARE)

    def try_on_copy(self, problem: Problem) -> None:
        """Train a mended copy beside."""
        self._bench.comparing.try_on_copy(problem)

    def mend(self, problem: Problem) -> None:
        """Change the network as a finding proposes."""
        self._bench.comparing.mend(problem)

    def choose_source(self) -> None:
        """Choose the file of the present data set."""
        self._bench.own_data.choose_source()

    def read_again(self) -> None:
        """Read the data anew."""
        self._bench.own_data.reload()


class Bench:
    """All of one window on one session."""

    def __init__(self, window: QMainWindow, session: Session) -> None:
        self.session = session
        self.feeds, self.wishes, self.shown = Feeds(window), RunWishes(), ShownStep()
        self.parts = parts = Parts(window, session)
        self.boxes, self.bridge = Boxes(window), Bridge(session, window)
        self.panels = PanelHost(window, self.feeds, lambda: session.training.state is State.RUNNING)
        # Held: signals that are connected to its methods do not keep it.
        self._offers = BenchOffers(self)
        self.desks = Desks(window, self.panels, parts, session)
        self._edit(parts)
        self._keep(parts)
        self._train(parts)
        self.panels.make(self)
        self._offer(parts)
        self.following = Following(
            session,
            parts,
            self.panels,
            self.feeds,
            stepping=self.stepping,
            watching=self.watching,
            arranging=self.arranging,
            lessons=self.lessons,
            selecting=self.selecting,
            steering=self.steering,
            unfolding=self.unfolding,
        )
        self._connect(parts)
        self.tutoring, self.classroom = _tutoring(self, window, parts)

    # -- made ---------------------------------------------------------------------------------

    def _edit(self, parts: Parts) -> None:
        session, stage, canvas, toast, boxes = self.session, parts.stage, parts.canvas, parts.toast, self.boxes
        self.placing = Placing(stage, canvas, boxes, session.meaning)
        self.arranging = Arranging(stage, canvas, toast)
        self.unfolding = Unfolding(session, stage, canvas, toast)
        self.grouping = Grouping(stage, canvas.graph, toast, boxes, session.meaning)
        self.bookmarks = Bookmarks(session, stage, canvas, toast, boxes, parts.title)
        self.choice_curves = ChoiceCurves(stage, session.meaning, lambda: parts.inspector.node)
        self.commenting = Commenting(session, stage, canvas, parts.side, parts.inspector)
        self.selecting = Selecting(session, stage, canvas, parts.side, toast)
        self.beginning = Beginning(stage, session, session.meaning, toast, self.placing.fresh)
        self.quick = QuickAdd(stage, canvas, self.placing, session.meaning)

    def _keep(self, parts: Parts) -> None:
        session, toast, boxes = self.session, parts.toast, self.boxes
        self.exporting = Exporting(session, toast, boxes)
        self.bringing = brings = BringingIn(session, toast, boxes, parts, lambda: self.files.may_leave())
        self.files = Files(session, toast, boxes, parts, self.bookmarks, parts.side, self.exporting, brings.take)
        self.own_data = OwnData(session, parts.stage, toast, boxes, self.panels, parts, lambda: self.running.toggle())
        self.drops = Drops(self.files, self.own_data)
        self.clipboard = Clipboard(parts.stage, parts.canvas, toast, self.placing, self.drops)
        self.recovering = Recovering(session, toast, boxes, self.files, parts)
        self.controls = WindowControls(self.panels, parts.palette)
        self.lessons = Lessons(session, parts.stage, parts.scene, parts.task, self.controls, toast, boxes, parts)

    def _train(self, parts: Parts) -> None:
        session, stage, canvas, toast, boxes = self.session, parts.stage, parts.canvas, parts.toast, self.boxes
        self.watching = WatchingView(session, session, stage, canvas.graph, self.shown, self.feeds)
        self.stepping = SteppingView(
            session,
            stage,
            canvas,
            parts.side,
            self.panels,
            toast,
            boxes,
            self.watching,
            self.shown,
            parts.timeline,
            parts.card,
            self.feeds,
        )
        self.trying = Trying(session, parts.timeline, parts.card, toast, boxes)
        self.running = Running(session, stage, self.stepping, self.trying, toast, self.panels, self.wishes, self.desks)
        step = self.running.step
        self.weighing = Weighing(session, stage, canvas, self.shown, self.stepping, self.trying, step, toast, boxes)
        self.steering = Steering(session, self.stepping, toast, boxes)
        self.comparing = _comparer(self, parts)
        self.filming = Filming(self.boxes.over, toast, boxes)
        self.report = RunReport(session, session.testing, stage, canvas, self.stepping, toast, boxes, self.panels)
        self.walks = Walks(session, self.shown, canvas, parts.timeline, parts.card, toast, boxes)

    def _offer(self, parts: Parts) -> None:
        own_data = self.own_data
        parts.inspector.ask(
            Hooks(
                self.choice_curves.curve,
                own_data.choose,
                own_data.columns,
                self.grouping.layers,
                lambda: self.grouping.features(parts.inspector.node),
                lambda: parts.stage.refusal,
            )
        )
        parts.canvas.remove = self.placing.remove
        parts.canvas.open_neuron = lambda node, unit: self.weighing.change_bias(parts.stage.full_id(node), unit)
        parts.canvas.arrows_move = lambda: parts.timeline.trace is None
        self.session.look_now = lambda: {
            "look": self.bookmarks.look(),
            **self.stepping.place(),
            **self.unfolding.look(),
        }

    # -- tied together ------------------------------------------------------------------------

    def _connect(self, parts: Parts) -> None:
        bridge, following, stage, canvas = self.bridge, self.following, parts.stage, parts.canvas
        bridge.documents_changed.connect(self.desks.met)
        bridge.documents_changed.connect(lambda old, new: self.weighing.leave())
        bridge.documents_changed.connect(following.documents_changed)
        bridge.compiled.connect(following.compiled)
        bridge.compiled.connect(self.beginning.compiled, Qt.ConnectionType.QueuedConnection)
        bridge.looked.connect(self.watching.look)
        # After this round: a dialog must not hold up who else is told.
        bridge.compiled.connect(self.own_data.compiled, Qt.ConnectionType.QueuedConnection)
        bridge.run_changed.connect(following.run_changed)
        bridge.run_changed.connect(self.stepping.show_reach)
        bridge.epochs_done.connect(following.epochs_done)
        bridge.rewound.connect(following.rewound)
        bridge.snapshot_taken.connect(lambda snapshot: following.snapshot_taken(snapshot, time.monotonic()))
        # The desk first: the step is shown on it.
        bridge.trace_changed.connect(self.desks.followed)
        bridge.trace_changed.connect(self.stepping.show)
        self.stepping.left = lambda: self.desks.followed(None)
        bridge.trace_changed.connect(self.weighing.followed)
        bridge.snapshot_taken.connect(lambda snapshot: self.weighing.refresh())
        bridge.refused.connect(self.steering.say)
        bridge.steered.connect(self.steering.say)
        _compare(self, parts)
        self.feeds.follow("map", lambda name: self.desks.mapped(self.feeds.newest(name)))
        bridge.measured.connect(lambda: self.watching.show_norms(self.session.health.vitals))
        bridge.polled.connect(self.recovering.watch)
        bridge.loading.connect(parts.status.show_loading)
        bridge.documents_changed.connect(self.commenting.words.refresh)
        stage.entered.connect(self.commenting.words.leave)
        stage.entered.connect(self.weighing.leave)
        stage.entered.connect(following.entered)
        stage.opened.connect(canvas.fit)
        self.stepping.listen(self.trying)
        self._connect_canvas(parts)
        self.grouping.block_saved.add(parts.palette.fill)

    def _connect_canvas(self, parts: Parts) -> None:
        canvas, scene = parts.canvas, parts.scene
        scene.selection_changed.connect(self.following.selection)
        scene.scale_changed.connect(parts.show_limits)
        canvas.dropped.connect(self.placing.add_at)
        canvas.offered.connect(self.quick.offer)
        canvas.wanted.connect(self.quick.ask)
        # What glides stands still before it is taken by the mouse.
        canvas.pressed.connect(self.arranging.settle)
        canvas.pressed.connect(self.weighing.leave)
        canvas.weighed.connect(self.weighing.show)
        self.arranging.settled.connect(parts.minimap.follow)
        canvas.file_dropped.connect(self.drops.take_dropped)
        canvas.hovered.connect(self.watching.hover)
        canvas.hovered.connect(self.weighing.point)
        canvas.opened.connect(self.grouping.open)
        canvas.opened.connect(self.commenting.write)
        canvas.opened.connect(self.unfolding.toggle)
        canvas.widened.connect(self.unfolding.widen)
        canvas.resized.connect(parts.toast.place)
        parts.palette.chosen.connect(self.placing.append)
        parts.crumbs.picked.connect(self.grouping.leave_to)

    # -- the desk that panels ask -------------------------------------------------------------

    @property
    def stage(self) -> Any:
        """What is on the canvas."""
        return self.parts.stage

    @property
    def says(self) -> Says:
        """Sentences over the canvas."""
        return self.parts.toast

    @property
    def asks(self) -> Asks:
        """Questions over the window."""
        return self.boxes

    @property
    def step(self) -> Tries:
        """What can be tried in the step that is shown."""
        return self.trying

    @property
    def limits(self) -> tuple[float, float]:
        """The ends of the scales of values and gradients."""
        return self.parts.scene.limits

    @property
    def offers(self) -> Offers:
        """What findings, runs and data offer to do."""
        return self._offers

    def give(self, name: str, *values: Any) -> None:
        """Feed the panels with something."""
        self.feeds.give(name, *values)

    def pick(self, node: str) -> None:
        """Show a node, of the whole project or on the canvas."""
        lowered = self.session.meaning.lowered
        self.selecting.pick(node, within=lowered is not None and node in lowered.flat.by_id)

    # -- the window comes ---------------------------------------------------------------------

    def begin(self) -> None:
        """Show the session as it is."""
        self.desks.begin()
        self.following.show_now()
        self.tutoring.follow()
        self.comparing.begin()
        self.watching.show_norms(self.session.health.vitals)
        if broken_so_far():
            # Panels may be found after the network was worked out: what is broken stands among its problems.
            self.session.meaning.work_out()

    def stand_like(self, other: Bench) -> None:
        """Show what another window on the same session showed."""
        parts, before = self.parts, other.parts
        self.panels.hide_strays()
        self.stepping.stand_like(other.stepping)
        self.following.welcomed = other.following.welcomed
        if self.following.welcomed:
            parts.welcome.hide()
        parts.stand_like(before)
        if not before.canvas.fitted:
            self.bookmarks.go(other.bookmarks.look())
        if parts.timeline.trace is not None and before.timeline.trace is not None:
            parts.timeline.slider.setValue(before.timeline.slider.value())

    # -- the window goes ----------------------------------------------------------------------

    def leave(self) -> None:
        """Let go of the session, which may live on in another window."""
        self.tutoring.keep()
        self.session.look_now = dict
        self.parts.leave()
        self.watching.rest()
        self.bridge.close()
        self.desks.save()
        self.panels.leave()
        self.stepping.stop()
