"""Lower a document to a Program, collecting shapes and problems on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import networkx as nx

from nnstudio.catalog.entry import Layer, Table
from nnstudio.catalog.plugins import FAILURES, blamed, broken, origin, own_folder
from nnstudio.catalog.registry import CATALOG, family
from nnstudio.catalog.tables import dataset_of, table_of
from nnstudio.catalog.training import TRAINING_FIELDS
from nnstudio.compile.assemble import assemble, begin
from nnstudio.compile.context import Context
from nnstudio.compile.layers import MAX_PARAMETERS, lower_layer
from nnstudio.compile.ports import wired_rightly
from nnstudio.compile.printing import own_code
from nnstudio.compile.problems import Problem
from nnstudio.compile.program import Program, Shape, Step
from nnstudio.compile.shapes import BATCH
from nnstudio.compile.sharing import owners_of
from nnstudio.compile.sides import lower_edges, lower_input, lower_numbers
from nnstudio.compile.targets import TargetFinder
from nnstudio.compile.updating import Serving
from nnstudio.document.edits import AddNode, fresh_id
from nnstudio.document.errors import StudioError
from nnstudio.document.fields import complete
from nnstudio.document.groups import EXIT as GROUP_EXIT
from nnstudio.document.groups import OUT_PORT, SEPARATOR, is_group, rings_of_groups
from nnstudio.document.text import message
from nnstudio.document.values import Document, Params
from nnstudio.document.values import Node as DocumentNode


@dataclass(frozen=True)
class Lowered:
    """All that is known of a document: the program when it is sound, else why not.

    ``flat`` is the document without groups; nodes inside a group are named by their path there and here.
    """

    document: Document
    program: Program | None
    problems: tuple[Problem, ...]
    shapes: Mapping[str, Mapping[str, Shape]]
    parameters: Mapping[str, int]
    axes: Mapping[str, str] = field(default_factory=dict)
    flat: Document = field(default_factory=Document)
    steps: Mapping[str, tuple[Step, ...]] = field(default_factory=dict)
    # How many tokens there are at an output, by (node, port).
    tokens: Mapping[tuple[str, str], int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """The number of trainable numbers in all layers whose shapes are known; a group's are those of its layers."""
        return sum(count for node, count in self.parameters.items() if node in self.flat.by_id)

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that keep the network from running."""
        return tuple(problem for problem in self.problems if problem.severity == "error")


def lower(document: Document, stand_in: Table | None = None) -> Lowered:
    """Lower a document. Never raises for what a student can draw: problems are returned, each on its node.

    ``stand_in`` takes the place of data that is not there: the form of its samples is all that is read of it.
    """
    try:
        return _Lowering(document, stand_in).run()
    except FAILURES as error:
        said = blamed(error)
        what, why, remedy = (message(f"own.at_node.{part}", detail=said) for part in ("what", "why", "remedy"))
        return Lowered(document, None, (Problem("", what, why, remedy),), {}, {})


def unknown(document: Document, error: BaseException) -> Lowered:
    """What is said of a document on which the program itself failed."""
    detail = f"{type(error).__name__}: {error}"[:200]
    what, why, remedy = (message(f"network.internal.{part}", detail=detail) for part in ("what", "why", "remedy"))
    return Lowered(document, None, (Problem("", what, why, remedy),), {}, {})


class _Lowering:
    """One pass over one document."""

    def __init__(self, document: Document, stand_in: Table | None = None) -> None:
        self.context = Context.of(document)
        self._stand_in = stand_in

    def run(self) -> Lowered:
        for file in broken():
            self.context.problem(
                "", "own.broken", severity="warning", file=file.file, detail=file.why, folder=str(own_folder())
            )
        self._training()
        for node in self._order():
            if self._settings(node):
                entry = self.context.kinds[node.kind]
                if entry.role == "data":
                    self._data(node)
                elif entry.role in ("edges", "input") and (table := self._table()) is not None:
                    (lower_edges if entry.role == "edges" else lower_input)(self.context, node, table)
                elif entry.role == "boundary":
                    self.context.problem(node.id, "group.boundary")
                elif isinstance(entry, Layer):
                    self._layer(node, entry)
        program = self._program()
        self._show_groups((), self.context.original)
        context = self.context
        return Lowered(
            self.context.original,
            program,
            tuple(context.problems),
            context.shapes,
            context.counts,
            context.axes,
            self.context.document,
            {name: tuple(steps) for name, steps in context.steps.items()},
            {place: context.tokens[name] for place, name in context.values.items() if context.tokens.get(name)},
        )

    def _layer(self, node: DocumentNode, entry: Layer) -> None:
        """Lower a layer; one that was brought may fail in ways of its own."""
        try:
            lower_layer(self.context, node, entry)
        except FAILURES as error:
            self.context.problem(node.id, "own.at_node", detail=blamed(error, origin(entry)))

    def _show_groups(self, path: tuple[str, ...], document: Document) -> None:
        """Give every group the shape of its result and the sum of its parameters; groups that only pass on may stand in
        a ring that is nowhere else.
        """
        ring = rings_of_groups(document)
        if ring:
            self.context.problem(SEPARATOR.join((*path, ring[0])), "graph.cycle")
        for node in document.nodes:
            if node.body is None or not is_group(node):
                continue
            own = (*path, node.id)
            self._show_groups(own, node.body)
            name = SEPARATOR.join(own)
            inside = [
                count
                for other, count in self.context.counts.items()
                if other.startswith(name + SEPARATOR) and other in self.context.document.by_id
            ]
            if inside:
                self.context.counts[name] = sum(inside)
            end = next((n for n in node.body.nodes if n.kind == GROUP_EXIT), None)
            wires = node.body.wires_into.get(end.id, ()) if end is not None else ()
            if not wires:
                self.context.problem(name, "group.no_output", severity="warning")
            source = SEPARATOR.join((*own, wires[0].source)) if wires else ""
            if source in self.context.shapes:
                self.context.shapes[name] = {OUT_PORT: next(iter(self.context.shapes[source].values()))}
                self.context.axes[name] = self.context.axes.get(source, "")

    def _training(self) -> None:
        try:
            self.context.training = complete(TRAINING_FIELDS, self.context.document.training, CATALOG)
        except StudioError as error:
            self.context.problem("", "training.bad", detail=error.message)
            self.context.training = complete(TRAINING_FIELDS, Params(), CATALOG)

    def _order(self) -> list[DocumentNode]:
        graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
        place = {node.id: i for i, node in enumerate(self.context.document.nodes)}
        graph.add_nodes_from(place)
        graph.add_edges_from((wire.source, wire.target) for wire in self.context.document.wires)
        self.context.owners = owners_of(self.context.document)
        for node, owner in self.context.owners.items():
            # Who makes the weights comes first; where that would close a ring it is said at the layer.
            if not nx.has_path(graph, node, owner):
                graph.add_edge(owner, node)
        if not nx.is_directed_acyclic_graph(graph):
            for component in list(nx.strongly_connected_components(graph)):
                if len(component) > 1 or any(graph.has_edge(n, n) for n in component):
                    self.context.problem(min(component, key=place.__getitem__), "graph.cycle")
                    graph.remove_nodes_from(component)
        ordered = nx.lexicographical_topological_sort(graph, key=place.__getitem__)
        return [self.context.document.by_id[name] for name in ordered]

    def _settings(self, node: DocumentNode) -> bool:
        entry = self.context.kinds.get(node.kind)
        if entry is None:
            self.context.problem(node.id, "node.unknown_kind", kind=node.kind)
            return False
        try:
            params = complete(entry.fields, node.params, CATALOG)
        except StudioError as error:
            self.context.problem(node.id, "node.bad_value", detail=error.message)
            return False
        self.context.params[node.id] = params
        for checked, values in self._entries(entry, params):
            refusal = checked.check(values) if checked.check else None
            if refusal is not None:
                self.context.problem(node.id, "node.bad_choice", detail=refusal)
                return False
        return wired_rightly(self.context, node, entry)

    def _entries(self, entry: Any, params: Params) -> list[tuple[Any, Params]]:
        found = [(entry, params)]
        for spec in entry.fields:
            choice = params[spec.name]
            if hasattr(spec, "family") and choice is not None:
                found.append((family(spec.family)[choice.kind], choice.params))
        return found

    # -- data ---------------------------------------------------------------------------------

    def _data(self, node: DocumentNode) -> None:
        if len(self.context.of_role("data")) > 1:
            self.context.problem(node.id, "data.many")
            return
        params = self.context.params[node.id]
        try:
            self.context.table = self._stand_in or table_of(dataset_of(params))
        except (StudioError, OSError, ValueError, MemoryError) as error:
            detail = error.message if isinstance(error, StudioError) else str(error)
            self.context.problem(node.id, "data.unreadable", detail=detail)
            return
        if self._stand_in is None:
            self.context.check_parting(node)
        for note in self.context.table.notes:
            self.context.problem(node.id, "data.note", severity="note", detail=note)
        width = (BATCH, *self.context.table.x.shape[1:])
        target = (BATCH, *self.context.table.y.shape[1:])
        self.context.shapes[node.id] = {"x": width, "y": target}
        self.context.axes[node.id] = self.context.table.axes
        self.context.tokens["x"] = self.context.table.tokens
        self.context.values[node.id, "x"] = "x"
        self.context.values[node.id, "y"] = "y"
        if self.context.table.sides:
            lower_numbers(self.context, node, self.context.table)

    def _table(self) -> Table | None:
        """The data's table; None where it cannot be read, which is said at the Data node."""
        if self.context.table is not None or self._stand_in is not None:
            return self.context.table or self._stand_in
        sources = self.context.of_role("data")
        # The Data node may stand behind others of the data in the order: there is no wire from it to them.
        if not sources or (sources[0].id not in self.context.params and not self._settings(sources[0])):
            return None
        try:
            return table_of(dataset_of(self.context.params[sources[0].id]))
        except (StudioError, OSError, ValueError, MemoryError):
            return None

    # -- the whole ----------------------------------------------------------------------------

    def _program(self) -> Program | None:
        losses, optimizers, data = (self.context.of_role(role) for role in ("loss", "optimizer", "data"))
        document = self.context.document
        if not data:
            self.context.problem("", "graph.no_data", mend=AddNode("data", fresh_id(document, "data"), (-260.0, 0.0)))
        if not losses:
            self.context.problem(
                "", "graph.no_loss", mend=AddNode("loss", fresh_id(document, "loss"), (self._right_edge(), 0.0))
            )
        if not optimizers:
            self.context.problem(
                "",
                "graph.no_optimizer",
                mend=AddNode("optimizer", fresh_id(document, "optimizer"), (self._right_edge(), 160.0)),
            )
        serving = Serving(self.context, optimizers)
        finder = TargetFinder(self.context)
        criterion = finder.criterion(losses)
        used = self._used([loss.id for loss in losses])
        for node in self.context.document.nodes:
            if (
                node.kind in self.context.kinds
                and self.context.kinds[node.kind].role == "layer"
                and node.id not in used
                and losses
            ):
                self.context.problem(node.id, "layer.unused", severity="note")
        self._soften(used if losses else None)
        if sum(self.context.counts.values()) > MAX_PARAMETERS:
            self.context.problem("", "layer.huge", count=sum(self.context.counts.values()), high=MAX_PARAMETERS)
        order = [name for name in self.context.steps if name in used]
        serving.say_unserved(order)
        begin(self.context, order)
        if (
            losses
            and optimizers
            and not self.context.has_errors
            and not any(name in self.context.groups for name in order)
        ):
            self.context.problem("", "graph.nothing_to_train")
        if self.context.has_errors or criterion is None or self.context.table is None:
            return None
        program = assemble(self.context, order, criterion, finder, data[0], serving.service(order))
        try:
            own_code(program)
        except StudioError as error:
            self.context.problem("", "own.stays", severity="warning", detail=error.message)
        return program

    def _soften(self, used: set[str] | None) -> None:
        """A layer that no loss depends on may be unfinished: its problems are warnings and stop nothing."""
        if used is None:
            return
        for place, problem in enumerate(self.context.problems):
            node = self.context.document.by_id.get(problem.node)
            if node is None or node.id in used or problem.severity != "error":
                continue
            entry = self.context.kinds.get(node.kind)
            if entry is None or entry.role == "layer":
                self.context.problems[place] = replace(problem, severity="warning")

    def _right_edge(self) -> float:
        return max((node.position[0] for node in self.context.document.nodes), default=0.0) + 260.0

    def _used(self, ends: list[str]) -> set[str]:
        seen: set[str] = set()
        stack = list(ends)
        while stack:
            here = stack.pop()
            if here not in seen:
                seen.add(here)
                stack.extend(wire.source for wire in self.context.document.wires_into[here])
                # The weights of a layer are made where another uses them as well.
                stack.extend(owner for name, owner in self.context.owners.items() if name == here)
        return seen
