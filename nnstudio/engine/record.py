"""Record one training step: forward, loss, backward and update, on a copy of the network."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from nnstudio.catalog.entry import PARAMETER
from nnstudio.compile.build import build
from nnstudio.compile.gate import kept_random
from nnstudio.compile.program import ITEM, Program, Step, Value, references
from nnstudio.compile.resolve import names_of, resolve
from nnstudio.compile.signs import constants
from nnstudio.engine.experiment import limits_of
from nnstudio.engine.recorder import run_recorded, used_often
from nnstudio.engine.runtime.data import Part
from nnstudio.engine.runtime.training import Limits, epoch_order
from nnstudio.engine.trace import NO_MEMORY, Array, Moment, Origin, ParameterRecord, StepRecord, Trace
from nnstudio.engine.updating import make_optimizer

# The signs of an optimizer's settings, by torch's names for them.


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


class Tracer:
    """Records steps of one network. What it trains is its own copy, built once and filled anew for every recording."""

    def __init__(self, program: Program, device: torch.device | None = None) -> None:
        self.program = program
        self.device = device or torch.device("cpu")
        model, self._criterion = build(program)
        self._model = model.to(self.device)
        self._optimizer = make_optimizer(program, self._model)
        self._fresh = copy.deepcopy(self._optimizer.state_dict())
        self._shared = used_often(self._model, self._criterion)
        # Values whose batch does not stand first: a recurrent layer's last states, and numbers that belong to no
        # sample.
        self._second = frozenset(
            s.name
            for s in program.model.steps
            if s.target == ITEM and s.node in program.recipes and s.name != program.recipes[s.node].output
        )
        self._loose = frozenset(
            s.name
            for graph in (program.model, program.criterion)
            for s in graph.steps
            if s.target in ("torch.Tensor.new_tensor", PARAMETER)
        )
        self._parameters = dict(self._model.named_parameters())
        self._own = {
            step.name: tuple(
                s.parameter for s in program.starts if step.module and s.parameter.startswith(step.module + ".")
            )
            for graph in (program.model, program.criterion)
            for step in graph.steps
        }

    def record(
        self,
        state: Mapping[str, torch.Tensor],
        inputs: tuple[torch.Tensor, ...],
        targets: tuple[torch.Tensor, ...],
        rows: tuple[int, ...],
        row: int = 0,
        *,
        part: str = "training",
        optimizer_state: Mapping[str, Any] | None = None,
        seed: int | None = None,
        random: Array | None = None,
        training: bool = True,
        update: bool = True,
    ) -> Trace:
        """Record one update: the weights given in ``state`` are not touched.

        ``optimizer_state`` continues a run's optimizer. With ``seed`` dropout is drawn as a run of that seed would draw
        it first, with ``random`` as from that state of the generator; otherwise from the present one. Either way the
        generator's state is put back. ``training`` False records in evaluation mode: all neurons are on and batch norm
        uses what it learnt. Without ``update`` the update is left out.
        """
        program, model, optimizer = self.program, self._model, self._optimizer
        own = self._prepare(state, optimizer_state, training=training, update=update)
        inputs = tuple(tensor.detach().clone().requires_grad_(tensor.is_floating_point()) for tensor in inputs)
        origin_state = {name: frozen_array(tensor) for name, tensor in own.items()}
        # Plain arrays once frozen: the state before is read again by the cards, the optimizer moves its own.
        before = plain_state(optimizer.state_dict()) if update else {"state": {}, "param_groups": []}
        doors: dict[str, list[tuple[str, torch.Tensor]]] = {}
        with kept_random():
            if seed is not None:
                torch.manual_seed(seed)
            elif random is not None:
                torch.set_rng_state(torch.from_numpy(random.copy()))
            drawn = torch.get_rng_state().numpy().copy()
            loss, seen = run_recorded(model, self._criterion, inputs, targets, doors=doors, shared=self._shared)
        if loss.requires_grad:
            loss.backward()  # type: ignore[no-untyped-call]
        for name, tensor in zip(program.model.inputs, inputs, strict=True):
            seen[name] = tensor
        # The nodes of a graph are computed all at once, whichever rows the batch has.
        whole = (
            frozenset((*program.model.inputs, *(s.name for s in program.model.steps if s.node)))
            if program.data.graph
            else frozenset()
        )
        # Before the update: a value may be a parameter itself.
        values, gradients = _frozen(seen)
        shares = {
            name: tuple((user, frozen_array(door.grad)) for user, door in found if door.grad is not None)
            for name, found in doors.items()
        }
        steps = {
            step.name: self._step(step, seen, phase)
            for phase, graph in (("forward", program.model), ("loss", program.criterion))
            for step in graph.steps
            if step.node and step.name in seen
        }
        factor, records = self._update(origin_state, before) if update else self._gradients(origin_state)
        origin = Origin(
            origin_state,
            before,
            drawn,
            tuple(frozen_array(t) for t in inputs),
            tuple(frozen_array(t) for t in targets),
            training,
        )
        trace = Trace(
            rows,
            row,
            part,
            float(loss.detach()),
            values,
            gradients,
            steps,
            records,
            (),
            factor,
            dict(program.titles),
            whole,
            shares,
            program.l1,
            program.clip_value,
            origin,
        )
        return replace(
            trace,
            moments=moments_of(trace),
            second=self._second,
            loose=self._loose,
            fused=frozenset(program.recipes),
            classes=program.data.classes,
            names=program.names,
        )

    def _prepare(
        self,
        state: Mapping[str, torch.Tensor],
        optimizer_state: Mapping[str, Any] | None,
        *,
        training: bool,
        update: bool,
    ) -> dict[str, torch.Tensor]:
        """Put model and optimizer into a state; returns the model's."""
        model, optimizer = self._model, self._optimizer
        with torch.no_grad():
            own = model.state_dict()
            for name, tensor in state.items():
                own[name].copy_(tensor)
        if model.training != training:
            model.train(training)
        if update:
            # Loading shares the tensors with whoever gave them; the run's own must not move.
            optimizer.load_state_dict(
                copy.deepcopy(dict(optimizer_state if optimizer_state is not None else self._fresh))
            )
        for parameter in self._parameters.values():
            parameter.grad = None
        return dict(own)

    def _step(self, step: Step, seen: Mapping[str, torch.Tensor], phase: str) -> StepRecord:
        return step_record(step, seen, self._own[step.name], phase)

    def _gradients(self, old: Mapping[str, Array]) -> tuple[float, dict[str, ParameterRecord]]:
        """The records of a step whose update is left out."""
        found = {}
        for start in self.program.starts:
            grad = self._parameters[start.parameter].grad
            raw = None if grad is None else frozen_array(grad)
            found[start.parameter] = ParameterRecord(
                start.parameter, start.node, start.name, old[start.parameter], raw, raw, old[start.parameter], 0.0
            )
        return 1.0, found

    def _update(self, old: Mapping[str, Array], before: Mapping[str, Any]) -> tuple[float, dict[str, ParameterRecord]]:
        """Make the update; returns the factor of clipping by norm, and the records."""
        program, model, optimizer = self.program, self._model, self._optimizer
        limits = limits_of(program)
        raw = {start.parameter: _array(model.get_parameter(start.parameter).grad) for start in program.starts}
        factor = _clip_factor(optimizer, limits)
        limits.clip(optimizer)
        limits.pull(optimizer)
        limited = limits != Limits()
        used = {path: _array(model.get_parameter(path).grad) for path in raw} if limited else raw
        place = {
            id(p): (number, group)
            for number, (p, group) in enumerate((p, g) for g in optimizer.param_groups for p in g["params"])
        }
        optimizer.step()
        found, updaters = {}, program.updater_of
        for start in program.starts:
            path, parameter = start.parameter, model.get_parameter(start.parameter)
            number, group = place.get(id(parameter), (-1, {}))
            memory, updater = before["state"].get(number, {}), updaters.get(path)
            if updater is None:
                # Frozen, or served by no optimizer.
                found[path] = ParameterRecord(
                    path, start.node, start.name, old[path], raw[path], used[path], frozen_array(parameter), 0.0
                )
                continue
            found[path] = ParameterRecord(
                path,
                start.node,
                start.name,
                old[path],
                raw[path],
                used[path],
                frozen_array(parameter),
                float(group.get("lr", 0.0)),
                _constants(group, memory),
                {sign: memory[key] for sign, key in updater.memory.items() if key in memory} or NO_MEMORY,
                updater.rule,
                updater.lines,
            )
        return factor, found


def record(
    program: Program,
    state: Mapping[str, torch.Tensor],
    inputs: tuple[torch.Tensor, ...],
    targets: tuple[torch.Tensor, ...],
    rows: tuple[int, ...],
    row: int = 0,
    **more: Any,
) -> Trace:
    """Record one update on a copy of the network; as :meth:`Tracer.record`, for a single time."""
    device = next(iter(state.values())).device if state else torch.device("cpu")
    return Tracer(program, device).record(state, inputs, targets, rows, row, **more)


def plain_state(state: Mapping[str, Any]) -> dict[str, Any]:
    """Return an optimizer's state with frozen arrays for tensors."""
    return {
        "state": {
            number: {key: frozen_array(v) if isinstance(v, torch.Tensor) else copy.copy(v) for key, v in memory.items()}
            for number, memory in state["state"].items()
            if isinstance(memory, Mapping)
        },
        "param_groups": [dict(group) for group in state["param_groups"]],
    }


def torch_state(state: Mapping[str, Any], device: torch.device) -> dict[str, Any]:
    """Return an optimizer's state with tensors for arrays: what ``plain_state`` froze."""

    def tensor(key: str, value: Any) -> Any:
        # torch keeps the count of steps on the CPU for most optimizers; loading puts it where it belongs.
        return torch.from_numpy(value.copy()).to(device) if isinstance(value, np.ndarray) else value

    return {
        "state": {
            number: {key: tensor(key, v) for key, v in memory.items()} for number, memory in state["state"].items()
        },
        "param_groups": [dict(group) for group in state["param_groups"]],
    }


def _constants(group: Mapping[str, Any], memory: Mapping[str, Any]) -> dict[str, float]:
    found = constants(group)
    found["t"] = float(memory["step"]) + 1.0 if "step" in memory else 1.0
    return found


def _clip_factor(optimizer: Any, limits: Limits) -> float:
    """What clipping by norm multiplies the gradients with (torch.nn.utils.clip_grad_norm_), after cutting by value."""
    if limits.clip_norm is None:
        return 1.0
    bound = math.inf if limits.clip_value is None else limits.clip_value
    grads = [
        p.grad.clamp(-bound, bound) for group in optimizer.param_groups for p in group["params"] if p.grad is not None
    ]
    norm = float(torch.linalg.vector_norm(torch.stack([torch.linalg.vector_norm(g) for g in grads]))) if grads else 0.0
    return min(1.0, limits.clip_norm / (norm + 1e-6))


def _array(tensor: torch.Tensor | None) -> Array | None:
    return None if tensor is None else frozen_array(tensor)


def _frozen(seen: Mapping[str, torch.Tensor]) -> tuple[dict[str, Array], dict[str, Array]]:
    """The values that were seen, and the gradients of those that kept one."""
    kept = {
        name: tensor.grad
        for name, tensor in seen.items()
        if tensor.requires_grad and (tensor.is_leaf or tensor.retains_grad)
    }
    return (
        {name: frozen_array(tensor) for name, tensor in seen.items()},
        {name: frozen_array(grad) for name, grad in kept.items() if grad is not None},
    )


def step_record(step: Step, seen: Mapping[str, torch.Tensor], parameters: tuple[str, ...], phase: str) -> StepRecord:
    """Return what one operation took and gave, from the values that were seen."""
    names = tuple(dict.fromkeys(references((*step.args, *step.kwargs.values()))))
    names = tuple(name for name in names if name in seen)
    local = None
    if step.form == "elementwise":
        z = seen[names[0]].detach().clone().requires_grad_()
        args = [
            z if number == 0 else seen[arg.name].detach() if isinstance(arg, Value) else arg
            for number, arg in enumerate(step.args)
        ]
        result = resolve(step.target)(*args, **step.kwargs)
        (slope,) = torch.autograd.grad(result.sum(), z)
        local = frozen_array(slope)
    plain = tuple(None if isinstance(arg, Value) else arg for arg in step.args)
    # An axis or a stride counts the same whether it is given by name or by place.
    given = {**(names_of(step.target, step.args) if step.form and not step.module else {}), **step.kwargs}
    options = {**step.make, **{key: value for key, value in given.items() if not any(references((value,)))}}
    return StepRecord(
        step.name, step.node, step.target, step.form, step.rule, names, parameters, local, plain, options, phase
    )


def moments_of(trace: Trace) -> tuple[Moment, ...]:
    """The stops of the timeline, operation by operation: an operation's δ, then the gradients of its parameters."""
    found: list[tuple[str, str, str, str]] = []
    steps = trace.steps.values()
    for phase in ("forward", "loss"):
        found += [(phase, step.node, step.name, "") for step in steps if step.phase == phase]
    # The reverse of the order of computing: when a value's turn comes, all who used it have given their share.
    for step in reversed(list(steps)):
        if step.name in trace.gradients:
            found.append(("backward", step.node, step.name, ""))
        found += [
            ("backward", step.node, step.name, path)
            for path in step.parameters
            if trace.parameters[path].gradient is not None
        ]
    if trace.origin is None or trace.origin.training:
        # The network as it is used is not updated.
        found += [("update", p.node, "", p.path) for p in trace.parameters.values() if p.gradient is not None]
    return tuple(Moment(index, *moment) for index, moment in enumerate(found))
