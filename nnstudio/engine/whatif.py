"""What if a number were another one: a recorded step is recorded again, from the same start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import torch

from nnstudio.compile.program import Program
from nnstudio.engine.record import Tracer, torch_state
from nnstudio.engine.trace import Array, Origin, Trace

# A changed number: the parameter's path, "x" or "target", the place in the shown sample's (or the parameter's) numbers.
Changes = Mapping[tuple[str, int], float]


def with_changes(program: Program, trace: Trace, changes: Changes) -> Origin:
    """Return what the step began with, some numbers changed; of inputs and targets those of the shown sample.

    Raises:
        KeyError: there is no such parameter, or it takes no numbers of this kind.
        IndexError: there is no such place.
    """
    assert trace.origin is not None
    origin = trace.origin
    state = dict(origin.state)
    inputs, targets = list(origin.inputs), list(origin.targets)
    for (name, place), value in changes.items():
        if name in state:
            state[name] = _changed(state[name], place, value)
        elif name in program.model.inputs:
            number = program.model.inputs.index(name)
            inputs[number] = _changed_row(inputs[number], trace.sample if trace.whole else trace.row, place, value)
        elif name == "target" and targets:
            targets[0] = _changed_row(targets[0], trace.row, place, value)
        else:
            raise KeyError(name)
    return replace(origin, state=state, inputs=tuple(inputs), targets=tuple(targets))


def again(program: Program, trace: Trace, origin: Origin, tracer: Tracer | None = None) -> Trace:
    """Record a step from a start; the same rows, dropout and optimizer as in ``trace``."""
    tracer = tracer or Tracer(program)
    found = tracer.record(
        {name: torch.tensor(array) for name, array in origin.state.items()},
        tuple(torch.tensor(array) for array in origin.inputs),
        tuple(torch.tensor(array) for array in origin.targets),
        trace.rows,
        trace.row,
        part=trace.part,
        optimizer_state=torch_state(origin.optimizer, torch.device("cpu")),
        random=origin.random,
        training=origin.training,
    )
    return replace(found, own=trace.own, update=trace.update)


def with_sample(program: Program, trace: Trace, x: Array, target: Array) -> Origin:
    """Return what the step began with, one sample of the student's own (N = 1) in place of the batch.

    Batch norm then uses what it learnt, since one sample has no spread.
    """
    assert trace.origin is not None
    inputs = [
        x if name == "x" else value for name, value in zip(program.model.inputs, trace.origin.inputs, strict=True)
    ]
    return replace(
        trace.origin,
        inputs=tuple(inputs),
        targets=(target,) * len(trace.origin.targets),
        training=trace.origin.training and not program.couples_samples,
    )


def _changed(array: Array, place: int, value: float) -> Array:
    found: Array = np.array(array)
    found.reshape(-1)[place] = value
    found.setflags(write=False)
    return found


def _changed_row(array: Array, row: int, place: int, value: float) -> Array:
    found: Array = np.array(array)
    if found.ndim == 1:
        found[row] = value
    else:
        found[row].reshape(-1)[place] = value
    found.setflags(write=False)
    return found
