"""A run as it is seen: snapshots on the canvas and in the docks that live on them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from nnstudio.catalog.registry import node_kinds
from nnstudio.engine.states import State
from nnstudio.ui.canvas.faces import Faces
from nnstudio.ui.canvas.labels import Labels, here_of, inside_of
from nnstudio.ui.canvas.motion import Motion
from nnstudio.ui.canvas.scene import GraphScene
from nnstudio.ui.desk import HasDocument, Located, Trained
from nnstudio.ui.kit.feeds import Feeds
from nnstudio.ui.stepper.shown import ShownStep

if TYPE_CHECKING:
    from nnstudio.compile.program import Program
    from nnstudio.engine.snapshot import Picture, Plane, Snapshot
    from nnstudio.engine.vitals import Vitals

# So many measurements are shown under a layer.
MEASURED = 40
# A plane is thinned out for the small pictures on the cards.
THIN = 3
LINE_ROWS = 10
# Of fewer different samples the numbers say more than what lies between them.
FEWEST = 3


class WatchingView:
    """Brings snapshots to cards and panels."""

    def __init__(
        self, session: Trained, project: HasDocument, stage: Located, scene: GraphScene, shown: ShownStep, feeds: Feeds
    ) -> None:
        self._session, self._project, self._stage, self._scene, self._shown, self._feeds = (
            session,
            project,
            stage,
            scene,
            shown,
            feeds,
        )
        self._faces = Faces(session, stage, scene)
        self._motion = Motion(scene, scene)
        self._updates = -1
        self._plane: Plane | None = None
        self._tiles: dict[str, np.ndarray] = {}
        self._weights: object = None
        self._shown_weights: Mapping[str, np.ndarray] = {}
        self._labels = Labels(session, stage, scene)
        self._norms: Sequence[Vitals] = ()
        # What is drawn, while nothing was trained.
        self._begins: Program | None = None
        # Is told whether what is drawn is of a network that was edited since.
        self.faded: Callable[[bool], None] = lambda stale: None

    @property
    def _snapshot(self) -> Snapshot | None:
        return self._session.training.snapshot

    def hover(self, node: str, unit: int) -> None:
        """The mouse is over a neuron of a card."""
        self._feeds.give("hovered", self._stage.full_id(node) if node else "", unit)

    def take(self, snapshot: Snapshot) -> None:
        """Show where the run stands."""
        self._feeds.give("snapshot", snapshot)
        if self._shown.trace is None:
            self._faces.show(snapshot)
        if snapshot.plane is not self._plane:
            self._take_plane(snapshot.plane)
        if self._shown.trace is None:
            # A step that is shown has weights of its own: those of the run are after its update.
            self.show_weights(snapshot.weights)
            self.show_pictures(self.on_plane(snapshot.pictures))
            self._move(snapshot)

    def _move(self, snapshot: Snapshot) -> None:
        """Light runs along the weights of a run that is held back; at full speed only what is measured changes."""
        if self._session.training.state is not State.RUNNING:
            self._motion.rest()
        elif snapshot.pace is not None and snapshot.updates != self._updates:
            self._motion.go()
        elif snapshot.pace is None:
            self._motion.rest()
        self._updates = snapshot.updates

    def rest(self, *, once: bool = False) -> None:
        """The run stands: so do the dots, after one way forward and back where an update was made by hand."""
        self._motion.rest()
        if once and self._shown.trace is None:
            self._motion.go(ways=2)

    def look(self) -> None:
        """Before it trains a network is drawn with its start weights; one that was trained stays as it is."""
        run, drawn = self._session.training, self._session.meaning.drawn
        if run.program is not None or run.weights or drawn is None or drawn.snapshot is None:
            return
        snapshot = drawn.snapshot
        self._begins = drawn.program
        self._faces.show(snapshot)
        self._take_plane(snapshot.plane)
        self.show_weights(snapshot.weights)
        self.show_pictures(self.on_plane(snapshot.pictures))

    def show_weights(self, weights: Mapping[str, np.ndarray] | None) -> None:
        """Show matrices under the wires: a step's while it is shown, else (None) those of the run."""
        if weights is None:
            weights = self._snapshot.weights if self._snapshot is not None else {}
        if weights is not self._weights:
            self._weights = self._shown_weights = weights
            self._scene.show_matrices(here_of(self._stage, weights))

    def _sample(self) -> int:
        """The row of the data that is shown."""
        trace, drawn = self._shown.trace, self._session.meaning.drawn
        if trace is not None:
            return trace.sample
        first = drawn.snapshot if drawn is not None else None
        snapshot = self._snapshot or first
        return snapshot.sample if snapshot is not None else -1

    def show_norms(self, vitals: Sequence[Vitals]) -> None:
        """Show how large the gradients of the layers were, under them."""
        self._norms = vitals
        norms: dict[str, list[float]] = {}
        for vital in vitals[-MEASURED:]:
            for node, layer in vital.layers.items():
                if not math.isnan(layer.gradient):
                    norms.setdefault(node, []).append(layer.gradient)
        self._scene.show_norms(here_of(self._stage, norms))

    def enter(self) -> None:
        """Another network is on the canvas: names, weights and gradients are those of its layers."""
        self._labels.forget()
        self._weights = None
        if self._shown.trace is None and self._snapshot is None:
            self.look()
        elif self._shown.trace is None:
            self.show_weights(None)
            self.show_last()
        self.show_norms(self._norms)

    def _take_plane(self, plane: Plane | None) -> None:
        self._plane, program = plane, self._session.training.program or self._begins
        self._tiles = {}
        if plane is not None and len(np.unique(plane.points.inputs, axis=0)) >= FEWEST:
            for node, maps in plane.maps.items():
                tiles = (
                    maps[:, ::THIN, ::THIN]
                    if maps.ndim == 3
                    else np.repeat(maps[:, None, :: 2 * THIN], LINE_ROWS, axis=1)
                )
                self._tiles[node] = tiles
        self._feeds.give(
            "map",
            plane,
            dict(program.titles) if program is not None else {},
            program.data.classes if program is not None else (),
            program.answer.threshold if program is not None else None,
        )

    def forget(self) -> None:
        """The run is gone."""
        self._plane, self._tiles, self._weights, self._begins = None, {}, None, None
        self._labels.forget()
        self._faces.forget()
        self._feeds.give("map", None, {}, (), None)
        self._feeds.give("pictures", None)

    def on_plane(self, pictures: Mapping[str, Picture]) -> Mapping[str, Picture]:
        """Every neuron as its output over the inputs, where the network takes one or two numbers."""
        if not self._tiles:
            return pictures
        return {
            node: replace(picture, tiles=self._tiles[node], own_scale=True)
            if node in self._tiles and len(self._tiles[node]) == len(picture.values)
            else picture
            for node, picture in pictures.items()
        }

    def show_loss(self, loss: float) -> None:
        """Show the loss of a step."""
        self._faces.stand_at(loss)

    def show_last(self) -> None:
        """Show the last snapshot's pictures again."""
        if self._snapshot is not None:
            self._faces.show(self._snapshot)
            self.show_pictures(self.on_plane(self._snapshot.pictures))

    def pictured(self) -> set[str]:
        """The cards that the last snapshot has a picture for."""
        if self._snapshot is None:
            return set()
        return {*(self._stage.local_id(name) or name for name in self._snapshot.pictures), *self._data_nodes()}

    def _data_nodes(self) -> list[str]:
        """The nodes whose picture is that of their samples."""
        return [
            n.id for n in self._project.document.nodes if n.kind in node_kinds() and node_kinds()[n.kind].role == "data"
        ]

    def show_pictures(self, pictures: Mapping[str, Picture]) -> None:
        """Show values and gradients on the cards."""
        if self._shown.trace is not None:
            # The dots are those of the step.
            self._motion.rest()
        self._labels.name(self._session.training.program or self._begins, pictures, self._data_nodes())
        self._labels.show_rows(self._sample(), self._data_nodes())
        weights = inside_of(self._stage, self._shown_weights)
        inner = inside_of(self._stage, pictures)
        self._scene.show_inside({group: (found, weights.get(group, {})) for group, found in inner.items()})
        self._scene.present, self._scene.stepping = self._sample(), self._shown.trace is not None
        sources = self._data_nodes()
        inputs = dict.fromkeys(sources, "input:x")
        if len(sources) == 1:
            sample = pictures.get("input:x")
            self._scene.show_points(sources[0], self._plane, sample.values if sample is not None else None)
        self._scene.show_pictures(
            {
                local: picture
                for name, picture in pictures.items()
                if (local := name if name.startswith("input:") else self._stage.local_id(name)) is not None
            },
            inputs,
        )
        self.fade_stale()
        self._feeds.give("pictures", pictures)

    def rename(self) -> None:
        """Neurons may be called otherwise."""
        pictures = self._shown.pictures() if self._shown.trace is not None else None
        if pictures is None:
            first = self._session.meaning.drawn
            snapshot = self._snapshot or (first.snapshot if first is not None else None)
            pictures = snapshot.pictures if snapshot is not None else None
        before = self._scene.names
        if pictures is not None:
            self._labels.name(self._session.training.program or self._begins, pictures, self._data_nodes())
        if self._scene.names != before:
            self._scene.redraw(list(self._scene.cards))

    def fade_stale(self) -> None:
        """Dim pictures of a network that was edited since."""
        lowered, program = self._session.meaning.lowered, self._session.training.program or self._begins
        stale = program is not None and (lowered is None or lowered.program != program)
        self._scene.fade_pictures(stale)
        self.faded(stale)
