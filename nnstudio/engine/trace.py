"""Record one training step as frozen numbers: forward, loss, backward and update, to be walked through at will."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from nnstudio.catalog.entry import Rule
from nnstudio.compile.build import build, make_optimizer
from nnstudio.compile.gate import DEFAULT_RANDOM
from nnstudio.compile.program import Program, Step, references
from nnstudio.compile.resolve import resolve
from nnstudio.engine.recorder import run_recorded
from nnstudio.engine.runtime.data import Part
from nnstudio.engine.runtime.training import epoch_order

Array = np.ndarray
PHASES = ("forward", "loss", "backward", "update")


@dataclass(frozen=True)
class Moment:
    """One stop of the timeline: a step in the phases forward, loss and backward, a parameter in update."""

    index: int
    phase: str
    node: str
    step: str = ""
    parameter: str = ""


@dataclass(frozen=True)
class StepRecord:
    """What one operation took and gave; arrays have the batch first. ``local`` is f'(z) of an elementwise step."""

    name: str
    node: str
    target: str
    form: str | None
    rule: Rule | None
    inputs: tuple[str, ...]
    parameters: tuple[str, ...]
    local: Array | None


@dataclass(frozen=True)
class ParameterRecord:
    """One parameter before and after the update; ``used`` is the gradient after clipping."""

    path: str
    node: str
    name: str
    old: Array
    gradient: Array | None
    used: Array | None
    new: Array
    learning_rate: float


@dataclass(frozen=True)
class Trace:
    """One recorded training step. ``rows`` are row numbers of the data; ``row`` is the place of the one shown."""

    rows: tuple[int, ...]
    row: int
    part: str
    loss: float
    values: Mapping[str, Array]
    gradients: Mapping[str, Array]
    steps: Mapping[str, StepRecord]
    parameters: Mapping[str, ParameterRecord]
    moments: tuple[Moment, ...]
    clip_factor: float
    update_rule: str
    titles: Mapping[str, str]

    @property
    def sample(self) -> int:
        """The row number of the sample that is shown."""
        return self.rows[self.row]


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
        optimizer.load_state_dict(dict(optimizer_state))
    inputs = tuple(tensor.detach().clone().requires_grad_(tensor.is_floating_point()) for tensor in inputs)
    old = {start.parameter: frozen_array(model.get_parameter(start.parameter)) for start in program.starts}
    with DEFAULT_RANDOM:
        kept = torch.get_rng_state()
        try:
            if seed is not None:
                torch.manual_seed(seed)
            loss, seen = run_recorded(model, criterion, inputs, targets)
        finally:
            torch.set_rng_state(kept)
    loss.backward()  # type: ignore[no-untyped-call]
    raw = {path: model.get_parameter(path).grad for path in old}
    raw = {path: None if grad is None else grad.clone() for path, grad in raw.items()}
    factor = 1.0
    if program.clip_norm is not None:
        everything = [p for group in optimizer.param_groups for p in group["params"]]
        norm = float(torch.nn.utils.clip_grad_norm_(everything, program.clip_norm, foreach=False))
        factor = min(1.0, program.clip_norm / (norm + 1e-6))
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
    values = {name: frozen_array(tensor) for name, tensor in seen.items()}
    gradients = {
        name: frozen_array(tensor.grad)
        for name, tensor in seen.items()
        if tensor.requires_grad and (tensor.is_leaf or tensor.retains_grad) and tensor.grad is not None
    }
    steps = {step.name: _step_record(program, step, seen) for step in _shown(program)}
    return Trace(rows, row, part, float(loss), values, gradients, steps, parameters,
                 _moments(program, steps, gradients, parameters), factor, program.optimizer_rule, dict(program.titles))


def _array(tensor: torch.Tensor | None) -> Array | None:
    return None if tensor is None else frozen_array(tensor)


def _shown(program: Program) -> list[Step]:
    return [step for graph in (program.model, program.criterion) for step in graph.steps if step.node]


def _step_record(program: Program, step: Step, seen: Mapping[str, torch.Tensor]) -> StepRecord:
    names = tuple(references(step.args))
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
    found += [("forward", step.node, step.name, "") for step in program.model.steps]
    found += [("loss", step.node, step.name, "") for step in program.criterion.steps if step.node]
    # The reverse of the order of computing: when a value's turn comes, all who used it have given their share.
    found += [("backward", record.node, record.name, "") for record in reversed(steps.values()) if record.name in gradients]
    found += [("update", p.node, "", p.path) for p in parameters.values() if p.gradient is not None]
    return tuple(Moment(index, *moment) for index, moment in enumerate(found))


def to_plain(trace: Trace, phase: str = "all") -> dict[str, Any]:
    """Return a trace as plain values for JSON, by node and parameter.

    ``phase`` is "all" or one of "forward", "loss", "backward", "update".
    """
    plain: dict[str, Any] = {"sample": trace.sample, "rows": list(trace.rows), "row": trace.row, "part": trace.part}
    for wanted in PHASES:
        if phase not in ("all", wanted):
            continue
        if wanted == "update":
            plain[wanted] = _plain_update(trace)
            continue
        nodes: dict[str, Any] = {}
        for moment in trace.moments:
            if moment.phase == wanted:
                nodes.setdefault(moment.node, {})[moment.step] = _plain_step(trace, moment)
        plain[wanted] = {"value": trace.loss, **nodes} if wanted == "loss" else nodes
    if phase in ("all", "forward"):
        plain["inputs"] = {n: v.tolist() for n, v in trace.values.items() if n not in trace.steps}
    if phase in ("all", "backward"):
        plain["input_gradients"] = {n: g.tolist() for n, g in trace.gradients.items() if n not in trace.steps}
    return plain


def _plain_step(trace: Trace, moment: Moment) -> dict[str, Any]:
    step = trace.steps[moment.step]
    if moment.phase != "backward":
        return {"operation": step.target, "inputs": list(step.inputs), "value": trace.values[step.name].tolist()}
    found: dict[str, Any] = {"operation": step.target, "gradient": trace.gradients[step.name].tolist()}
    if step.local is not None:
        found["local_derivative"] = step.local.tolist()
    found["inputs"] = {n: trace.gradients[n].tolist() for n in step.inputs if n in trace.gradients}
    weights = {p: trace.parameters[p].gradient for p in step.parameters if p in trace.parameters}
    found["parameters"] = {p: g.tolist() for p, g in weights.items() if g is not None}
    return found


def _plain_update(trace: Trace) -> dict[str, Any]:
    nodes: dict[str, Any] = {}
    for record in trace.parameters.values():
        nodes.setdefault(record.node, {})[record.name] = {
            "old": record.old.tolist(),
            "gradient": None if record.gradient is None else record.gradient.tolist(),
            "learning_rate": record.learning_rate,
            "new": record.new.tolist(),
        }
    return nodes
