"""The report on a network before training: a table of its layers, totals, and everything there is to say."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from nnstudio.catalog.entry import Layer, Optimizer, Shape
from nnstudio.catalog.plugins import FAILURES, blamed, own_file_of, where_it_failed
from nnstudio.catalog.registry import node_kinds
from nnstudio.compile.findings import checks, run
from nnstudio.compile.findings.view import View, finding
from nnstudio.compile.lower import Lowered
from nnstudio.compile.problems import Problem
from nnstudio.compile.shapes import expand, run_calls
from nnstudio.document.errors import StudioError
from nnstudio.document.text import Text
from nnstudio.document.values import Node as DocumentNode
from nnstudio.document.values import Params

ORDER = {"error": 0, "warning": 1, "note": 2}


@dataclass(frozen=True)
class Row:
    """One node of the table.

    ``shape`` has the batch first; ``multiply_adds`` are for one sample, ``memory`` in bytes for a batch.
    """

    node: str
    name: str
    kind: Text
    shape: Shape | None
    axes: str
    parameters: int
    multiply_adds: int | None
    memory: int


@dataclass(frozen=True)
class Report:
    """The whole report; ``memory`` is what a training step needs, in bytes."""

    rows: tuple[Row, ...]
    parameters: int
    multiply_adds: int
    memory: int
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> tuple[Problem, ...]:
        """What keeps the network from running."""
        return tuple(problem for problem in self.problems if problem.severity == "error")


class _Counter(TorchDispatchMode):
    """Adds up the operations of whatever runs in this thread.

    Torch's own counting mode hooks into the modules of all threads, and so into a training that goes on beside it.
    """

    def __init__(self) -> None:
        super().__init__()
        self.total = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        packet = func._overloadpacket
        if packet not in flop_registry:
            # A fused operator (a recurrent layer) is counted by its parts.
            with self:
                parts = func.decompose(*args, **kwargs)
            if parts is not NotImplemented:
                return parts
        result = func(*args, **kwargs)
        if packet in flop_registry:
            self.total += int(flop_registry[packet](*args, **kwargs, out_val=result))
        return result


@lru_cache(maxsize=2048)
def multiply_adds(kind: str, params: Params, shapes: tuple[tuple[str, tuple[Shape, ...]], ...]) -> int | None:
    """Count the products that are added up, by running the real operators on the meta device; None where torch cannot.

    Source: the registry of torch.utils.flop_counter, which counts two operations for each.
    """
    entry = node_kinds()[kind]
    assert isinstance(entry, Layer)
    tokens = {port.name for port in entry.inputs if port.tokens}
    try:
        calls, _, _ = expand(entry.calls(params, dict(shapes)), params)
        inputs = {
            port: tuple(
                torch.empty(s, device="meta", dtype=torch.int64 if port in tokens else torch.float32) for s in given
            )
            for port, given in shapes
        }
        counter = _Counter()
        with counter:
            run_calls(calls, inputs)
        return counter.total // 2
    except (StudioError, RuntimeError, ValueError, TypeError, IndexError, NotImplementedError):
        return None
    except FAILURES as error:
        if where_it_failed(error) is None:
            raise
        return None


def _inputs(view: View, node: Any, entry: Layer, samples: int) -> tuple[tuple[str, tuple[Shape, ...]], ...] | None:
    """The shapes that come into a layer, for so many samples."""
    flat, shapes = view.lowered.flat, view.lowered.shapes
    given: list[tuple[str, tuple[Shape, ...]]] = []
    for port in entry.inputs:
        found, tokens = [], 0
        for wire in flat.wires_into[node.id]:
            if wire.target_port == port.name:
                shape = shapes.get(wire.source, {}).get(wire.source_port)
                if shape is None:
                    return None
                tokens = tokens or view.lowered.tokens.get((wire.source, wire.source_port), 0)
                found.append((samples, samples) if port.per == "shared" else (samples, *shape[1:]))
        given.append((port.name, tuple(found)))
        if port.tokens:
            given.append((f"{port.name}.tokens", ((tokens,),)))
    return tuple(given)


def _remembered(view: View, rows: list[Row]) -> int:
    """How many numbers the optimizers keep: the network's own, and those of layers that have one."""

    def states(node: DocumentNode) -> Iterator[int]:
        return (entry.state for _, entry, _ in view.chosen(node, "optimizers") if isinstance(entry, Optimizer))

    whole = next((state for node in view.of_role("optimizer") for state in states(node)), 1)
    return sum(row.parameters * next(states(view.lowered.flat.by_id[row.node]), whole) for row in rows)


def _found_by(check: Callable[[View], Iterator[Problem]], view: View) -> list[Problem]:
    """What a check finds; one that was brought may fail, which is a finding on itself."""
    try:
        found = list(check(view))
        wrong = next((problem for problem in found if not isinstance(problem, Problem)), None)
        if wrong is not None:
            raise TypeError(f"a check yields {type(wrong).__name__}, not a Problem")
        if own_file_of(check):
            for problem in found:
                if problem.severity not in ORDER:
                    raise ValueError(f"severity {problem.severity!r} is none of {', '.join(ORDER)}")
                for sentence in (problem.what, problem.why, problem.remedy):
                    sentence.render()
        return found
    except FAILURES as error:
        file = own_file_of(check)
        return [finding("own.finding", "", severity="note", file=file, detail=blamed(error, file))]


def analyse(lowered: Lowered) -> Report:
    """Return the report on a lowered document."""
    view = View(lowered)
    graph = view.table is not None and view.table.adjacency is not None
    samples = len(view.table.x) if graph and view.table is not None else 2
    batch = samples if graph else -(-view.training["batch_size"] // run.parts_of(view))
    size = 8 if view.training["dtype"] == "float64" else 4
    rows: list[Row] = []
    for node in lowered.flat.nodes:
        kind = view.kind(node)
        if kind is None:
            continue
        by_port = lowered.shapes.get(node.id, {})
        shape = next(iter(by_port.values()), None)
        count: int | None = 0
        held = 0
        if isinstance(kind, Layer) and shape is not None:
            given = _inputs(view, node, kind, samples)
            count = multiply_adds(node.kind, view.params(node), given) if given is not None else None
            count = count // samples if count is not None else None
            # Every result between the first and the last is kept for the way back, with its gradient.
            held = 2 * size * batch * math.prod(shape[1:]) * max(1, len(lowered.steps.get(node.id, ())))
        elif kind.role == "data" and shape is not None:
            held = size * batch * math.prod(shape[1:])
        rows.append(
            Row(
                node.id,
                node.name or node.id,
                kind.title,
                shape,
                lowered.axes.get(node.id, ""),
                lowered.parameters.get(node.id, 0),
                count,
                held,
            )
        )
    numbers = sum(row.parameters for row in rows)
    fixed = size * (2 * numbers + _remembered(view, rows))
    if view.table is not None and not view.table.streamed:
        fixed += size * view.table.x.size
    total = fixed + sum(row.memory for row in rows)
    problems = list(lowered.problems)
    for check in checks():
        problems += _found_by(check, view)
    problems += run.memory(view, total, fixed)
    problems.sort(key=lambda problem: ORDER[problem.severity])
    return Report(tuple(rows), numbers, sum(row.multiply_adds or 0 for row in rows), total, tuple(problems))
