"""A run as it is seen: snapshots on the canvas and in the docks that live on them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QInputDialog

from nnstudio.catalog.registry import node_kinds
from nnstudio.engine.snapshot import Picture, Plane, Snapshot
from nnstudio.engine.states import State
from nnstudio.ui.kit.sight import in_sight
from nnstudio.ui.kit.texts import tr
from nnstudio.ui.neurons.neurons_view import Column

if TYPE_CHECKING:
    from nnstudio.compile.lower import Lowered
    from nnstudio.compile.program import Program
    from nnstudio.ui.shell.main_window import MainWindow

STATUS_SECONDS = 0.2
# A plane is thinned out for the small pictures on the cards.
THIN = 3
LINE_ROWS = 10
NEURON_SECONDS = 0.12


class WatchingView(QObject):
    """Brings snapshots to the views."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.window = window
        self._told_at = 0.0
        self._pulse = 0.0
        self._plane: Plane | None = None
        self._tiles: dict[str, np.ndarray] = {}
        self._of: object = None
        self._weights: object = None
        self._drawn_at = 0.0

    def connect(self) -> None:
        """Connect the views that watch."""
        w = self.window
        w.bridge.snapshot_taken.connect(self.take)
        w.canvas.hovered.connect(self._hover)
        w.neurons.hovered.connect(w.decision.hover)
        w.neurons.opened.connect(self._open)
        w.neurons.fronted.connect(self.catch_up)

    def _hover(self, node: str, unit: int) -> None:
        full = self.window.grouping.full_id(node) if node else ""
        self.window.decision.hover(full or "", unit)

    def take(self, snapshot: Snapshot) -> None:
        """Show where the run stands."""
        w = self.window
        # Words are read at a few changes a second; laying them out more often only slows the training.
        now = time.monotonic()
        if w.session.training.state != State.RUNNING or now - self._told_at > STATUS_SECONDS:
            self._told_at = now
            w.status.show_snapshot(snapshot)
        if snapshot.plane is not self._plane:
            self._take_plane(snapshot.plane)
        if w.timeline.trace is None:
            # A step that is shown has weights of its own: those of the run are after its update.
            self.show_weights(snapshot.weights)
            self.show_pictures(self.on_plane(snapshot.pictures))
            if w.session.training.state == State.RUNNING:
                self._pulse = (self._pulse + 1 / 14) % 2.0
                w.scene.pulse(self._pulse % 1.0, backward=self._pulse >= 1.0)

    def show_weights(self, weights: Mapping[str, np.ndarray] | None) -> None:
        """Show matrices under the wires: a step's while it is shown, else (None) those of the run."""
        w = self.window
        if weights is None:
            weights = w.session.training.snapshot.weights if w.session.training.snapshot is not None else {}
        if weights is not self._weights:
            self._weights = weights
            w.scene.show_matrices({w.grouping.local_id(node) or node: matrix for node, matrix in weights.items()})

    def _take_plane(self, plane: Plane | None) -> None:
        self._plane, program = plane, self.window.session.training.program
        self._tiles = {}
        if plane is not None:
            for node, maps in plane.maps.items():
                tiles = maps[:, ::THIN, ::THIN] if maps.ndim == 3 else np.repeat(maps[:, None, :: 2 * THIN], LINE_ROWS, axis=1)
                self._tiles[node] = tiles
        if program is not None:
            self.window.decision.describe(dict(program.titles), program.data.classes)
        self.window.decision.show_plane(plane)

    def forget(self) -> None:
        """The run is gone."""
        self._plane, self._tiles = None, {}
        self._of = self._weights = None
        self.window.decision.show_plane(None)
        self.window.neurons.forget()

    def on_plane(self, pictures: Mapping[str, Picture]) -> Mapping[str, Picture]:
        """Every neuron as its output over the inputs, where the network takes one or two numbers."""
        if not self._tiles:
            return pictures
        return {node: replace(picture, tiles=self._tiles[node], own_scale=True) if node in self._tiles and len(self._tiles[node]) == len(picture.values) else picture
                for node, picture in pictures.items()}

    def show_last(self) -> None:
        """Show the last snapshot's pictures again."""
        if self.window.session.training.snapshot is not None:
            self.show_pictures(self.on_plane(self.window.session.training.snapshot.pictures))

    def pictured(self) -> set[str]:
        """The cards that the last snapshot has a picture for."""
        w = self.window
        if w.session.training.snapshot is None:
            return set()
        return {*(w.grouping.local_id(name) or name for name in w.session.training.snapshot.pictures), *self._data_nodes()}

    def _data_nodes(self) -> list[str]:
        """The nodes whose picture is that of their samples."""
        return [n.id for n in self.window.session.document.nodes if n.kind in node_kinds() and node_kinds()[n.kind].role == "data"]

    def show_pictures(self, pictures: Mapping[str, Picture]) -> None:
        """Show values and gradients on the cards."""
        w = self.window
        inputs = dict.fromkeys(self._data_nodes(), "input:x")
        local = {w.grouping.local_id(name) or name: picture for name, picture in pictures.items()}
        w.scene.show_pictures(local, inputs)
        self.fade_stale()
        self._show_neurons(pictures)

    def _show_neurons(self, pictures: Mapping[str, Picture]) -> None:
        w, snapshot, now = self.window, self.window.session.training.snapshot, time.monotonic()
        if not in_sight(w.neurons) or (w.session.training.state == State.RUNNING and now - self._drawn_at < NEURON_SECONDS):
            return
        self._drawn_at = now
        program, lowered = w.session.training.program, w.session.training.lowered
        if program is None:
            return
        if program is not self._of and lowered is not None:
            self._of = program
            w.neurons.show_network(columns_of(program, lowered))
        # What a step has not come to yet stands as it was seen last.
        pictures = {**(snapshot.pictures if snapshot is not None else {}), **pictures}
        plain = {node: picture for node, picture in pictures.items() if picture.tiles.size == 0 or picture.own_scale}
        matrices, biases = w.stepping.weights() or ((snapshot.weights, snapshot.biases) if snapshot is not None else ({}, {}))
        w.neurons.show_numbers(plain, matrices, biases, w.scene.limits)

    def _open(self, node: str, unit: int) -> None:
        """Change a neuron's bias by hand, in the step that is shown."""
        w = self.window
        trace = w.stepping.trace
        path = next((p for p, record in trace.parameters.items() if record.node == node and record.name == "bias"), "") if trace is not None else ""
        if trace is None or not path:
            w.toast(tr("Press Step first: then weights and biases can be changed by hand.") if trace is None else tr("This neuron has no bias."))
            return
        old = float(trace.parameters[path].old.reshape(-1)[unit])
        value, fine = QInputDialog.getDouble(w, tr("Bias"), tr("Bias of {name}:", name=f"{path}[{unit + 1}]"), old, -1e6, 1e6, 6)
        if fine:
            w.stepping.change(path, unit, value)

    def catch_up(self) -> None:
        """The neurons have come to the front."""
        snapshot, self._drawn_at = self.window.session.training.snapshot, 0.0
        shown = self.window.stepping.pictures()
        if shown is not None or snapshot is not None:
            self._show_neurons(shown if shown is not None else snapshot.pictures)

    def fade_stale(self) -> None:
        """Dim pictures of a network that was edited since."""
        lowered, program = self.window.session.meaning.lowered, self.window.session.training.program
        stale = program is not None and (lowered is None or lowered.program != program)
        self.window.scene.fade_pictures(stale)


def columns_of(program: Program, lowered: Lowered) -> list[Column]:
    """The layers from left to right, with the one that each takes its values from."""
    flat = lowered.flat
    names = dict.fromkeys(step.node for step in program.model.steps if step.node)
    found = [Column(f"input:{program.model.inputs[0]}", tr("input"), "")] if program.model.inputs else []
    for node in names:
        wires = flat.wires_into.get(node, ())
        source = wires[0].source if wires else ""
        found.append(Column(node, program.titles.get(node, node), source if source in names else found[0].node if found else ""))
    return found
