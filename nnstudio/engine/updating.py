"""What makes the updates of a program: one optimizer with its schedule, or several that step as one."""

from __future__ import annotations

from typing import Any

import torch

from nnstudio.compile.build import make_part, schedule_of
from nnstudio.compile.program import Program
from nnstudio.engine.runtime.together import Optimizers, Schedules


def make_optimizer(program: Program, model: torch.nn.Module) -> Any:
    """Return the optimizer of a program: torch's own, or :class:`Optimizers` where layers have rules of their own."""
    parts = [make_part(updater, model) for updater in program.updaters]
    return parts[0] if len(parts) == 1 else Optimizers(parts)


def make_schedule(program: Program, optimizer: Any, epochs: int) -> Any:
    """Return the learning-rate schedule over the planned epochs, or None where every rate is kept."""
    made = [
        schedule_of(updater.schedule, updater.schedule_kwargs, part, epochs)
        for updater, part in zip(program.updaters, parts_of(optimizer), strict=True)
    ]
    if len(made) == 1 or all(part is None for part in made):
        return made[0]
    return Schedules(made)


def parts_of(optimizer: Any) -> tuple[torch.optim.Optimizer, ...]:
    """The optimizers that step as one."""
    return optimizer.parts if isinstance(optimizer, Optimizers) else (optimizer,)


def schedules_of(schedule: Any, count: int) -> tuple[Any, ...]:
    """The schedule of each of so many optimizers; None where the rate is kept."""
    return schedule.parts if isinstance(schedule, Schedules) else (schedule,) if count == 1 else (None,) * count
