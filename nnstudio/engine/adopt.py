"""A run takes over a change of its settings while it goes on: rates, momentum, dropout, freezing, clipping, epochs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch

from nnstudio.catalog.entry import Epochs
from nnstudio.compile.program import Graph, Program
from nnstudio.engine.experiment import Experiment
from nnstudio.engine.runtime.training import Progress
from nnstudio.engine.updating import make_optimizer, make_schedule, parts_of, schedules_of


def can_adopt(old: Program, new: Program) -> bool:
    """Whether two programs differ only in what a run can take over between two batches."""
    before, after = _rules(old), _rules(new)
    same = all(before[path] == after[path] for path in before.keys() & after.keys())
    # A layer that is thawed goes on with the schedule of those that have its own; one that nobody has would begin
    # behind the others.
    known = set(map(repr, before.values()))
    return (
        _bare(old) == _bare(new)
        and same
        and bool(after)
        and all(repr(rule) in known for path, rule in after.items() if path not in before and rule[2] is not None)
    )


def _bare(program: Program) -> Program:
    """A program without the settings that can be taken over, and without its updaters."""
    planned = any(
        isinstance(value, Epochs) for updater in program.updaters for value in updater.schedule_kwargs.values()
    )
    # A schedule that is laid out over the planned epochs would be another one with another number of them.
    return replace(
        program,
        title="",
        titles={},
        model=_plain(program.model),
        frozen=(),
        updaters=(),
        clip_norm=None,
        clip_value=None,
        l1=0.0,
        epochs=program.epochs if planned else 0,
        patience=0,
        recipes={},
    )


def _rules(program: Program) -> dict[str, tuple[Any, ...]]:
    """What the memory of the optimizers and the place of the schedules hang on, by parameter: settings that are plain
    numbers are no part of it.
    """
    found: dict[str, tuple[Any, ...]] = {}
    for updater in program.updaters:
        switches = {key: value for key, value in updater.kwargs.items() if isinstance(value, bool | str)}
        rule = (
            updater.target,
            {"keys": sorted(updater.kwargs), **switches},
            updater.schedule,
            dict(updater.schedule_kwargs),
        )
        found.update(dict.fromkeys(updater.parameters, rule))
    return found


def _plain(graph: Graph) -> Graph:
    return replace(graph, steps=tuple(replace(step, make={}) if _drops(step) else step for step in graph.steps))


def _drops(step: Any) -> bool:
    return step.form == "mask" and set(step.make) == {"p"}


def adopt(experiment: Experiment, program: Program, progress: Progress, epochs: int) -> None:
    """Let a run go on with another program's settings; weights, the optimizer's memory and the schedule's place
    stay.
    """
    model, before = experiment.model, experiment.optimizer
    base = _by_parameter(make_optimizer(experiment.program, model), lambda group, _: float(group["lr"]))
    now = _by_parameter(before, lambda group, _: float(group["lr"]))
    begun = _by_parameter(before, lambda _, place: progress.rates[place])
    names = {parameter: name for name, parameter in model.named_parameters()}
    past, rules = _rules(experiment.program), _rules(program)
    experiment.shelf.update(
        {parameter: (past[names[parameter]][:2], dict(memory)) for parameter, memory in before.state.items()}
    )
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(name not in program.frozen)
        if name in program.frozen:
            parameter.grad = None
    for step in program.model.steps:
        if _drops(step):
            model.get_submodule(step.module).p = step.make["p"]
    optimizer = make_optimizer(program, model)
    # A layer may have been given another rule while it was frozen: what the old one remembered is nothing to it.
    fitting = {
        parameter: memory
        for parameter, (rule, memory) in experiment.shelf.items()
        if rules.get(names[parameter], ())[:2] == rule
    }
    for part in parts_of(optimizer):
        _remember(part, fitting)
    wanted = [float(group["lr"]) for group in optimizer.param_groups]
    schedule = make_schedule(program, optimizer, max(1, epochs - program.warmup))
    _go_on(program, experiment, optimizer, schedule)
    rates = []
    beside = [
        next((p for other in part.param_groups for p in other["params"] if p in now), None)
        for part in parts_of(optimizer)
        for _ in part.param_groups
    ]
    for group, rate, near in zip(optimizer.param_groups, wanted, beside, strict=True):
        # How far schedule and warm-up have brought the old rate, they have brought the new one. A layer thawed just now
        # begins as the others stand.
        first = next((p for p in group["params"] if p in now), near if near is not None else next(iter(now), None))
        factor = rate / base[first] if first is not None and base.get(first) else None
        group["lr"] = now[first] * factor if first is not None and factor is not None else rate
        rates.append(begun[first] * factor if first is not None and factor is not None else rate)
    progress.rates = rates
    experiment.program, experiment.optimizer, experiment.schedule = program, optimizer, schedule


def _go_on(program: Program, experiment: Experiment, optimizer: Any, schedule: Any) -> None:
    """Put the schedules of another program's updaters where those of the run stand."""
    old, parts = experiment.program.updaters, parts_of(optimizer)
    before = schedules_of(experiment.schedule, len(old))
    for updater, made in zip(program.updaters, schedules_of(schedule, len(parts)), strict=True):
        mine = set(updater.parameters)
        plan = updater.schedule, dict(updater.schedule_kwargs)
        alike = [
            (bool(mine & set(one.parameters)), it)
            for one, it in zip(old, before, strict=True)
            if it is not None and (one.schedule, dict(one.schedule_kwargs)) == plan
        ]
        if made is not None and alike:
            stood = max(alike, key=lambda pair: pair[0])[1]
            made.__dict__.update(
                {
                    key: value
                    for key, value in stood.state_dict().items()
                    if key not in ("base_lrs", "_last_lr", "max_lrs", "lr_lambdas")
                }
            )


def _by_parameter(optimizer: Any, number: Callable[[dict[str, Any], int], float]) -> dict[Any, float]:
    return {
        parameter: number(group, place)
        for place, group in enumerate(optimizer.param_groups)
        for parameter in group["params"]
    }


def _remember(optimizer: Any, shelf: dict[Any, dict[str, Any]]) -> None:
    """Give parameters their memory back; one that never had any gets zeros where the optimizer wants all or none (SGD's
    velocity).
    """
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    for parameter in parameters:
        if parameter in shelf:
            optimizer.state[parameter] = dict(shelf[parameter])
    shapes = {
        key
        for p in parameters
        for key, value in optimizer.state.get(p, {}).items()
        if isinstance(value, torch.Tensor) and value.shape == p.shape
    }
    lazy = any("step" in optimizer.state.get(p, {}) for p in parameters)
    for parameter in parameters:
        if shapes and not lazy and not optimizer.state.get(parameter):
            optimizer.state[parameter] = {key: torch.zeros_like(parameter) for key in shapes}
