"""Stepping in the window: the trace on timeline, card, canvas, code and numbers at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from nnstudio.ui.canvas.scene import GraphScene
from nnstudio.ui.canvas.stage import CanvasStage
from nnstudio.ui.canvas.view import CanvasView
from nnstudio.ui.desk import Asks, Panels, Says, Side, Steps, Tries, Watching
from nnstudio.ui.kit.feeds import Feeds
from nnstudio.ui.kit.motion import moves
from nnstudio.ui.kit.texts import language, tr, words
from nnstudio.ui.stepper.card_view import CardView
from nnstudio.ui.stepper.shown import ShownStep
from nnstudio.ui.stepper.timeline import Timeline

if TYPE_CHECKING:
    from nnstudio.engine.trace import Moment, Trace

# A dot runs along the wires in use after every move, so many times and so fast; then it rests.
FLOW_MS, FLOW_STOPS = 30, 24
SIDE = 350
SETTLED_MS = 80


# What looks through a trace is read when there is one.
def _came_from(trace: Trace, moment: Moment) -> tuple[Moment, ...]:
    from nnstudio.engine.trace import came_from

    return came_from(trace, moment)


def _goes_to(trace: Trace, moment: Moment) -> tuple[Moment, ...]:
    from nnstudio.engine.trace import goes_to

    return goes_to(trace, moment)


def _fine(trace: Trace) -> Trace:
    from nnstudio.engine.trace import fine_moments

    return replace(trace, moments=fine_moments(trace))


def _coarse(trace: Trace) -> Trace:
    from nnstudio.engine.trace import coarse_moments

    return replace(trace, moments=coarse_moments(trace))


def _clear(scene: GraphScene) -> None:
    """Take everything of a step off the canvas."""
    scene.light_step(None)
    scene.light_path("", None)
    scene.pulse(None)
    scene.show_weights({})


class _Flow(QTimer):
    """A pulse that runs along the wires of the stop that is shown: with what is computed, and back with gradients."""

    def __init__(self, parent: QObject, stage: CanvasStage, scene: GraphScene) -> None:
        super().__init__(parent)
        self._stage, self._scene = stage, scene
        self._moment: Moment | None = None
        self._at = 0
        self.setInterval(FLOW_MS)
        self.timeout.connect(self._on)

    def begin(self, moment: Moment) -> None:
        """Begin at a stop."""
        self._moment, self._at = moment, 0
        if not moves():
            self._scene.pulse(None)
            return
        self._on()
        self.start()

    def _on(self) -> None:
        moment = self._moment
        if moment is None or self._at > FLOW_STOPS:
            self._scene.pulse(None)
            self.stop()
            return
        lit = self._stage.local_id(moment.node) or ""
        wires = self._stage.document.wires_into.get(lit, ())
        place = None if moment.phase == "update" else self._at / FLOW_STOPS
        self._scene.pulse(place, backward=moment.phase == "backward", only=wires)
        self._at += 1
        if place is None:
            self.stop()


class SteppingView(QObject):
    """Keeps timeline, card and canvas in agreement, and gives panels what they show of the step."""

    def __init__(
        self,
        session: Steps,
        stage: CanvasStage,
        canvas: CanvasView,
        side: Side,
        panels: Panels,
        says: Says,
        asks: Asks,
        watching: Watching,
        shown: ShownStep,
        timeline: Timeline,
        card: CardView,
        feeds: Feeds,
    ) -> None:
        super().__init__(canvas)
        self._session, self._stage, self._canvas, self._scene = session, stage, canvas, canvas.graph
        self._side, self._panels, self._says, self._asks = side, panels, says, asks
        self._watching, self._shown, self._timeline, self._card, self._feeds = watching, shown, timeline, card, feeds
        self._called, self.left = False, lambda: None
        self._recorded: Trace | None = None
        self._unit: int | None = None
        self._place: int | None = None
        self._view: tuple[tuple[str, ...], tuple[float, float, float] | None, int] | None = None
        self._flow = _Flow(self, stage, canvas.graph)

    def listen(self, tries: Tries) -> None:
        """Listen to timeline and card; what is tried in the step is another's."""
        timeline, card = self._timeline, self._card
        timeline.moved.connect(self._moved)
        timeline.closed.connect(self.leave)
        timeline.zoomed.connect(self._zoom)
        timeline.mode_wanted.connect(tries.use_mode)
        timeline.sample_wanted.connect(tries.look_at_sample)
        timeline.update_wanted.connect(tries.go_to)
        timeline.undo_update.clicked.connect(tries.undo_update)
        card.chosen.connect(self._chosen)
        card.came_from.connect(self.go_back_to_source)
        card.goes_to.connect(self.go_on_to_use)
        card.check_wanted.connect(tries.check)
        card.copied.connect(lambda text: self._says.say(tr("Copied {number}.", number=text)))

    def stand_like(self, other: SteppingView) -> None:
        """Stand as another window's stood: panels that were called there are not called again."""
        self._called = other._called

    @property
    def trace(self) -> Trace | None:
        """The step that is shown, at the chosen zoom."""
        return self._shown.trace

    # -- what is shown ------------------------------------------------------------------------

    def show(self, trace: Trace | None) -> None:
        """Show a trace, or none. One that follows another stays where that stood."""
        before, stepping = self._timeline.moment, self._session.stepping
        changes = len(stepping.changes)
        self._feeds.give("changes", changes, stepping.undone)
        self._timeline.badge = tr("what if") if changes else ""
        if trace is None:
            self._show_none()
            return
        follows = self._recorded is not None and (changes > 0 or stepping.trace is trace or trace.origin is not None)
        if self._view is None:
            # Walking moves the view, and the card takes room from the canvas; leaving brings both back.
            where = None if self._canvas.fitted else self._canvas.where()
            self._view = self._stage.path, where, self._side.room
        at = before if follows and self._timeline.isVisible() else None
        if (
            at is not None
            and self._timeline.slider.at_end
            and not changes
            and trace.update > (self.trace or trace).update
        ):
            # Who stood at the end of the update before begins this one.
            at = trace.moments[0]
        self._recorded = trace
        self._zoomed()
        self._timeline.show_trace(self.trace, at)
        self._side.show_step()
        if not self._called:
            # Brought once; who closes them later is not contradicted.
            self._called = True
            self._panels.call("step")
        self._side.widen(SIDE)
        self._feeds.give("trace", self.trace)
        if at is None:
            self._come_back()
            self._canvas.come_closer()
            self._timeline.slider.setFocus()
            # Once more when timeline and side panel have taken their room from the canvas.
            self._in_sight()
            QTimer.singleShot(SETTLED_MS, self, self._in_sight)

    def _show_none(self) -> None:
        self._recorded = None
        self._shown.show(None)
        self._flow.stop()
        self._timeline.show_trace(None)
        self._card.show_card(None)
        _clear(self._scene)
        self._watching.show_weights(None)
        self._feeds.give("trace", None)
        self._feeds.give("moment", None, None, "")

    def place(self) -> dict[str, object]:
        """Where the timeline stands, as the project's file keeps it."""
        at = self._timeline.moment
        return {} if at is None else {"step": {"at": at.index, "inside": self._timeline.zoom.isChecked()}}

    def _come_back(self) -> None:
        """Stand where the timeline stood when the project was saved."""
        kept = self._session.view.pop("step", None)
        slider = self._timeline.slider
        if isinstance(kept, Mapping) and type(at := kept.get("at")) is int and self._session.training.of_file:
            self._timeline.zoom.setChecked(kept.get("inside") is True)
            slider.setValue(min(max(at, 0), slider.maximum()))

    def _in_sight(self) -> None:
        if (moment := self._timeline.moment) is not None and self.trace is not None:
            self._canvas.keep_in_sight(self._stage.local_id(moment.node) or "")

    def _zoomed(self) -> None:
        """Bring the recorded trace to the chosen zoom."""
        trace = self._recorded
        assert trace is not None
        inside = self._timeline.zoom.isChecked()
        self._shown.show(_fine(self._session.closer.spelled_out(trace)) if inside else _coarse(trace))

    def _zoom(self, inside: bool) -> None:
        if self._recorded is not None and (at := self._timeline.moment) is not None:
            self._zoomed()
            self._unit = self._place = None
            self._timeline.show_trace(self.trace, at)
            self._feeds.give("trace", self.trace)

    def stop(self) -> None:
        """Stop everything that moves by the clock."""
        for moving in (self._flow.stop, self._timeline.stop, self._card.rest):
            moving()

    def go_on(self) -> bool:
        """Go to the next stop of the step that is shown; returns whether there is one."""
        return self._recorded is not None and self._timeline.slider.go_on()

    def explain(self, moment: Moment, unit: int) -> None:
        """Go to a stop of the step that is shown, and to a number of it."""
        self._timeline.go_to(moment)
        self._chosen(unit, 0)
        self._side.show_step()

    def leave(self) -> None:
        """Back to the training's own pictures."""
        if self._recorded is None:
            return
        self._session.stepping.close()
        self.show(None)
        self._side.show_settings()
        self.left()
        # What only a step has a picture of, such as the loss, has none any more.
        self._scene.keep_pictures(self._watching.pictured())
        self._watching.show_last()
        if self._view is not None:
            (group, view, room), self._view = self._view, None
            self._side.room = room
            if group == self._stage.path:
                # When the timeline has given its room back.
                back = partial(self._canvas.go_where, *view) if view is not None else self._canvas.fit
                QTimer.singleShot(SETTLED_MS, self._canvas, back)

    def _moved(self, moment: Moment) -> None:
        self._unit = self._place = None
        self._write(moment)

    def _chosen(self, unit: int, place: int) -> None:
        moment = self._timeline.moment
        if moment is None or self.trace is None:
            return
        if self._timeline.zoom.isChecked() and moment.unit >= 0:
            # The timeline follows where it has a stop of its own for the unit.
            goal = _at_unit(self.trace, moment, unit)
            if goal is not None and goal.index != moment.index:
                self._timeline.go_to(goal)
                return
        self._unit, self._place = unit, place
        self._write(moment)

    def _write(self, moment: Moment) -> None:
        """Bring all views to a moment."""
        # Only who steps pays for the cards: they take as long as a tenth of the start.
        from nnstudio.explain.cards import make_card
        from nnstudio.explain.pictures import weights_in_use

        trace = self.trace
        assert trace is not None
        self._shown.stand_at(moment)
        card = make_card(trace, moment, self._unit, self._place, language())
        self._card.show_card(card)
        lit = self._stage.local_id(moment.node) or ""
        wires = self._stage.document.wires_into.get(lit, ()) if moment.phase != "update" else ()
        looked_at = self._unit is not None or moment.unit >= 0
        cell = card.unit * card.places + card.place if looked_at and not moment.parameter else None
        self._scene.light_step(lit, wires, cell)
        self._scene.light_path(lit, *_path(trace, moment, card.unit, looked_at))
        self._scene.show_weights({lit: words(weights_in_use(trace, moment, card.unit))})
        weights, pictures = self._shown.weights(), self._shown.pictures()
        assert weights is not None and pictures is not None
        self._watching.show_weights(weights[0])
        self._watching.show_pictures(pictures)
        self._watching.show_loss(trace.loss)
        self._canvas.keep_in_sight(lit)
        self._feeds.give("moment", trace, moment, line_of(trace, self._recorded or trace, moment))
        self._flow.begin(moment)

    # -- where to -----------------------------------------------------------------------------

    def _follow(self, way: Callable[[Trace, Moment], tuple[Moment, ...]], nothing: str) -> None:
        moment = self._timeline.moment
        found = way(self.trace, moment) if self.trace is not None and moment is not None else ()
        if found:
            self._timeline.go_to(found[0])
        elif moment is not None:
            self._says.say(nothing)

    def go_back_to_source(self) -> None:
        """To where the shown number was made."""
        self._follow(_came_from, tr("This is where it begins."))

    def go_on_to_use(self) -> None:
        """To where the shown number is used."""
        self._follow(_goes_to, tr("This is where it ends."))

    def go_to_node(self, node: str) -> None:
        """To a node's place on the timeline, in the phase that is shown."""
        here, trace = self._timeline.moment, self.trace
        if here is not None and trace is not None and self._stage.local_id(here.node) != node:
            there = [moment for moment in trace.moments if self._stage.local_id(moment.node) == node]
            for moment in sorted(there, key=lambda moment: moment.phase != here.phase)[:1]:
                self._timeline.go_to(moment)

    def show_reach(self) -> None:
        """Show how far one can go back."""
        reach = self._session.stepping.reach
        known = (reach.earliest, reach.updates, reach.furthest, reach.kept) if reach is not None else (0, 0, 0, 0)
        self._timeline.show_reach(*known)


def _path(trace: Trace, moment: Moment, unit: int, looked_at: bool) -> tuple[int | None, int | None]:
    """The neuron whose weights take part in a moment, and where the one weight comes from that is looked at."""
    if moment.parameter:
        record = trace.parameters[moment.parameter]
        weighs = record.old.ndim == 2 and record.name.endswith("weight")
        row, column = divmod(unit, record.old.shape[-1]) if weighs else (unit, 0)
        return row, column if weighs else None
    return (unit if looked_at else None), None


def _at_unit(trace: Trace, moment: Moment, unit: int) -> Moment | None:
    """The stop of another unit that is like a moment's."""
    wanted = replace(moment, index=0, unit=unit)
    return next((m for m in trace.moments if replace(m, index=0) == wanted), None)


def line_of(trace: Trace, recorded: Trace, moment: Moment) -> str:
    """Return the operation whose line of the script a moment of a trace stands at; the script has those that were
    recorded.
    """
    step = moment.step or next((s.name for s in trace.steps.values() if moment.parameter in s.parameters), "")
    return (
        step if step in recorded.steps else next((s.name for s in recorded.steps.values() if s.node == moment.node), "")
    )
