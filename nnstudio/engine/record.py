"""Record one training step: forward, loss, backward and update, on a copy of the network."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping
from typing import Any

import torch

from nnstudio.compile.build import build, make_optimizer
from nnstudio.compile.gate import kept_random
from nnstudio.compile.program import Program, Step, references
from nnstudio.compile.resolve import resolve
from nnstudio.engine.experiment import limits_of
from nnstudio.engine.recorder import run_recorded
from nnstudio.engine.runtime.data import Part
from nnstudio.engine.runtime.training import Limits, epoch_order
from nnstudio.engine.trace import Array, Moment, ParameterRecord, StepRecord, Trace


def frozen_array(tensor: torch.Tensor) -> Array:
    """Copy a tensor into a read-only array that no one else holds."""
    array = tensor.detach().to("cpu", copy=True).numpy()
    array.setflags(write=False)
    return array


def batch_of(program: Program, data: Part, validation: Part, sample: int, seed: int) -> tuple[str, list[int]]:
    """Return the part and the positions traced for a data row: itself, or its first batch if samples are coupled.

    Raises:
        IndexError: there is no such row.
    """
    for name, part in (("training", data), ("validation", validation)):
        if sample in part.rows:
            place = part.rows.index(sample)
            if not program.couples_samples:
                return name, [place]
            shuffled = program.shuffle and name == "training"
            order = epoch_order(len(part), 1, seed, shuffled).tolist()
            start = order.index(place) // program.batch_size * program.batch_size
            batch = order[start : start + program.batch_size]
            # A batch of one has no spread; its neighbour joins it.
            return name, batch if len(batch) > 1 else order[max(0, start - 1) : start + 1]
    raise IndexError(sample)


def record(
    program: Program,
    state: Mapping[str, torch.Tensor],
    inputs: tuple[torch.Tensor, ...],
    targets: tuple[torch.Tensor, ...],
    rows: tuple[int, ...],
    row: int = 0,
    *,
    part: str = "training",
    optimizer_state: Mapping[str, Any] | None = None,
    seed: int | None = None,
) -> Trace:
    """Record one update on a copy of the network: the weights given in ``state`` are not touched.

    ``optimizer_state`` continues a run's optimizer. With ``seed`` dropout is drawn as a run of that seed would
    draw it first; otherwise from the present random state. Either way that state is put back.
    """
    device = next(iter(state.values())).device if state else torch.device("cpu")
    model, criterion = build(program)
    model.load_state_dict({name: tensor.detach().clone() for name, tensor in state.items()})
    model.to(device)
    model.train()
    optimizer = make_optimizer(program, model)
    if optimizer_state is not None:
        # Loading shares the tensors with whoever gave them; the run's own must not move.
        optimizer.load_state_dict(copy.deepcopy(dict(optimizer_state)))
    inputs = tuple(tensor.detach().clone().requires_grad_(tensor.is_floating_point()) for tensor in inputs)
    old = {start.parameter: frozen_array(model.get_parameter(start.parameter)) for start in program.starts}
    with kept_random():
        if seed is not None:
            torch.manual_seed(seed)
        loss, seen = run_recorded(model, criterion, inputs, targets)
    loss.backward()  # type: ignore[no-untyped-call]
    raw = {path: model.get_parameter(path).grad for path in old}
    raw = {path: None if grad is None else grad.clone() for path, grad in raw.items()}
    limits = limits_of(program)
    factor = _clip_factor(optimizer, limits)
    limits.clip(optimizer)
    limits.pull(optimizer)
    rates = {id(p): float(group["lr"]) for group in optimizer.param_groups for p in group["params"]}
    used = {path: model.get_parameter(path).grad for path in old}
    used = {path: None if grad is None else grad.clone() for path, grad in used.items()}
    optimizer.step()
    parameters = {}
    for start in program.starts:
        path = start.parameter
        parameter = model.get_parameter(path)
        parameters[path] = ParameterRecord(
            path, start.node, start.name, old[path], _array(raw[path]), _array(used[path]), frozen_array(parameter),
            rates.get(id(parameter), 0.0),
        )
    for name, tensor in zip(program.model.inputs, inputs, strict=True):
        seen[name] = tensor
    # The nodes of a graph are computed all at once, whichever rows the batch has.
    whole = frozenset((*program.model.inputs, *(s.name for s in program.model.steps if s.node))) if program.data.graph else frozenset()
    values = {name: frozen_array(tensor) for name, tensor in seen.items()}
    gradients = {
        name: frozen_array(tensor.grad)
        for name, tensor in seen.items()
        if tensor.requires_grad and (tensor.is_leaf or tensor.retains_grad) and tensor.grad is not None
    }
    steps = {step.name: _step_record(program, step, seen) for step in _shown(program) if step.name in seen}
    return Trace(rows, row, part, float(loss.detach()), values, gradients, steps, parameters,
                 _moments(program, steps, gradients, parameters), factor, program.optimizer_rule, dict(program.titles), whole)


def _clip_factor(optimizer: Any, limits: Limits) -> float:
    """What clipping by norm multiplies the gradients with (torch.nn.utils.clip_grad_norm_), after cutting by value."""
    if limits.clip_norm is None:
        return 1.0
    bound = math.inf if limits.clip_value is None else limits.clip_value
    grads = [p.grad.clamp(-bound, bound) for group in optimizer.param_groups for p in group["params"] if p.grad is not None]
    norm = float(torch.linalg.vector_norm(torch.stack([torch.linalg.vector_norm(g) for g in grads]))) if grads else 0.0
    return min(1.0, limits.clip_norm / (norm + 1e-6))


def _array(tensor: torch.Tensor | None) -> Array | None:
    return None if tensor is None else frozen_array(tensor)


def _shown(program: Program) -> list[Step]:
    return [step for graph in (program.model, program.criterion) for step in graph.steps if step.node]


def _step_record(program: Program, step: Step, seen: Mapping[str, torch.Tensor]) -> StepRecord:
    names = tuple(dict.fromkeys(references((*step.args, *step.kwargs.values()))))
    names = tuple(name for name in names if name in seen)
    parameters = tuple(s.parameter for s in program.starts if step.module and s.parameter.startswith(step.module + "."))
    local = None
    if step.form == "elementwise":
        z = seen[names[0]].detach().clone().requires_grad_()
        args = [z if number == 0 else arg for number, arg in enumerate(step.args)]
        result = resolve(step.target)(*args, **step.kwargs)
        (slope,) = torch.autograd.grad(result.sum(), z)
        local = frozen_array(slope)
    return StepRecord(step.name, step.node, step.target, step.form, step.rule, names, parameters, local)


def _moments(program: Program, steps: Mapping[str, StepRecord], gradients: Mapping[str, Array],
             parameters: Mapping[str, ParameterRecord]) -> tuple[Moment, ...]:
    found: list[tuple[str, str, str, str]] = []
    found += [("forward", step.node, step.name, "") for step in program.model.steps if step.name in steps]
    found += [("loss", step.node, step.name, "") for step in program.criterion.steps if step.name in steps]
    # The reverse of the order of computing: when a value's turn comes, all who used it have given their share.
    found += [("backward", record.node, record.name, "") for record in reversed(list(steps.values())) if record.name in gradients]
    found += [("update", p.node, "", p.path) for p in parameters.values() if p.gradient is not None]
    return tuple(Moment(index, *moment) for index, moment in enumerate(found))
