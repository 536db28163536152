"""How numbers spread through the layers of a network that has just begun: the standard deviation of what each layer
gives, and of the gradient that comes back to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from nnstudio.compile.program import Program
from nnstudio.engine.experiment import load_parts, make_model
from nnstudio.engine.record import record


@dataclass(frozen=True)
class Spread:
    """``outputs`` and ``gradients`` by layer (layers,); ``variance`` and ``limit`` (the farthest from 0) are of the
    weights as they were drawn, those of the second layer; ``fans`` are how many numbers a neuron of it takes in, and
    how many neurons there are.
    """

    outputs: np.ndarray
    gradients: np.ndarray
    variance: float
    limit: float
    fans: tuple[int, int]


def spread(program: Program, layers: Sequence[str]) -> Spread:
    """Return how numbers spread through some layers of a network, by their ids, on all rows of its data."""
    device = torch.device("cpu")
    data, _ = load_parts(program, device)
    model, _ = make_model(program, program.seed, device)
    places = list(range(len(data)))
    trace = record(program, model.state_dict(), *data.batch(places), tuple(places), 0, part="training", seed=0)
    names = [
        next(m.step for m in reversed(trace.moments) if m.phase == "forward" and m.node == layer) for layer in layers
    ]
    weight = next(p.old for p in trace.parameters.values() if p.node == layers[1] and p.old.ndim == 2)
    # What explodes is infinitely wide.
    with np.errstate(over="ignore", invalid="ignore"):
        outputs, gradients = (
            np.array([float(held[name].std()) for name in names]) for held in (trace.values, trace.gradients)
        )
    return Spread(
        outputs, gradients, float(weight.var()), float(np.abs(weight).max()), (weight.shape[1], weight.shape[0])
    )
