"""How quick this machine is, now: every bar in milliseconds is for the reference and is scaled by it."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

# Seconds that the loop takes on the reference: two cores of a quiet server, Python 3.11.
REFERENCE_S = 0.101
ROUNDS = 7


def loop() -> float:
    """Seconds of a fixed piece of work like the window's: objects, dictionaries, small arrays."""
    started = time.perf_counter()
    found: dict[int, list[float]] = {}
    for number in range(1_000_000):
        found.setdefault(number % 997, []).append(number * 0.5)
    table = np.arange(64 * 64, dtype=np.float64).reshape(64, 64)
    for _ in range(600):
        table = np.clip(table @ table.T / 1e4, -1.0, 1.0) + 0.5
    for row in found.values():
        row.sort(reverse=True)
    return time.perf_counter() - started


def factor() -> float:
    """How many times as long as the reference this machine takes: the best of some rounds, so that a slow moment does
    not count.
    """
    return min(loop() for _ in range(ROUNDS)) / REFERENCE_S


@dataclass(frozen=True)
class Machine:
    """A machine that takes so many times as long as the reference."""

    factor: float = 1.0

    def bar(self, reference: float) -> float:
        """A bar of the reference, for this machine."""
        return reference * self.factor

    def verdict(self, value: float, reference: float) -> str:
        """What is said behind a number: its bar here, and whether it is met."""
        here = self.bar(reference)
        return f"(bar {here:.1f}{'' if value <= here else ', missed'})"
