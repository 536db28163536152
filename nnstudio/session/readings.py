"""The readings that the lab draws, worked out at once: there are few."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

# The slider's places, in thousandths: from no memory at all to a thousand readings.
MOST = 999


@dataclass(frozen=True)
class Averaged:
    """All curves of one β, each (count,); ``divided`` are Adam's steps, ``memory`` is how many readings it is about."""

    truth: Any
    readings: Any
    average: Any
    corrected: Any
    velocity: Any
    divided: Any
    memory: float


def averaged(beta: float, noise: float, seed: int) -> Averaged:
    """Return what a moving average, momentum and Adam make of the same readings."""
    from nnstudio.engine import readings as engine

    truth, given = engine.noisy(seed, noise)
    return Averaged(
        truth,
        given,
        engine.average(given, beta),
        engine.corrected(given, beta),
        engine.velocity(given, beta),
        engine.adam(given, beta),
        engine.memory(beta),
    )
