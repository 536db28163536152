"""A run out of a file has to be what it claims: the state of this very network, optimizer and schedule, and nothing
more.

What a file holds may have been made by a stranger. Nothing in it is run, but its keys and values reach optimizers,
notebooks and scripts; so names, types and shapes are compared with those of a run that is made here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch

from nnstudio.catalog.own import is_own
from nnstudio.compile.build import build
from nnstudio.compile.program import Program, Updater
from nnstudio.compile.resolve import resolve
from nnstudio.document.errors import TrainError
from nnstudio.engine.past import Frame
from nnstudio.engine.updating import make_optimizer, make_schedule

# What the trainer itself leaves out of a schedule's state: functions are made anew.
FUNCTIONS = frozenset({"lr_lambdas"})


def check_frames(program: Program, frames: list[Frame]) -> None:
    """Compare the states of a run with what the program's own run would have written.

    Raises:
        TrainError: a key, a type or a shape is another one; the sentence says which.
    """
    try:
        _check(program, frames)
    except (ValueError, TypeError, KeyError, AttributeError, RuntimeError, OverflowError, IndexError) as error:
        raise TrainError("run.no_checkpoint", detail=str(error).split("\n")[0][:120]) from None


def _check(program: Program, frames: list[Frame]) -> None:
    model, _ = build(program)
    optimizer = make_optimizer(program, model)
    schedule = make_schedule(program, optimizer, max(1, program.epochs - program.warmup))
    shapes = dict(model.state_dict())
    of = {
        path: None if is_own(updater.target) else _memory_of(updater, program.dtype)
        for updater in program.updaters
        for path in updater.parameters[:1]
    }
    known = [of[updater.parameters[0]] for updater in program.updaters for _ in updater.parameters]
    for frame in frames:
        _tensors(frame.model, shapes, "weight")
        _optimizer(frame.optimizer, optimizer, known)
        if (frame.schedule is None) != (schedule is None):
            raise ValueError("the schedule is another one")
        if schedule is not None:
            _alike(frame.schedule, _values(schedule.state_dict()), "schedule")
        _progress(frame, len(optimizer.param_groups), shapes)


def _values(state: Any) -> Any:
    return (
        {key: _values(value) for key, value in state.items() if key not in FUNCTIONS}
        if isinstance(state, dict)
        else state
    )


def _tensors(given: Any, wanted: Mapping[str, torch.Tensor], what: str) -> None:
    if not isinstance(given, Mapping) or set(given) != set(wanted):
        raise ValueError(f"the names of the {what}s are others")
    for name, tensor in wanted.items():
        _tensor(given[name], (tuple(tensor.shape),), tensor.dtype, f"{what} {name}")


def _tensor(given: Any, shapes: tuple[tuple[int, ...], ...], dtype: torch.dtype, what: str) -> None:
    if not isinstance(given, torch.Tensor) or tuple(given.shape) not in shapes or given.dtype != dtype:
        raise ValueError(f"the {what} has another form")


def _memory_of(updater: Updater, dtype: str) -> dict[str, Any]:
    """What an optimizer remembers of one parameter, by name: found by two updates of a single number."""
    number = torch.nn.Parameter(torch.ones(1, dtype=getattr(torch, dtype)))
    optimizer: torch.optim.Optimizer = resolve(updater.target)([number], **updater.kwargs)
    for _ in range(2):
        number.grad = torch.ones_like(number)
        optimizer.step()
    # What another setting would have it remember (momentum that was put to 0 on the way) is of the weight's own form.
    return {
        **{name: number.detach() for name in updater.memory.values()},
        **{k: v for k, v in optimizer.state[number].items() if v is not None},
    }


def _optimizer(given: Any, real: Any, known: Sequence[Mapping[str, Any] | None]) -> None:
    if not isinstance(given, Mapping) or set(given) != {"state", "param_groups"}:
        raise ValueError("the optimizer's state is not whole")
    groups = real.state_dict()["param_groups"]
    if not isinstance(given["param_groups"], list) or len(given["param_groups"]) != len(groups):
        raise ValueError("the optimizer looks after other layers")
    for own, group in zip(given["param_groups"], groups, strict=True):
        if not isinstance(own, Mapping) or own.get("params") != group["params"]:
            raise ValueError("the optimizer looks after other weights")
        # A schedule notes the rate that it began with.
        _alike(
            {key: value for key, value in own.items() if key != "initial_lr"},
            {k: v for k, v in group.items() if k != "initial_lr"},
            "optimizer",
        )
        if "initial_lr" in own:
            _alike(own["initial_lr"], 0.0, "optimizer")
    parameters = [p for group in real.param_groups for p in group["params"]]
    if not isinstance(given["state"], Mapping):
        raise ValueError("the optimizer's memory is not whole")
    for number, memory in given["state"].items():
        if type(number) is not int or not 0 <= number < len(parameters):
            raise ValueError("the optimizer remembers a weight that is not there")
        like_this = known[number]
        if like_this is None:
            _of_own_optimizer(memory, parameters[number])
            continue
        if not isinstance(memory, Mapping) or not set(memory) <= set(like_this):
            raise ValueError("the optimizer remembers what it has no use for")
        for key, value in memory.items():
            what, like = f"optimizer's {key}", like_this[key]
            if value is None:
                continue
            if isinstance(like, torch.Tensor):
                shape = tuple(parameters[number].shape) if like.dim() else ()
                _tensor(value, (shape,), like.dtype, what)
            else:
                _alike(value, like, what)


def _of_own_optimizer(memory: Any, parameter: torch.Tensor) -> None:
    """Whether what an own optimizer remembers of a weight is plain: any names and forms, but no more room."""
    if not isinstance(memory, Mapping) or not all(isinstance(key, str) for key in memory):
        raise ValueError("the optimizer's memory is not whole")
    for key, value in memory.items():
        if isinstance(value, torch.Tensor):
            if value.numel() > max(64, 4 * parameter.numel()):
                raise ValueError(f"the optimizer's {key} is larger than its weight")
        elif value is not None and type(value) not in (bool, int, float):
            raise ValueError(f"the optimizer's {key} is neither a tensor nor a number")


def _alike(given: Any, wanted: Any, what: str) -> None:
    """Whether plain values are of one make: the same names, and numbers where numbers are."""
    if isinstance(wanted, Mapping):
        if not isinstance(given, Mapping):
            raise ValueError(f"the {what}'s settings are others")
        if all(isinstance(key, int) for key in wanted) and wanted:
            ok = all(type(key) is int and type(value) is int for key, value in given.items())
            if not ok:
                raise ValueError(f"the {what}'s settings are others")
            return
        if set(given) != set(wanted):
            raise ValueError(f"the {what}'s settings are others")
        for key, value in wanted.items():
            _alike(given[key], value, what)
    elif isinstance(wanted, list | tuple):
        if not isinstance(given, list | tuple) or len(given) != len(wanted):
            raise ValueError(f"the {what}'s settings are others")
        for one, other in zip(given, wanted, strict=True):
            _alike(one, other, what)
    elif isinstance(wanted, str):
        if given != wanted:
            raise ValueError(f"the {what}'s settings are others")
    elif given is not None and not (
        type(given) in (bool, int, float) and not (isinstance(given, float) and math.isnan(given))
    ):
        raise ValueError(f"the {what}'s settings are others")


def _progress(frame: Frame, groups: int, shapes: Mapping[str, torch.Tensor]) -> None:
    here = frame.progress
    whole = (here.epoch, here.position, here.updates, here.seen, here.best_epoch)
    if not all(type(number) is int and number >= 0 for number in whole) or here.epoch < 1:
        raise ValueError("its place is not known")
    if len(here.rates) != groups or not all(type(rate) in (int, float) for rate in here.rates):
        raise ValueError("its rates are others")
    total = here.total
    if not (type(total) in (int, float) or (isinstance(total, torch.Tensor) and total.dim() == 0)) or type(
        here.best_loss
    ) not in (int, float):
        raise ValueError("its losses are no numbers")
    if not isinstance(here.answers, list) or not all(
        isinstance(pair, tuple)
        and len(pair) == 2
        and all(isinstance(side, torch.Tensor) and not side.is_floating_point() for side in pair)
        for pair in here.answers
    ):
        raise ValueError("its answers are no class numbers")
    if here.best_state:
        _tensors(here.best_state, shapes, "weight")
    if len(frame.random) != 2 or not all(
        isinstance(state, torch.Tensor) and state.dtype == torch.uint8 for state in frame.random if state is not None
    ):
        raise ValueError("its random state is none")
    # Raises RuntimeError for bytes that are no state.
    torch.Generator().set_state(frame.random[0])
