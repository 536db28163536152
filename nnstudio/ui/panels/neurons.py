"""The network as neurons and weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QInputDialog

from nnstudio.document.text import Text
from nnstudio.ui.desk import Desk
from nnstudio.ui.kit.panel import Feed, Panel
from nnstudio.ui.kit.texts import tr
from nnstudio.ui.neurons.neurons_view import Column, NeuronsView

if TYPE_CHECKING:
    from nnstudio.compile.lower import Lowered
    from nnstudio.compile.program import Program
    from nnstudio.engine.snapshot import Picture

DRAW_SECONDS = 0.12


class Neurons(NeuronsView):
    """Follows the run, or the step that is shown."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._of: object = None
        self.hovered.connect(lambda node, unit: desk.give("hovered", node, unit))
        self.opened.connect(self._change_bias)

    def take(self, pictures: Mapping[str, Picture] | None) -> None:
        """Show values and weights; None: there is no run any more."""
        run = self._desk.session.training
        if pictures is None or run.program is None:
            self._of = None
            self.forget()
            return
        if run.program is not self._of and run.lowered is not None:
            self._of = run.program
            self.show_network(columns_of(run.program, run.lowered))
        snapshot = run.snapshot
        # What a step has not come to yet stands as it was seen last.
        pictures = {**(snapshot.pictures if snapshot is not None else {}), **pictures}
        plain = {node: picture for node, picture in pictures.items() if picture.tiles.size == 0 or picture.own_scale}
        matrices, biases = self._desk.shown.weights() or (
            (snapshot.weights, snapshot.biases) if snapshot is not None else ({}, {})
        )
        self.show_numbers(plain, matrices, biases, self._desk.limits)

    def _change_bias(self, node: str, unit: int) -> None:
        """Change a neuron's bias by hand, in the step that is shown."""
        trace, says = self._desk.shown.trace, self._desk.says
        path = (
            next((p for p, record in trace.parameters.items() if record.node == node and record.name == "bias"), "")
            if trace is not None
            else ""
        )
        if trace is None or not path:
            says.say(
                tr("Press Step first: then weights and biases can be changed by hand.")
                if trace is None
                else tr("This neuron has no bias.")
            )
            return
        old = float(trace.parameters[path].old.reshape(-1)[unit])
        value, fine = QInputDialog.getDouble(
            self._desk.asks.over, tr("Bias"), tr("Bias of {name}:", name=f"{path}[{unit + 1}]"), old, -1e6, 1e6, 6
        )
        if fine:
            self._desk.step.change(path, unit, value)


def columns_of(program: Program, lowered: Lowered) -> list[Column]:
    """The layers from left to right, with the one that each takes its values from."""
    flat = lowered.flat
    names = dict.fromkeys(step.node for step in program.model.steps if step.node)
    found = [Column(f"input:{program.model.inputs[0]}", tr("input"), "")] if program.model.inputs else []
    for node in names:
        wires = flat.wires_into.get(node, ())
        source = wires[0].source if wires else ""
        found.append(
            Column(node, program.titles.get(node, node), source if source in names else found[0].node if found else "")
        )
    return found


PANEL = Panel(
    "neurons", Text("Neurons"), Neurons, (Feed("pictures", Neurons.take, every=DRAW_SECONDS),), order=130, advanced=True
)
