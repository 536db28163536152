"""Lower a document to a Program, collecting shapes and problems on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import networkx as nx

from nnstudio.catalog.entry import Call, Layer, Node, Numbers, Ref, Table
from nnstudio.catalog.registry import CATALOG, family, node_kinds
from nnstudio.catalog.tables import table_of
from nnstudio.catalog.training import TRAINING_FIELDS
from nnstudio.compile.names import identifier
from nnstudio.compile.problems import Problem
from nnstudio.compile.program import DataPlan, Graph, Group, Program, Shape, Start, Step, TargetForm, Value, references
from nnstudio.compile.shapes import BATCH, Inferred, infer_layer
from nnstudio.compile.sizes import extent_text, numbers_shape, shape_text
from nnstudio.compile.targets import TargetFinder
from nnstudio.document.edits import AddNode, fresh_id
from nnstudio.document.errors import StudioError
from nnstudio.document.fields import complete
from nnstudio.document.text import Message, message
from nnstudio.document.values import Document, Params
from nnstudio.document.values import Node as DocumentNode

MAX_PARAMETERS = 250_000_000


@dataclass(frozen=True)
class Lowered:
    """All that is known of a document: the program when it is sound, else why not."""

    document: Document
    program: Program | None
    problems: tuple[Problem, ...]
    shapes: Mapping[str, Mapping[str, Shape]]
    parameters: Mapping[str, int]

    @property
    def total(self) -> int:
        """The number of trainable numbers in all layers whose shapes are known."""
        return sum(self.parameters.values())

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


@dataclass
class _State:
    """What has been built so far."""

    problems: list[Problem] = field(default_factory=list)
    values: dict[tuple[str, str], str] = field(default_factory=dict)
    shapes: dict[str, dict[str, Shape]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    steps: dict[str, list[Step]] = field(default_factory=dict)
    starts: dict[str, list[Start]] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    frozen: list[str] = field(default_factory=list)
    taken: set[str] = field(default_factory=lambda: {"x", "y"})
    broken: set[str] = field(default_factory=set)


class _Lowering:
    """One pass over one document."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.state = _State()
        self.kinds = node_kinds()
        self.params: dict[str, Params] = {}
        self.training = Params()
        self.table: Table | None = None

    def problem(self, node: str, key: str, *, severity: str = "error", mend: Any = None, **args: Any) -> None:
        """Note a problem by its key; the table of messages holds what, why and remedy."""
        texts: list[Message] = [message(f"{key}.{part}", **args) for part in ("what", "why", "remedy")]
        self.state.problems.append(Problem(node, texts[0], texts[1], texts[2], mend, severity))
        if severity == "error":
            self.state.broken.add(node)

    def title(self, node: str) -> str:
        """The student's name of a node, or its id."""
        return self.document.by_id[node].name or node

    def run(self) -> Lowered:
        self._training()
        for node in self._order():
            if self._settings(node):
                entry = self.kinds[node.kind]
                if entry.role == "data":
                    self._data(node)
                elif isinstance(entry, Layer):
                    self._layer(node, entry)
        program = self._program()
        return Lowered(self.document, program, tuple(self.state.problems), self.state.shapes, self.state.counts)

    def of_role(self, role: str) -> list[DocumentNode]:
        """The nodes whose kind plays a role, in document order."""
        return [n for n in self.document.nodes if n.kind in self.kinds and self.kinds[n.kind].role == role]

    def _training(self) -> None:
        try:
            self.training = complete(TRAINING_FIELDS, self.document.training, CATALOG)
        except StudioError as error:
            self.problem("", "training.bad", detail=error.message)
            self.training = complete(TRAINING_FIELDS, Params(), CATALOG)

    def _order(self) -> list[DocumentNode]:
        graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
        place = {node.id: i for i, node in enumerate(self.document.nodes)}
        graph.add_nodes_from(place)
        graph.add_edges_from((wire.source, wire.target) for wire in self.document.wires)
        if not nx.is_directed_acyclic_graph(graph):
            for component in list(nx.strongly_connected_components(graph)):
                if len(component) > 1 or any(graph.has_edge(n, n) for n in component):
                    self.problem(min(component, key=place.__getitem__), "graph.cycle")
                    graph.remove_nodes_from(component)
        ordered = nx.lexicographical_topological_sort(graph, key=place.__getitem__)
        return [self.document.by_id[name] for name in ordered]

    def _settings(self, node: DocumentNode) -> bool:
        entry = self.kinds.get(node.kind)
        if entry is None:
            self.problem(node.id, "node.unknown_kind", kind=node.kind)
            return False
        try:
            params = complete(entry.fields, node.params, CATALOG)
        except StudioError as error:
            self.problem(node.id, "node.bad_value", detail=error.message)
            return False
        self.params[node.id] = params
        for checked, values in self._entries(entry, params):
            refusal = checked.check(values) if checked.check else None
            if refusal is not None:
                self.problem(node.id, "node.bad_choice", detail=refusal)
                return False
        return self._ports(node, entry)

    def _entries(self, entry: Any, params: Params) -> list[tuple[Any, Params]]:
        found = [(entry, params)]
        for spec in entry.fields:
            choice = params[spec.name]
            if hasattr(spec, "family") and choice is not None:
                found.append((family(spec.family)[choice.kind], choice.params))
        return found

    def _ports(self, node: DocumentNode, entry: Node) -> bool:
        """Check wires against ports: files may hold what the mouse cannot draw."""
        inputs = {port.name: port for port in entry.inputs}
        seen: set[str] = set()
        for wire in self.document.wires_into[node.id]:
            source = self.kinds.get(self.document.by_id[wire.source].kind)
            known = source is None or any(port.name == wire.source_port for port in source.outputs)
            port = inputs.get(wire.target_port)
            if port is None or not known:
                self.problem(node.id, "port.missing", port=wire.target_port if port is None else wire.source_port)
                return False
            if not port.many and port.name in seen:
                self.problem(node.id, "port.double", port=port.title)
                return False
            seen.add(port.name)
        return True

    # -- data ---------------------------------------------------------------------------------

    def _data(self, node: DocumentNode) -> None:
        if len(self.of_role("data")) > 1:
            self.problem(node.id, "data.many")
            return
        params = self.params[node.id]
        try:
            self.table = table_of(params["dataset"])
        except (StudioError, OSError, ValueError, MemoryError) as error:
            detail = error.message if isinstance(error, StudioError) else str(error)
            self.problem(node.id, "data.unreadable", detail=detail)
            return
        width = (BATCH, *self.table.x.shape[1:])
        target = (BATCH,) if self.table.classes else (BATCH, *self.table.y.shape[1:])
        self.state.shapes[node.id] = {"x": width, "y": target}
        self.state.values[node.id, "x"] = "x"
        self.state.values[node.id, "y"] = "y"

    # -- layers -------------------------------------------------------------------------------

    def _layer(self, node: DocumentNode, entry: Layer) -> None:
        wired: dict[str, list[tuple[str, Shape]]] = {port.name: [] for port in entry.inputs}
        for wire in self.document.wires_into[node.id]:
            name = self.state.values.get((wire.source, wire.source_port))
            if name is None:
                return  # The problem sits upstream already.
            if name == "y":
                self.problem(node.id, "layer.target_wired")
                return
            wired[wire.target_port].append((name, self.state.shapes[wire.source][wire.source_port]))
        for port in entry.inputs:
            shapes = [shape for _, shape in wired[port.name]]
            if not shapes and not port.optional:
                self.problem(node.id, "port.unwired", port=port.title)
                return
            if port.features and any(len(shape) != 2 for shape in shapes):
                self.problem(node.id, "shape.features", shape=shape_text(shapes[0]))
                return
            if port.alike and len(set(shapes)) > 1:
                self.problem(node.id, "shape.differ", shapes=", ".join(shape_text(shape) for shape in shapes))
                return
        given = tuple((port, tuple(shape for _, shape in pairs)) for port, pairs in wired.items())
        inferred = infer_layer(node.kind, self.params[node.id], given)
        if inferred.refusal is not None or inferred.error:
            self.problem(node.id, "shape.refused", detail=inferred.refusal or inferred.error,
                         shapes=", ".join(shape_text(shape) for _, shapes in given for shape in shapes))
            return
        self._emit(node, entry, inferred, {port: [name for name, _ in pairs] for port, pairs in wired.items()}, given)

    def _emit(self, node: DocumentNode, entry: Layer, inferred: Inferred, wired: dict[str, list[str]],
              given: tuple[tuple[str, tuple[Shape, ...]], ...]) -> None:
        """Write the node's calls as steps with names of the whole program."""
        state = self.state
        base = identifier(node.name or node.id, identifier(node.id, "layer"), state.taken)
        state.taken.add(base)
        names: dict[str, str] = {}
        modules: dict[str, str] = {}

        def globally(value: Any) -> Any:
            if isinstance(value, Ref):
                return Value(names[value.name] if value.name in names else wired[value.name][value.index or 0])
            return tuple(globally(item) for item in value) if isinstance(value, tuple) else value

        steps: list[Step] = []
        for number, call in enumerate(inferred.calls):
            last = number == len(inferred.calls) - 1
            name = base if last else identifier(f"{base}_{call.out}", base, state.taken)
            state.taken.add(name)
            if call.make is not None:
                modules[call.out] = base if not modules else identifier(f"{base}_{call.out}", base, state.taken)
                state.taken.add(modules[call.out])
            steps.append(Step(name, node.id, call.target, globally(call.args), dict(call.kwargs),
                              modules.get(call.out, ""), dict(call.make or {}), call.form, call.rule))
            names[call.out] = name
        state.steps[node.id] = steps
        assert inferred.output is not None and inferred.shapes is not None and inferred.weights is not None
        output = inferred.output
        result: Value = globally(output)
        state.values[node.id, entry.outputs[0].name] = result.name
        shape = inferred.shapes.get(output.name) or dict(given)[output.name][output.index or 0]
        state.shapes[node.id] = {entry.outputs[0].name: shape}
        if shape[0] != BATCH:
            self.problem(node.id, "shape.batch", shape=shape_text(shape))
        self._weights(node, entry, inferred.weights, modules)

    def _weights(self, node: DocumentNode, entry: Layer, shapes: Mapping[tuple[str, str], Shape],
                 modules: Mapping[str, str]) -> None:
        params = self.params[node.id]
        starts: list[Start] = []
        size = 0
        for weight in entry.weights(params):
            shape = shapes[weight.module, weight.name]
            choice = params[weight.field] if weight.field else None
            call: Call | None = family("initializers")[choice.kind].call(choice.params) if choice else None
            call = call or weight.default({name: s for (module, name), s in shapes.items() if module == weight.module})
            numbers = next((arg for arg in call.args if isinstance(arg, Numbers)), None)
            # One line of numbers is the one row of a matrix as well.
            if numbers is not None and shape not in (numbers_shape(numbers), (1, *numbers_shape(numbers))):
                self.problem(node.id, "initializer.size", parameter=weight.name, given=extent_text(numbers_shape(numbers)),
                             wanted=extent_text(shape))
            path = f"{modules[weight.module]}.{weight.name}"
            starts.append(Start(path, node.id, weight.name, shape, call.target, call.args, dict(call.kwargs)))
            count = 1
            for extent in shape:
                count *= extent
            size += count
        self.state.starts[node.id] = starts
        self.state.counts[node.id] = size
        if size > MAX_PARAMETERS:
            self.problem(node.id, "layer.huge", count=size, high=MAX_PARAMETERS)
        paths = tuple(start.parameter for start in starts)
        if params.get("frozen"):
            self.state.frozen.extend(paths)
        elif paths:
            names = (("learning_rate", "lr"), ("weight_decay", "weight_decay"))
            own = {key: params[name] for name, key in names if params.get(name) is not None}
            self.state.groups[node.id] = Group(paths, own)

    # -- the whole ----------------------------------------------------------------------------

    def _program(self) -> Program | None:
        losses = self.of_role("loss")
        optimizers = self.of_role("optimizer")
        data = self.of_role("data")
        document = self.document
        if not data:
            self.problem("", "graph.no_data", mend=AddNode("data", fresh_id(document, "data"), (-260.0, 0.0)))
        if not losses:
            self.problem("", "graph.no_loss", mend=AddNode("loss", fresh_id(document, "loss"), (self._right_edge(), 0.0)))
        if not optimizers:
            self.problem("", "graph.no_optimizer",
                         mend=AddNode("optimizer", fresh_id(document, "optimizer"), (self._right_edge(), 160.0)))
        if len(optimizers) > 1:
            self.problem(optimizers[1].id, "optimizer.many")
        finder = TargetFinder(self)
        criterion = finder.criterion(losses)
        used = self._used([loss.id for loss in losses])
        for node in self.document.nodes:
            if node.kind in self.kinds and self.kinds[node.kind].role == "layer" and node.id not in used and losses:
                self.problem(node.id, "layer.unused", severity="note")
        self._soften(used if losses else None)
        if sum(self.state.counts.values()) > MAX_PARAMETERS:
            self.problem("", "layer.huge", count=sum(self.state.counts.values()), high=MAX_PARAMETERS)
        order = [name for name in self.state.steps if name in used]
        if losses and optimizers and not self._errors() and not any(name in self.state.groups for name in order):
            self.problem("", "graph.nothing_to_train")
        if self._errors() or criterion is None or self.table is None:
            return None
        return self._assemble(order, criterion, finder, data[0], optimizers[0])

    def _soften(self, used: set[str] | None) -> None:
        """A layer that no loss depends on may be unfinished: its problems are warnings and stop nothing."""
        if used is None:
            return
        for place, problem in enumerate(self.state.problems):
            node = self.document.by_id.get(problem.node)
            if node is None or node.id in used or problem.severity != "error":
                continue
            entry = self.kinds.get(node.kind)
            if entry is None or entry.role == "layer":
                self.state.problems[place] = replace(problem, severity="warning")

    def _errors(self) -> bool:
        return any(problem.severity == "error" for problem in self.state.problems)

    def _right_edge(self) -> float:
        return max((node.position[0] for node in self.document.nodes), default=0.0) + 260.0

    def _used(self, ends: list[str]) -> set[str]:
        seen: set[str] = set()
        stack = list(ends)
        while stack:
            here = stack.pop()
            if here not in seen:
                seen.add(here)
                stack.extend(wire.source for wire in self.document.wires_into[here])
        return seen

    def _assemble(self, order: list[str], criterion: Graph, finder: TargetFinder, data: DocumentNode,
                  optimizer_node: DocumentNode) -> Program:
        state, training = self.state, self.training
        assert self.table is not None
        settings, source = self.params[optimizer_node.id], self.params[data.id]
        choice, schedule = settings["optimizer"], settings["schedule"]
        optimizer = family("optimizers")[choice.kind]
        scheduler = family("schedules")[schedule.kind]
        splits = family("datasets")[source["dataset"].kind].splits
        steps = tuple(step for name in order for step in state.steps[name])
        mentioned = any("x" in references(step.args) for step in steps) or "x" in finder.outputs
        program = Program(
            title=self.document.name,
            model=Graph(("x",) if mentioned else (), steps, tuple(finder.outputs)),
            criterion=criterion,
            starts=tuple(start for name in order for start in state.starts.get(name, ())),
            groups=_merge([state.groups[name] for name in order if name in state.groups]),
            frozen=tuple(s.parameter for name in order for s in state.starts.get(name, ()) if s.parameter in state.frozen),
            optimizer=optimizer.target,
            optimizer_kwargs=dict(optimizer.kwargs(choice.params)),
            optimizer_rule=optimizer.rule.forward,
            schedule=scheduler.target,
            schedule_kwargs=dict(scheduler.kwargs(schedule.params)),
            clip_norm=settings["clip_norm"],
            data=DataPlan(source["dataset"], source["validation"] if splits else 0.0, source["scaling"],
                          source["split_seed"], self.table.columns, self.table.classes, self.table.targets,
                          tuple(TargetForm(name, form) for name, form in finder.targets.items())),
            epochs=training["epochs"], batch_size=training["batch_size"], shuffle=training["shuffle"],
            seed=training["seed"], device=training["device"], dtype=training["dtype"],
            couples_samples=any(getattr(self.kinds[self.document.by_id[n].kind], "couples_samples", False) for n in order),
            counts_correct=finder.counts_correct,
            titles={name: self.title(name) for name in used_nodes(steps, criterion.steps)},
        )
        program.lint()
        return program


def used_nodes(*graphs: tuple[Step, ...]) -> list[str]:
    """The ids of the nodes that steps belong to, each once, in order."""
    return list(dict.fromkeys(step.node for steps in graphs for step in steps if step.node))


def _merge(groups: list[Group]) -> tuple[Group, ...]:
    """Put the parameters without overrides into one group, first; each override keeps its own."""
    plain = tuple(path for group in groups if not group.overrides for path in group.parameters)
    own = tuple(group for group in groups if group.overrides)
    return ((Group(plain, {}),) if plain else ()) + own
