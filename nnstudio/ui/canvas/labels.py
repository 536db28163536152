"""What a network's neurons and samples are called, and what of its data stands on its cards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from nnstudio.compile.program import Names
from nnstudio.document.groups import SEPARATOR
from nnstudio.explain.weight_names import lowered as lowered_number
from nnstudio.ui.canvas.graph_face import links_of
from nnstudio.ui.canvas.samples_face import samples_around
from nnstudio.ui.canvas.scene import GraphScene
from nnstudio.ui.desk import Located, Trained

if TYPE_CHECKING:
    from nnstudio.compile.program import Program
    from nnstudio.engine.snapshot import Picture


def here_of(stage: Located, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is of layers that have a card of their own on the canvas, by the card."""
    return {stage.local_id(node) or "": value for node, value in given.items() if stage.is_here(node)}


def inside_of(stage: Located, given: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return what is of nodes inside closed groups on the canvas: by the group's card, and by the node in it."""
    found: dict[str, dict[str, Any]] = {}
    for node, value in given.items():
        group = stage.local_id(node)
        if group is not None and not stage.is_here(node) and not node.startswith("input:"):
            inner = node[len(stage.full_id(group)) + 1 :].split(SEPARATOR, 1)[0]
            found.setdefault(group, {})[inner] = value
    return found


class Labels:
    """Tells a canvas."""

    def __init__(self, session: Trained, stage: Located, scene: GraphScene) -> None:
        self._session, self._stage, self._scene = session, stage, scene
        self._named: Program | None = None
        self._called = Names()
        self._rows_of: tuple[Program, int] | None = None

    def forget(self) -> None:
        """Another network is on the canvas, or none."""
        self._named = self._rows_of = None
        self._scene.samples = {}

    def name(self, program: Program | None, pictures: Mapping[str, Picture], data: Sequence[str]) -> None:
        """Say what the neurons of inputs and outputs are called: x₁ …, and the classes."""
        lowered = self._session.meaning.lowered
        called = lowered.program.names if lowered is not None and lowered.program is not None else Names()
        if program is None or (program is self._named and called == self._called):
            return
        self._named, self._called = program, called
        names = {here: given for here, given in here_of(self._stage, called.units).items() if any(given)}
        given = pictures.get("input:x")
        if given is not None and given.size == 1:
            own = (*called.inputs, *[""] * given.total)
            inputs = tuple(own[place] or f"x{lowered_number(place + 1)}" for place in range(given.total))
            names.update(dict.fromkeys(data, inputs))
        classes = program.data.classes
        ends = [step.node for step in program.model.steps if step.name in program.model.outputs and step.node]
        self._scene.chooses = ""
        if classes and len(ends) == 1:
            here = self._stage.local_id(ends[0]) or ends[0]
            shown = pictures.get(ends[0])
            if here not in names and shown is not None and shown.total == len(classes):
                names[here] = tuple(classes)
            self._scene.chooses = here if program.answer.form == "index" else ""
        self._scene.names = names
        self._scene.graph, self._scene.labels = None, {}
        if program.data.graph:
            from nnstudio.catalog.tables import table_of

            table = table_of(program.data.dataset)
            self._scene.graph = links_of(np.asarray(table.adjacency)) if table.adjacency is not None else None
            kinds = np.asarray(table.y).reshape(-1)
            if classes and len(data) == 1:
                self._scene.labels = {data[0]: tuple(int(kind) for kind in kinds)}
        self._scene.trained = frozenset(here_of(self._stage, {start.node: True for start in program.starts}))

    def show_rows(self, present: int, data: Sequence[str]) -> None:
        """Rows of the data around the present one, for its card."""
        program = self._named
        if program is None or len(data) != 1 or (program, present) == self._rows_of:
            return
        from nnstudio.catalog.tables import is_ready, table_of

        if not is_ready(program.data.dataset):
            return
        self._rows_of = program, present
        found = samples_around(table_of(program.data.dataset), present, program.data.classes)
        self._scene.samples = {data[0]: found} if found is not None else {}
