"""Paired rounds and their ratios."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from nnstudio.catalog.registry import CATALOG
from nnstudio.document.edits import AddNode, Connect, SetTraining
from nnstudio.document.values import Choice, Document, Params, Wire


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
    better: str = "higher"

    def row(self) -> str:
        return (
            f"{self.name:<58} {self.median:6.2f}  ({self.low:.2f} … {self.high:.2f}, {self.rounds} rounds)"
            f"   {self.first:,.0f} / {self.second:,.0f} {self.unit}"
        )

    def plain(self) -> dict[str, object]:
        return {**asdict(self), "value": self.median}


@dataclass(frozen=True)
class Number:
    """What was measured, and between what it lay in parts of the measurement: a difference within that is none."""

    value: float
    low: float
    high: float
    better: str = "lower"

    def plain(self) -> dict[str, object]:
        return asdict(self)


# A measurement is looked at in so many parts to see how far it spreads.
PARTS = 3


def spread(values: list[float], share: float = 0.95) -> Number:
    """Return the value below which so large a share lies, of all values and of each part of them."""
    parts = [percentile(part, share) for n in range(PARTS) if (part := values[n::PARTS])]
    return Number(percentile(values, share), min(parts), max(parts))


def paired(
    name: str,
    first: Callable[[], float],
    second: Callable[[], float],
    rounds: int,
    unit: str = "samples/s",
    better: str = "higher",
) -> Ratio:
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
    return Ratio(
        name,
        statistics.median(ratios),
        min(ratios),
        max(ratios),
        rounds,
        statistics.median(a for a, _ in pairs),
        statistics.median(b for _, b in pairs),
        unit,
        better,
    )


def percentile(values: list[float], share: float) -> float:
    """Return the value below which so large a share of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def chain(layers: list[tuple[str, dict[str, Any]]], data: Choice, loss: str) -> Document:
    """Data → layers … → loss with Adam, batch 1."""
    document = AddNode("data", "data", params=Params(dataset=data, scaling="none")).apply(Document("steps"), CATALOG)
    last, port = "data", "x"
    for number, (kind, params) in enumerate(layers):
        name = f"n{number}"
        document = AddNode(kind, name, (240.0 * (number + 1), 0.0), Params(params)).apply(document, CATALOG)
        document = Connect(Wire(last, port, name, "x")).apply(document, CATALOG)
        last, port = name, "y"
    document = AddNode("loss", "loss", (240.0 * (len(layers) + 1), 0.0), Params(loss=Choice(loss))).apply(
        document, CATALOG
    )
    document = Connect(Wire(last, port, "loss", "prediction")).apply(document, CATALOG)
    document = AddNode("optimizer", "optimizer", params=Params(optimizer=Choice("adam"))).apply(document, CATALOG)
    return SetTraining(("batch_size",), 1).apply(document, CATALOG)
