"""Spell fused layers out: the gates of an LSTM by time step, with every gradient, from what was recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from nnstudio.catalog.entry import Call, Layer, Ref
from nnstudio.catalog.registry import family
from nnstudio.compile.build import build_graph
from nnstudio.compile.program import Graph, Program, Recipe, Step, Value
from nnstudio.engine.record import frozen_array, moments_of, step_record
from nnstudio.engine.recorder import Recorder, used_often
from nnstudio.engine.trace import Array, StepRecord, Trace


def spelled_steps(node: str, recipe: Recipe) -> list[Step]:
    """Return a fused layer's operations under names of their own, as its entry spells them out.

    Their values are named "{output}_{local name}"; ports and parameters keep their local names.
    """
    entry = family("layers")[recipe.kind]
    assert isinstance(entry, Layer) and entry.explain is not None
    calls = [call for call in entry.explain(recipe.params, dict(recipe.shapes)) if isinstance(call, Call)]
    made = {call.out for call in calls}

    def globally(value: Any) -> Any:
        if isinstance(value, Ref):
            return Value(f"{recipe.output}_{value.name}" if value.name in made else value.name)
        return tuple(globally(item) for item in value) if isinstance(value, tuple) else value

    return [
        Step(
            f"{recipe.output}_{call.out}",
            node,
            call.target,
            globally(call.args),
            {k: globally(v) for k, v in call.kwargs.items()},
            form=call.form,
            rule=call.rule,
        )
        for call in calls
    ]


def explained(program: Program, trace: Trace) -> Trace:
    """Return the trace with every fused layer's operations in its place; the trace itself when there is none.

    The spelled-out form agrees with the fused operator within rounding; weights, loss and update stay those recorded.
    """
    for node, recipe in program.recipes.items():
        if recipe.output in trace.values:
            trace = _with_node(trace, node, recipe)
    return trace


def _with_node(trace: Trace, node: str, recipe: Recipe) -> Trace:
    steps = spelled_steps(node, recipe)
    paths = {
        path.removeprefix(recipe.module + "."): path
        for path in trace.parameters
        if path.startswith(recipe.module + ".")
    }
    ports = {port: trace.values[name] for port, name in recipe.inputs.items()}
    given = {**ports, **{local: trace.parameters[path].old for local, path in paths.items()}}
    tensors = {name: torch.tensor(array) for name, array in given.items()}
    for tensor in tensors.values():
        if tensor.is_floating_point():
            tensor.requires_grad_()
    graph = build_graph(Graph(tuple(tensors), tuple(steps), (steps[-1].name,)), torch.float32)
    runner = Recorder(graph, shared=used_often(graph))
    result = runner.run(*tensors.values())
    incoming = trace.gradients.get(recipe.output)
    if incoming is not None and result.requires_grad:
        result.backward(torch.tensor(incoming))
    seen = {name: tensor for name, tensor in runner.seen.items() if name not in tensors}
    # In the timeline a port is the value that came in, a parameter what it is in the trace.
    names = {**dict(recipe.inputs), **{local: f"{recipe.output}.{local}" for local in paths}}
    values = {
        **trace.values,
        **{name: frozen_array(tensor) for name, tensor in seen.items()},
        **{f"{recipe.output}.{local}": trace.parameters[path].old for local, path in paths.items()},
    }
    gradients = dict(trace.gradients)
    for name, tensor in seen.items():
        if tensor.grad is not None:
            gradients[name] = frozen_array(tensor.grad)
    shares = {**trace.shares, **{name: _shares(found) for name, found in runner.doors.items() if name in seen}}
    inner: dict[str, StepRecord] = {}
    for step in steps:
        record = step_record(step, {**tensors, **seen}, (), "forward")
        inner[step.name] = replace(record, inputs=tuple(names.get(name, name) for name in record.inputs))
    merged = _merged(trace, node, recipe.output, inner, steps[-1].name)
    away = _away(trace, recipe, paths, tensors, result)
    found = replace(
        trace,
        values=values,
        gradients=gradients,
        shares=shares,
        steps=merged,
        spelled={**trace.spelled, node: away},
        inner=trace.inner | set(inner),
        loose=trace.loose | {f"{recipe.output}.{local}" for local in paths},
    )
    return replace(found, moments=moments_of(found))


def _shares(doors: list[tuple[str, torch.Tensor]]) -> tuple[tuple[str, Array], ...]:
    """The gradient that each user of a value sends back."""
    return tuple((user, frozen_array(door.grad)) for user, door in doors if door.grad is not None)


def _merged(trace: Trace, node: str, output: str, inner: Mapping[str, StepRecord], last: str) -> dict[str, StepRecord]:
    """The steps of a trace with those inside a layer in its place."""
    merged: dict[str, StepRecord] = {}
    for name, record in trace.steps.items():
        if record.node != node:
            merged[name] = record
        elif name == output:
            # The layer's own last operation stays: what follows reads its value; its parameters' gradients are shown
            # there.
            merged.update(inner)
            paths = (path for other in trace.steps.values() if other.node == node for path in other.parameters)
            own = tuple(dict.fromkeys(paths))
            merged[name] = replace(record, parameters=own, inputs=(last,), form=None, local=None)
    return merged


def _away(
    trace: Trace, recipe: Recipe, paths: Mapping[str, str], tensors: Mapping[str, torch.Tensor], result: torch.Tensor
) -> float:
    """How far the spelled-out layer is from the fused one, as a share of the largest number compared."""
    pairs = [(trace.values[recipe.output], result.detach().numpy())]
    for port, name in recipe.inputs.items():
        mine = tensors[port].grad
        if mine is not None and name in trace.gradients and name not in trace.shares:
            pairs.append((trace.gradients[name], mine.numpy()))
    for local, path in paths.items():
        gradient, mine = trace.parameters[path].gradient, tensors[local].grad
        if gradient is not None and mine is not None:
            pairs.append((gradient, mine.numpy()))
    return max(float(np.abs(a - b).max(initial=0.0)) / max(float(np.abs(a).max(initial=0.0)), 1e-12) for a, b in pairs)
