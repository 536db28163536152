"""Stepping in the window: the trace on timeline, card, canvas, code and numbers at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QTimer

from nnstudio.document.errors import StudioError
from nnstudio.document.numbers import exact
from nnstudio.engine.snapshot import Picture
from nnstudio.engine.trace import Moment, Trace, came_from, fine_moments, goes_to
from nnstudio.explain.pictures import Pictures, weights_in_use
from nnstudio.ui.kit.texts import language, tr, words

if TYPE_CHECKING:
    from nnstudio.explain.cards import Card
    from nnstudio.ui.shell.main_window import MainWindow

# A dot runs along the wires in use after every move, so many times and so fast; then it rests.
FLOW_MS, FLOW_STOPS = 45, 14
SIDE = 350
SETTLED_MS = 80


class SteppingView(QObject):
    """Keeps all views of the shown step in agreement. The trace at the chosen zoom is ``trace``."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.window = window
        self.trace: Trace | None = None
        self._recorded: Trace | None = None
        self._pictures: Pictures | None = None
        self._unit: int | None = None
        self._place: int | None = None
        self._view: tuple[tuple[str, ...], tuple[float, float, float], int] | None = None
        self._flow_at = 0
        self._flow = QTimer(self)
        self._flow.setInterval(FLOW_MS)
        self._flow.timeout.connect(self._flow_on)

    def connect(self) -> None:
        """Connect the views that step."""
        w, timeline, card, numbers = self.window, self.window.timeline, self.window.card, self.window.numbers
        timeline.moved.connect(self._moved)
        timeline.closed.connect(self.leave)
        timeline.zoomed.connect(self._zoom)
        timeline.mode_wanted.connect(lambda training: self._do(lambda: w.session.stepping.use_mode(training)))
        timeline.sample_wanted.connect(self._sample)
        timeline.update_wanted.connect(self._go_to)
        timeline.undo_update.clicked.connect(self.undo_update)
        card.chosen.connect(self._chosen)
        card.came_from.connect(self.go_back_to_source)
        card.goes_to.connect(self.go_on_to_use)
        card.check_wanted.connect(self._check)
        card.copied.connect(lambda text: w.toast(tr("Copied {number}.", number=text)))
        numbers.changed.connect(self.change)
        numbers.refused.connect(w.toast)
        numbers.undo_wanted.connect(partial(self._do, lambda: w.session.stepping.undo()))
        numbers.redo_wanted.connect(partial(self._do, lambda: w.session.stepping.redo()))
        numbers.reset_wanted.connect(partial(self._do, lambda: w.session.stepping.forget_changes()))
        numbers.keep_wanted.connect(self.keep)
        numbers.paint_wanted.connect(self.paint)
        w.bridge.trace_changed.connect(self.show)
        w.bridge.refused.connect(lambda reason: w.toast(words(reason)))
        w.bridge.run_changed.connect(self.show_reach)

    def _do(self, act: Callable[[], object]) -> bool:
        try:
            act()
        except StudioError as error:
            self.window.toast(words(error.message))
            return False
        return True

    # -- what is shown ------------------------------------------------------------------------

    def show(self, trace: Trace | None) -> None:
        """Show a trace, or none. One that follows another stays where that stood."""
        window, before = self.window, self.window.timeline.moment
        stepping = window.session.stepping
        changes = len(stepping.changes)
        window.numbers.show_changes(changes, stepping.undone)
        window.timeline.badge = tr("what if") if changes else ""
        if trace is None:
            self._recorded = self.trace = self._pictures = None
            self._flow.stop()
            window.timeline.show_trace(None)
            window.card.show_card(None)
            window.scene.light_step(None)
            window.scene.pulse(None)
            window.scene.show_weights({})
            window.watching.show_weights(None)
            window.code.mark_step(None)
            window.numbers.show_moment(None, None)
            window.flow.show_trace(None)
            return
        follows = self._recorded is not None and (changes > 0 or window.session.stepping.trace is trace or trace.origin is not None) and before is not None
        if self._view is None:
            # Walking moves the view from card to card, and the card takes room from the canvas; leaving brings both back.
            self._view = window.grouping.path, window.canvas.where(), window.side_room
        self._recorded = trace
        at = before if follows and window.timeline.isVisible() else None
        self._zoomed()
        assert self.trace is not None
        window.timeline.show_trace(self.trace, at)
        window.side.setCurrentWidget(window.card)
        window.show_step_docks()
        window.widen_side(SIDE)
        window.flow.show_trace(self.trace)
        if at is None:
            self._come_back()
            window.canvas.come_closer()
            window.timeline.slider.setFocus()
            # Once more when timeline and side panel have taken their room from the canvas.
            self._in_sight()
            QTimer.singleShot(SETTLED_MS, self, self._in_sight)

    def place(self) -> dict[str, object]:
        """Where the timeline stands, as the project's file keeps it."""
        moment = self.window.timeline.moment
        return {"step": {"at": moment.index, "inside": self.window.timeline.zoom.isChecked()}} if moment is not None else {}

    def _come_back(self) -> None:
        """Stand where the timeline stood when the project was saved."""
        kept = self.window.session.view.pop("step", None)
        slider = self.window.timeline.slider
        if isinstance(kept, Mapping) and type(at := kept.get("at")) is int and self.window.session.training.of_file:
            self.window.timeline.zoom.setChecked(kept.get("inside") is True)
            slider.setValue(min(max(at, 0), slider.maximum()))

    def _in_sight(self) -> None:
        moment = self.window.timeline.moment
        if moment is not None and self.trace is not None:
            self.window.canvas.keep_in_sight(self.window.grouping.local_id(moment.node) or "")

    def _zoomed(self) -> None:
        """Bring the recorded trace to the chosen zoom."""
        trace = self._recorded
        assert trace is not None
        if self.window.timeline.zoom.isChecked():
            trace = self.window.session.stepping.spelled_out(trace)
            trace = replace(trace, moments=fine_moments(trace))
        self.trace, self._pictures = trace, Pictures(trace)

    def _zoom(self, inside: bool) -> None:
        at = self.window.timeline.moment
        if self._recorded is not None and at is not None:
            self._zoomed()
            self._unit = self._place = None
            self.window.timeline.show_trace(self.trace, at)
            self.window.flow.show_trace(self.trace)

    def stop(self) -> None:
        """Stop everything that moves by the clock."""
        self._flow.stop()
        self.window.timeline.stop()
        self.window.card.rest()

    def leave(self) -> None:
        """Back to the training's own pictures."""
        window = self.window
        if self._recorded is not None:
            window.session.stepping.close()
            self.show(None)
            window.side.setCurrentWidget(window.inspector)
            # What only a step has a picture of, such as the loss, has none any more.
            window.scene.keep_pictures(window.watching.pictured())
            if window.session.training.snapshot is not None:
                window.watching.show_last()
            if self._view is not None:
                (group, view, room), self._view = self._view, None
                window.side_room = room
                if group == window.grouping.path:
                    # When the timeline has given its room back.
                    QTimer.singleShot(SETTLED_MS, window.canvas, lambda: window.canvas.go_where(*view))

    def _moved(self, moment: Moment) -> None:
        self._unit = self._place = None
        self._write(moment)

    def _chosen(self, unit: int, place: int) -> None:
        moment = self.window.timeline.moment
        if moment is None or self.trace is None:
            return
        if self.window.timeline.zoom.isChecked() and moment.unit >= 0:
            # The timeline follows where it has a stop of its own for the unit.
            goal = next((m for m in self.trace.moments if replace(m, index=0) == replace(moment, index=0, unit=unit)), None)
            if goal is not None and goal.index != moment.index:
                self.window.timeline.go_to(goal)
                return
        self._unit, self._place = unit, place
        self._write(moment)

    def _write(self, moment: Moment) -> None:
        """Bring all views to a moment."""
        # Only who steps pays for the cards: they take as long as a tenth of the start.
        from nnstudio.explain.cards import make_card

        window, trace = self.window, self.trace
        assert trace is not None and self._pictures is not None
        card = make_card(trace, moment, self._unit, self._place, language())
        window.card.show_card(card)
        window.numbers.show_moment(trace, moment)
        lit = window.grouping.local_id(moment.node) or ""
        wires = window.grouping.document.wires_into.get(lit, ()) if moment.phase != "update" else ()
        window.scene.light_step(lit, wires, self._cell(moment, card))
        window.scene.show_weights({lit: words(weights_in_use(trace, moment, card.unit))})
        window.watching.show_weights(self._pictures.weights(moment)[0])
        window.watching.show_pictures(self._pictures.at(moment))
        window.canvas.keep_in_sight(lit)
        step = moment.step or next((s.name for s in trace.steps.values() if moment.parameter in s.parameters), "")
        window.code.mark_step(step if step in trace.steps and step in (self._recorded or trace).steps else
                              next((s.name for s in (self._recorded or trace).steps.values() if s.node == moment.node), ""))
        if moment.phase == "update":
            window.code.mark_text("optimizer.step()")
        window.flow.mark(moment.node)
        self._flow_at = 0
        self._flow_on()
        self._flow.start()

    def weights(self) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]] | None:
        """Matrices and biases by node as the shown step has them; None while none is shown."""
        moment = self.window.timeline.moment
        return self._pictures.weights(moment) if self._pictures is not None and moment is not None else None

    def _cell(self, moment: Moment, card: Card) -> int | None:
        """The cell of the card's strip that is looked at."""
        if moment.parameter or (moment.unit < 0 and self._unit is None) or self.trace is None:
            return None
        inner = card.places
        return card.unit * inner + card.place

    def pictures(self) -> dict[str, Picture] | None:
        """The numbers of the shown step, by node; None while none is shown."""
        moment = self.window.timeline.moment
        return self._pictures.at(moment) if self._pictures is not None and moment is not None else None

    def _flow_on(self) -> None:
        moment = self.window.timeline.moment
        if moment is None or self.trace is None or self._flow_at > FLOW_STOPS:
            self._flow.stop()
            return
        lit = self.window.grouping.local_id(moment.node) or ""
        wires = self.window.grouping.document.wires_into.get(lit, ())
        place = None if moment.phase == "update" else self._flow_at / FLOW_STOPS
        self.window.scene.pulse(place, backward=moment.phase == "backward", only=wires)
        self._flow_at += 1
        if place is None:
            self._flow.stop()

    # -- where to -----------------------------------------------------------------------------

    def _jump(self, found: tuple[Moment, ...], nothing: str) -> None:
        if found:
            self.window.timeline.go_to(found[0])
        else:
            self.window.toast(nothing)

    def go_back_to_source(self) -> None:
        """To where the shown number was made."""
        moment = self.window.timeline.moment
        if self.trace is not None and moment is not None:
            self._jump(came_from(self.trace, moment), tr("This is where it begins."))

    def go_on_to_use(self) -> None:
        """To where the shown number is used."""
        moment = self.window.timeline.moment
        if self.trace is not None and moment is not None:
            self._jump(goes_to(self.trace, moment), tr("This is where it ends."))

    def go_to_node(self, node: str) -> None:
        """To a node's place on the timeline, in the phase that is shown."""
        here, trace = self.window.timeline.moment, self.trace
        if here is None or trace is None or self.window.grouping.local_id(here.node) == node:
            return
        there = [m for m in trace.moments if self.window.grouping.local_id(m.node) == node]
        goal = next((m for m in there if m.phase == here.phase), there[0] if there else None)
        if goal is not None:
            self.window.timeline.go_to(goal)

    def _sample(self, sample: int) -> None:
        if not self._do(lambda: self.window.session.stepping.look(sample)) and self._recorded is not None:
            box = self.window.timeline.sample
            blocked = box.blockSignals(True)
            box.setValue(self._recorded.sample)
            box.blockSignals(blocked)

    def look(self) -> None:
        """Show a step with the first sample of the training part, without making it."""
        preview = self.window.session.meaning.preview
        rows = getattr(preview, "rows", None)
        first = int(rows[0]) if rows is not None and len(rows) else 0
        self._do(lambda: self.window.session.stepping.look(first))

    def look_at_row(self, row: int) -> None:
        """Show a step with one row of the data."""
        self._do(lambda: self.window.session.stepping.look(row))

    # -- through training ---------------------------------------------------------------------

    def show_reach(self) -> None:
        """Show how far one can go back."""
        reach = self.window.session.stepping.reach
        if reach is not None:
            self.window.timeline.show_reach(reach.earliest, reach.updates, reach.furthest, reach.kept)
        else:
            self.window.timeline.show_reach(0, 0, 0, 0)

    def _go_to(self, updates: int) -> None:
        self._do(lambda: self.window.session.stepping.go_to(updates))

    def undo_update(self) -> None:
        """Take the last training step back."""
        self._do(self.window.session.stepping.undo_update)

    # -- what if ------------------------------------------------------------------------------

    def change(self, name: str, place: int, value: float, dragged: bool = False) -> None:
        """Show the step with one number changed."""
        self._do(lambda: self.window.session.stepping.change(name, place, value, dragged))

    def keep(self) -> None:
        """Train on with the changed weights."""
        if self._do(self.window.session.stepping.keep):
            self.window.toast(tr("The run goes on from these weights. Undo training step leads back."))

    def paint(self) -> None:
        """Paint the input of the shown step, and step through that."""
        trace = self._recorded
        if trace is None or "x" not in trace.values:
            return
        from nnstudio.ui.teaching.pixel_dialog import PixelDialog

        everything = trace.values["x"]
        dialog = PixelDialog(trace.of_sample("x", everything), float(everything.min()), float(everything.max()), self.window)
        if dialog.exec():
            self.use_sample(dialog.values())
        dialog.deleteLater()

    def use_sample(self, x: np.ndarray) -> None:
        """Step through a sample of the student's own, with the shown sample's target."""
        trace = self._recorded
        assert trace is not None and trace.origin is not None
        given = trace.origin
        target = given.targets[0][trace.row : trace.row + 1] if given.targets else None
        self._do(lambda: self.window.session.stepping.look_at(x.astype(trace.values["x"].dtype), target))

    def _check(self, name: str, place: int) -> None:
        try:
            found = self.window.session.stepping.check(name, place)
        except StudioError as error:
            self.window.toast(words(error.message))
            return
        text = tr("Here: {shown}. Finite difference (E(v + h) − E(v − h)) / 2h in float64: {difference}. Relative error {error}.",
                  shown=exact(found.shown), difference=exact(found.difference), error=f"{found.error:.1e}")
        if found.fine:
            text += " ✓ " + tr("They agree: the gradient is right.")
        elif found.kink:
            text += " " + tr("The function has a corner here: the slopes on both sides differ, and one of them is taken.")
        else:
            text += " ✕ " + tr("They do not agree.")
        self.window.card.show_check(text)

    def survey(self, kind: str, weights: tuple[str, str], reach: float) -> object | None:
        """Begin a loss landscape; None when there can be none, which is said."""
        try:
            return self.window.session.stepping.survey(kind, weights, reach)
        except StudioError as error:
            self.window.toast(words(error.message))
            return None
