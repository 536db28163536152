"""A single weight, clicked on the canvas: its value, its gradient, why it moves, and another value by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QPointF, QTimer
from PySide6.QtWidgets import QInputDialog

from nnstudio.document.numbers import apart, number
from nnstudio.document.values import Wire
from nnstudio.explain.weight_names import weight_name
from nnstudio.ui.canvas.scene import GraphScene
from nnstudio.ui.canvas.view import CanvasView
from nnstudio.ui.canvas.weight_card import NeuronCard, WeightCard
from nnstudio.ui.desk import Asks, Says, ShownStep, Stage, Step, Trains, Tries
from nnstudio.ui.kit.texts import tr

if TYPE_CHECKING:
    from nnstudio.compile.program import Names, Program
    from nnstudio.engine.trace import Trace

FARTHEST, DIGITS = 1e6, 6
# A step that was asked for comes within this time, or not at all.
PATIENCE_MS = 20_000


@dataclass(frozen=True)
class Weight:
    """Which weight it is: the layer by its path, the matrix, and the units it leads to and comes from, from 0."""

    node: str
    path: str
    row: int
    column: int
    columns: int
    name: str
    source: str

    @property
    def place(self) -> int:
        """Its place in the matrix, row by row."""
        return self.row * self.columns + self.column


class Weighing(QObject):
    """Keeps the little card beside a weight true while training goes on and steps are walked through."""

    def __init__(
        self,
        session: Trains,
        stage: Stage,
        canvas: CanvasView,
        shown: ShownStep,
        step: Step,
        tries: Tries,
        make_step: Callable[[], object],
        says: Says,
        asks: Asks,
    ) -> None:
        super().__init__(canvas)
        self._session, self._stage, self._canvas, self._shown = session, stage, canvas, shown
        self._step, self._tries, self._make_step, self._says, self._asks = step, tries, make_step, says, asks
        self._scene: GraphScene = canvas.graph
        self.card, self.neuron = WeightCard(canvas), NeuronCard(canvas)
        self._pointed = ("", -1)
        self.card.why.connect(self.ask_why)
        self.card.hand.connect(self.ask_value)
        self.card.left.connect(self.leave)
        self._at: tuple[Wire, int, QPointF] | None = None
        self._answered = False
        self._waiting: Callable[[], None] | None = None

    # -- which --------------------------------------------------------------------------------

    def show(self, wire: Wire, curve: int, place: QPointF) -> None:
        """Show a weight: a curve of a wire, clicked at a place of the canvas."""
        self.neuron.hide()
        self._at, self._answered = (wire, curve, place), False
        curves = self._scene.curves[wire]
        chosen = [number_ == curve for number_ in range(len(curves.bundle.values))]
        self._scene.light_weight(wire, chosen)
        self.refresh()

    def leave(self) -> None:
        """Something else is looked at."""
        self._at = self._waiting = None
        self.card.hide()
        self._scene.light_weight(None, [])

    @property
    def _program(self) -> Program | None:
        drawn = self._session.meaning.drawn
        return self._session.training.program or (drawn.program if drawn is not None else None)

    @property
    def _names(self) -> Names | None:
        """What the student calls things now, whatever the run was called when it began."""
        lowered = self._session.meaning.lowered
        known = lowered.program if lowered is not None and lowered.program is not None else self._program
        return known.names if known is not None else None

    def weight(self) -> Weight | None:
        """The weight that is shown; None when there is none, or it is no more."""
        program = self._program
        if self._at is None or program is None:
            return None
        wire, curve, _ = self._at
        curves, target, source = (
            self._scene.curves.get(wire),
            self._scene.cards.get(wire.target),
            self._scene.cards.get(wire.source),
        )
        there = target.column.units if target is not None else None
        here = source.column.units if source is not None else None
        if curves is None or there is None or here is None or curve >= len(curves.bundle.values):
            return None
        node = self._stage.full_id(wire.target)
        starts = [s for s in program.starts if s.node == node and s.name.endswith("weight") and len(s.shape) == 2]
        if not starts:
            return None
        start = starts[0]
        row = int(there.picture.shown[there.places[int(curves.bundle.rows[curve])]])
        column = int(here.picture.shown[here.places[int(curves.bundle.cols[curve])]])
        matrices = [(s.parameter, s.shape) for s in program.starts if s.name.endswith("weight") and len(s.shape) == 2]
        name = weight_name(matrices, start.parameter, row, column, self._names)
        return Weight(node, start.parameter, row, column, start.shape[1], name, self._stage.full_id(wire.source))

    # -- what is said -------------------------------------------------------------------------

    def refresh(self) -> None:
        """Bring the cards into line with the run, or with the step that is shown."""
        if self.neuron.isVisible():
            self.point(*self._pointed)
        if self._waiting is not None:
            # Between a run and its first step nothing is known.
            return
        weight = self.weight()
        if weight is None or self._at is None:
            if self._at is not None:
                self.leave()
            return
        if self._answered:
            # The card of the step says it all.
            return
        wire, curve, place = self._at
        trace = self._shown.trace
        program = self._program
        titles = program.titles if program is not None else {}
        way = f"{titles.get(weight.source, weight.source)} {weight.column + 1} → "
        way += f"{titles.get(weight.node, weight.node)} {weight.row + 1}"
        value = float(self._scene.curves[wire].bundle.values[curve])
        if not np.isfinite(value):
            self.leave()
            return
        words, why = f"{weight.name} = {number(value)}", tr("Step: how does it move?")
        if trace is not None and weight.path in trace.parameters:
            words, why = self._of_step(trace, weight), tr("Why did it move?")
            if not trace.made:
                why = tr("Why would it move?")
        pixel = self._canvas.mapFromScene(place)
        self.card.show_weight(f"{weight.name} · {way}", words, why, pixel)

    @staticmethod
    def _of_step(trace: Trace, weight: Weight) -> str:
        record = trace.parameters[weight.path]
        old, new = (float(values.reshape(-1)[weight.place]) for values in (record.old, record.new))
        moved = new - old
        text = f"{weight.name}: {' → '.join(apart(old, new))} ({'+' if moved > 0 else ''}{number(moved)})"
        if record.gradient is not None:
            text += f"\n∂E/∂{weight.name} = {number(float(record.gradient.reshape(-1)[weight.place]))}"
        return text

    def point(self, name: str, unit: int) -> None:
        """The mouse is over a neuron: say its numbers, and the strongest of its weights."""
        self._pointed = name, unit
        card = self._scene.cards.get(name)
        units = card.column.units if card is not None else None
        found = self._scene.place_of(name, unit)
        if card is None or units is None or found is None or self.card.isVisible():
            self.neuron.hide()
            return
        node = self._stage.full_id(name)
        program, picture, place = self._program, units.picture, int(units.places[found])
        title = program.titles.get(node, name) if program is not None else name
        called = units.names[found] if found < len(units.names) else str(unit + 1)
        lines = [f"a = {number(float(picture.values[place]))}"]
        if picture.gradients[place]:
            lines.append(f"∂E/∂a = {number(float(picture.gradients[place]))}")
        if len(picture.deltas) > place and picture.deltas[place]:
            lines.append(f"∂E/∂z = {number(float(picture.deltas[place]))}")
        bias = self._biases().get(node)
        if bias is not None and len(bias) == len(picture.values):
            lines.append(f"b = {number(float(bias[place]))}")
        strongest = self._scene.strongest_into(name, found)
        if strongest is not None:
            source, weight = strongest
            lines.append(tr("strongest from {source}: w = {weight}", source=source, weight=number(weight)))
        spot = self._canvas.mapFromScene(
            card.pos() + card.column.middle(found) + QPointF(card.column.frame.width / 2, 0)
        )
        self.neuron.show_beside(f"{title} · {called}", "\n".join(lines), spot)

    def _biases(self) -> Mapping[str, np.ndarray]:
        step, run = self._shown.weights(), self._session.training.snapshot
        drawn = self._session.meaning.drawn
        if step is not None:
            return step[1]
        if run is not None:
            return run.biases
        return drawn.snapshot.biases if drawn is not None and drawn.snapshot is not None else {}

    # -- what can be done ---------------------------------------------------------------------

    def ask_why(self) -> None:
        """Go to where the weight is moved, in the step that is shown or in one that is made now."""
        if self._shown.trace is None:
            self._wait_for(self.go)
            self._make_step()
        else:
            self.go()

    def _wait_for(self, then: Callable[[], None]) -> None:
        """Do something once a step is shown; where none comes, it is forgotten."""
        self._waiting = then
        QTimer.singleShot(PATIENCE_MS, self, lambda: self._give_up(then))

    def _give_up(self, what: Callable[[], None]) -> None:
        if self._waiting is what:
            self._waiting = None
            self.refresh()

    def go(self) -> None:
        """Go to the update of the weight in the step that is shown."""
        weight, trace = self.weight(), self._shown.trace
        if weight is None or trace is None:
            return
        moment = next((m for m in trace.moments if m.phase == "update" and m.parameter == weight.path), None)
        if moment is None:
            self._says.say(tr("This weight is not trained."))
            return
        self._answered = True
        self.card.hide()
        self._step.explain(moment, weight.place)

    def ask_value(self) -> None:
        """Ask for another value, in the step that is shown or in one that is looked at now."""
        if self._shown.trace is None:
            self._wait_for(self.ask_value)
            self._tries.look()
            return
        weight, trace = self.weight(), self._shown.trace
        if weight is None or weight.path not in trace.parameters:
            return
        old = float(trace.parameters[weight.path].old.reshape(-1)[weight.place])
        value, fine = QInputDialog.getDouble(
            self._asks.over, tr("Weight"), tr("Value of {name}:", name=weight.name), old, -FARTHEST, FARTHEST, DIGITS
        )
        if fine:
            self._tries.change(weight.path, weight.place, value)

    def change_bias(self, node: str, unit: int) -> bool:
        """Ask for another bias of a neuron, while a step is shown; returns whether one is."""
        trace = self._shown.trace
        if trace is None:
            return False
        found = (path for path, record in trace.parameters.items() if record.node == node and record.name == "bias")
        path = next(found, "")
        if not path:
            self._says.say(tr("This neuron has no bias."))
            return True
        old = float(trace.parameters[path].old.reshape(-1)[unit])
        value, fine = QInputDialog.getDouble(
            self._asks.over,
            tr("Bias"),
            tr("Bias of {name}:", name=f"{path}[{unit + 1}]"),
            old,
            -FARTHEST,
            FARTHEST,
            DIGITS,
        )
        if fine:
            self._tries.change(path, unit, value)
        return True

    def followed(self, trace: Trace | None) -> None:
        """A step is shown, or none any more."""
        if trace is not None and self._waiting is not None:
            waiting, self._waiting = self._waiting, None
            waiting()
        self.refresh()
