"""A run takes over a change of its settings while it goes on: rates, momentum, dropout, freezing, clipping, epochs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch

from nnstudio.catalog.entry import Epochs
from nnstudio.compile.build import make_optimizer, make_schedule
from nnstudio.compile.program import Graph, Program
from nnstudio.engine.experiment import Experiment
from nnstudio.engine.runtime.training import Progress


def can_adopt(old: Program, new: Program) -> bool:
    """Whether two programs differ only in what a run can take over between two batches."""
    return _bare(old) == _bare(new) and _switches(old) == _switches(new) and bool(new.groups)


def _bare(program: Program) -> Program:
    """A program without the settings that can be taken over."""
    return replace(program, title="", titles={}, model=_plain(program.model), groups=(), frozen=(), optimizer_kwargs={}, optimizer_rule="", optimizer_lines=(),
                   optimizer_memory={}, clip_norm=None, clip_value=None, l1=0.0, epochs=program.epochs if _planned(program) else 0, patience=0, recipes={})


def _planned(program: Program) -> bool:
    """Whether the schedule is laid out over the planned epochs: another number would be another schedule."""
    return any(isinstance(value, Epochs) for value in program.schedule_kwargs.values())


def _plain(graph: Graph) -> Graph:
    return replace(graph, steps=tuple(replace(step, make={}) if _drops(step) else step for step in graph.steps))


def _drops(step: Any) -> bool:
    return step.form == "mask" and set(step.make) == {"p"}


def _switches(program: Program) -> dict[str, Any]:
    """What the optimizer's memory hangs on: settings that are no plain numbers."""
    kwargs = program.optimizer_kwargs
    return {"keys": sorted(kwargs), **{key: value for key, value in kwargs.items() if isinstance(value, bool | str)}}


def adopt(experiment: Experiment, program: Program, progress: Progress, epochs: int) -> None:
    """Let a run go on with another program's settings; weights, the optimizer's memory and the schedule's place stay."""
    model, before = experiment.model, experiment.optimizer
    base = _by_parameter(make_optimizer(experiment.program, model), lambda group, _: float(group["lr"]))
    now = _by_parameter(before, lambda group, _: float(group["lr"]))
    begun = _by_parameter(before, lambda _, place: progress.rates[place])
    experiment.shelf.update({parameter: dict(memory) for parameter, memory in before.state.items()})
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(name not in program.frozen)
        if name in program.frozen:
            parameter.grad = None
    for step in program.model.steps:
        if _drops(step):
            model.get_submodule(step.module).p = step.make["p"]
    optimizer = make_optimizer(program, model)
    _remember(optimizer, experiment.shelf)
    wanted = [float(group["lr"]) for group in optimizer.param_groups]
    schedule = make_schedule(program, optimizer, max(1, epochs - program.warmup))
    if schedule is not None and experiment.schedule is not None:
        kept = {key: value for key, value in experiment.schedule.state_dict().items() if key not in ("base_lrs", "_last_lr", "max_lrs", "lr_lambdas")}
        schedule.__dict__.update(kept)
    rates = []
    for group, rate in zip(optimizer.param_groups, wanted, strict=True):
        # How far schedule and warm-up have brought the old rate, they have brought the new one. A layer thawed just now begins as the others stand.
        first = next((p for p in group["params"] if p in now), next(iter(now), None))
        factor = rate / base[first] if first is not None and base.get(first) else None
        group["lr"] = now[first] * factor if first is not None and factor is not None else rate
        rates.append(begun[first] * factor if first is not None and factor is not None else rate)
    progress.rates = rates
    experiment.program, experiment.optimizer, experiment.schedule = program, optimizer, schedule


def _by_parameter(optimizer: Any, number: Callable[[dict[str, Any], int], float]) -> dict[Any, float]:
    return {parameter: number(group, place) for place, group in enumerate(optimizer.param_groups) for parameter in group["params"]}


def _remember(optimizer: Any, shelf: dict[Any, dict[str, Any]]) -> None:
    """Give parameters their memory back; one that never had any gets zeros where the optimizer wants all or none (SGD's velocity)."""
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    for parameter in parameters:
        if parameter in shelf:
            optimizer.state[parameter] = dict(shelf[parameter])
    shapes = {key for p in parameters for key, value in optimizer.state.get(p, {}).items() if isinstance(value, torch.Tensor) and value.shape == p.shape}
    lazy = any("step" in optimizer.state.get(p, {}) for p in parameters)
    for parameter in parameters:
        if shapes and not lazy and not optimizer.state.get(parameter):
            optimizer.state[parameter] = {key: torch.zeros_like(parameter) for key in shapes}
