"""Lower a document to a Program, collecting shapes and problems on the way."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import networkx as nx

from nnstudio.catalog.entry import Call, Layer, Numbers, Ref, Weight
from nnstudio.catalog.registry import CATALOG, family
from nnstudio.catalog.tables import table_of
from nnstudio.catalog.training import TRAINING_FIELDS
from nnstudio.compile.assemble import assemble
from nnstudio.compile.context import Context
from nnstudio.compile.names import identifier
from nnstudio.compile.ports import fits, wired_rightly
from nnstudio.compile.problems import Problem
from nnstudio.compile.program import Group, Program, Recipe, Shape, Start, Step, Value
from nnstudio.compile.shapes import BATCH, Inferred, infer_layer
from nnstudio.compile.sizes import default_axes, extent_text, fold, numbers_shape, shape_text
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

MAX_PARAMETERS = 250_000_000


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

    @property
    def total(self) -> int:
        """The number of trainable numbers in all layers whose shapes are known; a group's are those of its layers."""
        return sum(count for node, count in self.parameters.items() if node in self.flat.by_id)

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that keep the network from running."""
        return tuple(problem for problem in self.problems if problem.severity == "error")


def lower(document: Document) -> Lowered:
    """Lower a document. Never raises for what a student can draw: problems are returned, each on its node."""
    return _Lowering(document).run()


def unknown(document: Document, error: Exception) -> Lowered:
    """What is said of a document on which the program itself failed."""
    detail = f"{type(error).__name__}: {error}"[:200]
    what, why, remedy = (message(f"network.internal.{part}", detail=detail) for part in ("what", "why", "remedy"))
    return Lowered(document, None, (Problem("", what, why, remedy),), {}, {})


class _Lowering:
    """One pass over one document."""

    def __init__(self, document: Document) -> None:
        self.context = Context.of(document)

    def run(self) -> Lowered:
        self._training()
        for node in self._order():
            if self._settings(node):
                entry = self.context.kinds[node.kind]
                if entry.role == "data":
                    self._data(node)
                elif entry.role == "edges":
                    self._edges(node)
                elif entry.role == "boundary":
                    self.context.problem(node.id, "group.boundary")
                elif isinstance(entry, Layer):
                    self._layer(node, entry)
        program = self._program()
        self._show_groups((), self.context.original)
        context = self.context
        return Lowered(self.context.original, program, tuple(context.problems), context.shapes, context.counts, context.axes, self.context.document,
                       {name: tuple(steps) for name, steps in context.steps.items()})

    def _show_groups(self, path: tuple[str, ...], document: Document) -> None:
        """Give every group the shape of its result and the sum of its parameters; groups that only pass on may stand in a ring that is nowhere else."""
        ring = rings_of_groups(document)
        if ring:
            self.context.problem(SEPARATOR.join((*path, ring[0])), "graph.cycle")
        for node in document.nodes:
            if node.body is None or not is_group(node):
                continue
            own = (*path, node.id)
            self._show_groups(own, node.body)
            name = SEPARATOR.join(own)
            inside = [count for other, count in self.context.counts.items() if other.startswith(name + SEPARATOR) and other in self.context.document.by_id]
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
            self.context.table = table_of(params["dataset"])
        except (StudioError, OSError, ValueError, MemoryError) as error:
            detail = error.message if isinstance(error, StudioError) else str(error)
            self.context.problem(node.id, "data.unreadable", detail=detail)
            return
        for note in self.context.table.notes:
            self.context.problem(node.id, "data.note", severity="note", detail=note)
        width = (BATCH, *self.context.table.x.shape[1:])
        target = (BATCH,) if self.context.table.classes else (BATCH, *self.context.table.y.shape[1:])
        self.context.shapes[node.id] = {"x": width, "y": target}
        self.context.axes[node.id] = self.context.table.axes
        self.context.tokens["x"] = self.context.table.tokens
        self.context.values[node.id, "x"] = "x"
        self.context.values[node.id, "y"] = "y"

    def _edges(self, node: DocumentNode) -> None:
        """The adjacency matrix of the data's graph: the one value that is shared by all samples."""
        if self.context.table is None:
            sources = self.context.of_role("data")
            # The Data node may stand behind this one in the order; edges have no wire to it.
            if not sources or (sources[0].id not in self.context.params and not self._settings(sources[0])):
                return
            try:
                table = table_of(self.context.params[sources[0].id]["dataset"])
            except (StudioError, OSError, ValueError, MemoryError):
                return  # It is said at the Data node.
        else:
            table = self.context.table
        if table.adjacency is None:
            self.context.problem(node.id, "edges.none")
            return
        self.context.shapes[node.id] = {"adjacency": (BATCH, BATCH)}
        self.context.axes[node.id] = "N"
        self.context.values[node.id, "adjacency"] = "adjacency"

    # -- layers -------------------------------------------------------------------------------

    def _layer(self, node: DocumentNode, entry: Layer) -> None:
        wired: dict[str, list[tuple[str, Shape]]] = {port.name: [] for port in entry.inputs}
        for wire in self.context.document.wires_into[node.id]:
            name = self.context.values.get((wire.source, wire.source_port))
            if name is None:
                return  # The problem sits upstream already.
            if name == "y":
                self.context.problem(node.id, "layer.target_wired")
                return
            wired[wire.target_port].append((name, self.context.shapes[wire.source][wire.source_port]))
        for port in entry.inputs:
            if not fits(self.context, node, port, wired[port.name]):
                return
        given = tuple((port, tuple(shape for _, shape in pairs)) for port, pairs in wired.items())
        given += tuple((f"{port.name}.tokens", ((self.context.tokens.get(wired[port.name][0][0], 0),),))
                       for port in entry.inputs if port.tokens and wired[port.name])
        inferred = infer_layer(node.kind, self.context.params[node.id], given)
        if inferred.refusal is not None or inferred.error:
            self.context.problem(node.id, "shape.refused", detail=inferred.refusal or inferred.error,
                         shapes=", ".join(shape_text(shape) for _, shapes in given for shape in shapes))
            return
        self._emit(node, entry, inferred, {port: [name for name, _ in pairs] for port, pairs in wired.items()}, given)

    def _emit(self, node: DocumentNode, entry: Layer, inferred: Inferred, wired: dict[str, list[str]],
              given: tuple[tuple[str, tuple[Shape, ...]], ...]) -> None:
        """Write the node's calls as steps with names of the whole program."""
        context = self.context
        base = context.new_name(node.name or node.id, identifier(node.id, "layer"))
        names: dict[str, str] = {}
        modules: dict[str, str] = {}

        def globally(value: Any) -> Any:
            if isinstance(value, Ref):
                return Value(names[value.name] if value.name in names else wired[value.name][value.index or 0])
            return tuple(globally(item) for item in value) if isinstance(value, tuple) else value

        steps: list[Step] = []
        for number, call in enumerate(inferred.calls):
            last = number == len(inferred.calls) - 1
            name = base if last else context.new_name(f"{base}_{call.out}", base)
            if call.make is not None:
                modules[call.out] = base if not modules else context.new_name(f"{base}_{call.out}", base)
            steps.append(Step(name, node.id, call.target, globally(call.args), {k: globally(v) for k, v in call.kwargs.items()},
                              modules.get(call.out, ""), dict(call.make or {}), call.form, call.rule))
            names[call.out] = name
        context.steps[node.id] = steps
        assert inferred.output is not None and inferred.shapes is not None and inferred.weights is not None
        output = inferred.output
        result: Value = globally(output)
        context.values[node.id, entry.outputs[0].name] = result.name
        if entry.explain is not None:
            context.recipes[node.id] = Recipe(node.kind, self.context.params[node.id], given, {port: names[0] for port, names in wired.items() if names},
                                            result.name, next(iter(modules.values()), ""))
        shape = inferred.shapes.get(output.name) or dict(given)[output.name][output.index or 0]
        context.shapes[node.id] = {entry.outputs[0].name: shape}
        first = next((wire for wire in self.context.document.wires_into[node.id] if wire.target_port == entry.inputs[0].name), None)
        before = context.axes.get(first.source, "") if first is not None else ""
        axes = entry.axes(self.context.params[node.id], before) if entry.axes is not None else before
        context.axes[node.id] = axes if len(axes) == len(shape) - 1 else default_axes(len(shape))
        if shape[0] != BATCH:
            self.context.problem(node.id, "shape.batch", shape=shape_text(shape))
        self._weights(node, entry.weights(self.context.params[node.id]), inferred.own, inferred.weights, modules)

    def _weights(self, node: DocumentNode, own: tuple[Weight, ...], of_activations: tuple[Weight, ...],
                 shapes: Mapping[tuple[str, str], Shape], modules: Mapping[str, str]) -> None:
        params = self.context.params[node.id]
        weights = (*own, *of_activations)
        # A layer of one module needs no module's name, and draws the same numbers whatever activation is put on it.
        holders = {weight.module for weight in own}
        only = holders.pop() if len(holders) == 1 else None
        starts: list[Start] = []
        size = 0
        for weight in weights:
            shape = shapes[weight.module, weight.name]
            choice = params[weight.field] if weight.field else None
            call: Call | None = family("initializers")[choice.kind].call(choice.params) if choice else None
            call = call or weight.default({name: s for (module, name), s in shapes.items() if module == weight.module})
            numbers = next((arg for arg in call.args if isinstance(arg, Numbers)), None)
            # One line of numbers is the one row of a matrix as well.
            if numbers is not None and len(shape) > 2 and math.prod(numbers_shape(numbers)) == math.prod(shape):
                # A kernel is typed as a flat table, row by row.
                call = replace(call, args=tuple(fold(arg, shape) if isinstance(arg, Numbers) else arg for arg in call.args))
            elif numbers is not None and shape not in (numbers_shape(numbers), (1, *numbers_shape(numbers))):
                self.context.problem(node.id, "initializer.size", parameter=weight.name, given=extent_text(numbers_shape(numbers)),
                             wanted=extent_text(shape))
            path = f"{modules[weight.module]}.{weight.name}"
            named = weight.name if weight.module == only else f"{weight.module}.{weight.name}"
            starts.append(Start(path, node.id, weight.name, named, shape, call.target, call.args, dict(call.kwargs)))
            size += math.prod(shape)
        self.context.starts[node.id] = starts
        self.context.counts[node.id] = size
        if size > MAX_PARAMETERS:
            self.context.problem(node.id, "layer.huge", count=size, high=MAX_PARAMETERS)
        paths = tuple(start.parameter for start in starts)
        if params.get("frozen"):
            self.context.frozen.extend(paths)
        elif paths:
            names = (("learning_rate", "lr"), ("weight_decay", "weight_decay"))
            overrides = {key: params[name] for name, key in names if params.get(name) is not None}
            self.context.groups[node.id] = Group(paths, overrides)

    # -- the whole ----------------------------------------------------------------------------

    def _program(self) -> Program | None:
        losses, optimizers, data = (self.context.of_role(role) for role in ("loss", "optimizer", "data"))
        document = self.context.document
        if not data:
            self.context.problem("", "graph.no_data", mend=AddNode("data", fresh_id(document, "data"), (-260.0, 0.0)))
        if not losses:
            self.context.problem("", "graph.no_loss", mend=AddNode("loss", fresh_id(document, "loss"), (self._right_edge(), 0.0)))
        if not optimizers:
            self.context.problem("", "graph.no_optimizer",
                         mend=AddNode("optimizer", fresh_id(document, "optimizer"), (self._right_edge(), 160.0)))
        serving = Serving(self.context, optimizers)
        finder = TargetFinder(self.context)
        criterion = finder.criterion(losses)
        used = self._used([loss.id for loss in losses])
        for node in self.context.document.nodes:
            if node.kind in self.context.kinds and self.context.kinds[node.kind].role == "layer" and node.id not in used and losses:
                self.context.problem(node.id, "layer.unused", severity="note")
        self._soften(used if losses else None)
        if sum(self.context.counts.values()) > MAX_PARAMETERS:
            self.context.problem("", "layer.huge", count=sum(self.context.counts.values()), high=MAX_PARAMETERS)
        order = [name for name in self.context.steps if name in used]
        serving.say_unserved(order)
        if losses and optimizers and not self.context.has_errors and not any(name in self.context.groups for name in order):
            self.context.problem("", "graph.nothing_to_train")
        if self.context.has_errors or criterion is None or self.context.table is None:
            return None
        return assemble(self.context, order, criterion, finder, data[0], serving.service(order))

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
        return seen
