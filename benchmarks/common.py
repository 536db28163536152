"""Paired rounds and their ratios."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Ratio:
    """How many times as fast the first was as the second: median, least and most over paired rounds."""

    name: str
    median: float
    low: float
    high: float
    rounds: int
    first: float
    second: float
    unit: str

    def row(self) -> str:
        return (f"{self.name:<58} {self.median:6.2f}  ({self.low:.2f} … {self.high:.2f}, {self.rounds} rounds)"
                f"   {self.first:,.0f} / {self.second:,.0f} {self.unit}")

    def plain(self) -> dict[str, object]:
        return asdict(self)


def paired(name: str, first: Callable[[], float], second: Callable[[], float], rounds: int, unit: str = "samples/s") -> Ratio:
    """Measure both in turns, so that a slow moment of the machine hits both; each returns a speed."""
    pairs = []
    for number in range(rounds):
        # Who goes first alternates.
        if number % 2:
            b, a = second(), first()
        else:
            a, b = first(), second()
        pairs.append((a, b))
    ratios = [a / b for a, b in pairs]
    return Ratio(name, statistics.median(ratios), min(ratios), max(ratios), rounds, statistics.median(a for a, _ in pairs),
                 statistics.median(b for _, b in pairs), unit)


def percentile(values: list[float], share: float) -> float:
    """Return the value below which so large a share of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
