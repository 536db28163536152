"""The ways that optimizers take over the loss of two weights, and the contour under them."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import numpy as np
import torch

from nnstudio.compile.build import build
from nnstudio.compile.program import Program
from nnstudio.engine.experiment import make_experiment, make_model
from nnstudio.engine.landscape import Cancelled, Landscape, Plane, landscape
from nnstudio.engine.runtime.metrics import forward
from nnstudio.engine.runtime.training import Diverged, Progress, Update
from nnstudio.engine.trace import Array

WEIGHTS = 2


@dataclass(frozen=True)
class Way:
    """Where one optimizer came: ``places`` (k + 1, 2) and the loss at each, the start first.

    ``diverged`` is true where the loss was no number any more at the end.
    """

    places: Array
    losses: Array
    diverged: bool


def count_weights(program: Program) -> int:
    """Return how many numbers a program learns."""
    return sum(int(np.prod(start.shape)) for start in program.starts)


def start_of(program: Program) -> Array:
    """Return the two weights before the first update."""
    model, _ = make_model(program, program.seed, torch.device("cpu"))
    return _flat(model, program)


def _flat(model: torch.nn.Module, program: Program) -> Array:
    parts = [model.get_parameter(start.parameter).detach().reshape(-1) for start in program.starts]
    return torch.cat(parts).to(torch.float64).numpy().copy()


def way(program: Program, updates: int, cancel: threading.Event | None = None) -> Way:
    """Train for a number of updates and return the way: the very loop that trains everything else.

    Raises:
        Cancelled: ``cancel`` was set meanwhile.
    """
    experiment = make_experiment(program)
    inputs, targets = experiment.data.batch(slice(0, len(experiment.data)))
    places, losses = [_flat(experiment.model, program)], []

    def look() -> None:
        experiment.model.eval()
        with torch.no_grad():
            losses.append(float(forward(experiment.model, experiment.criterion, inputs, targets)[0]))
        experiment.model.train()

    look()
    progress = Progress([group["lr"] for group in experiment.optimizer.param_groups])
    diverged = False
    try:
        for event in experiment.train(updates, lambda: program.batch_size, progress):
            if cancel is not None and cancel.is_set():
                raise Cancelled
            if isinstance(event, Update):
                places.append(_flat(experiment.model, program))
                look()
                if len(places) > updates:
                    break
    except Diverged:
        diverged = True
    return Way(np.array(places), np.array(losses), diverged or not np.isfinite(losses[-1]))


def ground(
    program: Program,
    middle: tuple[float, float],
    half: tuple[float, float],
    cancel: threading.Event | None = None,
    side: int = 61,
) -> Landscape:
    """Return the losses on a grid of the two weights, ``half`` to each side of the middle.

    Raises:
        Cancelled: ``cancel`` was set meanwhile.
    """
    model, _ = build(program)
    state, done = {}, 0
    for start in program.starts:
        size = int(np.prod(start.shape))
        state[start.parameter] = np.array(middle[done : done + size], dtype=np.float64).reshape(start.shape)
        done += size
    whole = {name: tensor.detach().numpy() for name, tensor in model.state_dict().items()} | state
    plane = Plane(np.array((half[0], 0.0)), np.array((0.0, half[1])), ("x", "y"))
    return landscape(program, whole, plane, side=side, cancel=cancel)
