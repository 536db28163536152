"""Measure a network: loss, accuracy, confusion matrix, and for values MAE, RMSE and R²."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from nnstudio.engine.runtime.data import Part


@dataclass(frozen=True)
class Measures:
    """What was measured over a part. ``confusion[t][s]`` counts the samples of class t that were said to be s."""

    loss: float
    accuracy: float | None = None
    confusion: tuple[tuple[int, ...], ...] | None = None
    mae: float | None = None
    rmse: float | None = None
    r2: float | None = None


def forward(model: Any, criterion: Any, inputs: tuple[torch.Tensor, ...], targets: tuple[torch.Tensor, ...]) -> Any:
    """Return (loss, what was said, the truth) of a batch: class numbers as integers, or values."""
    outputs = model(*inputs)
    if isinstance(outputs, torch.Tensor):
        outputs = (outputs,)
    return criterion(*outputs, *targets)


@dataclass
class Spread:
    """How far targets lie about their mean, added up batch by batch: Σt² − (Σt)²/n would lose all digits far from 0.

    Source: Chan, Golub and LeVeque 1983, the pairwise update. ``around`` is Σ(t − mean)² by output.
    """

    count: int = 0
    mean: Any = 0.0
    around: Any = 0.0

    def add(self, values: torch.Tensor) -> None:
        """Take in a batch (rows, outputs)."""
        rows, mean = len(values), values.mean(0)
        apart, whole = mean - self.mean, self.count + rows
        self.around = self.around + ((values - mean) ** 2).sum(0) + apart * apart * (self.count * rows / whole)
        self.mean = self.mean + apart * (rows / whole)
        self.count = whole


def r_squared(errors: torch.Tensor, spread: Spread) -> float | None:
    """Return R² = 1 − Σ(t − a)² / Σ(t − mean)², the mean over the outputs; None where a target never changes.

    ``errors`` is Σ(t − a)² by output.
    """
    # What rounding leaves of a target that is the same everywhere.
    rounding = spread.count * (1e-13 * spread.mean) ** 2 + 1e-300
    if not bool((spread.around > rounding).all()):
        return None
    return float((1 - errors / spread.around).mean())


def evaluate(model: Any, criterion: Any, part: Part) -> Measures | None:
    """Measure a part in evaluation mode; None where there is nothing to measure."""
    if not len(part):
        return None
    was_training = model.training
    model.eval()
    found = measure(part, lambda inputs, targets: forward(model, criterion, inputs, targets))
    model.train(was_training)
    return found


@torch.no_grad()
def measure(part: Part, answer: Callable[..., Any]) -> Measures:
    """Measure what ``answer`` returns for the samples of a part: (loss, what was said, the truth), as forward does."""
    count = len(part)
    losses: list[float] = []
    weights: list[int] = []
    table: torch.Tensor | None = None
    sums: list[torch.Tensor] = []
    spread = Spread()
    classes = max(part.classes, 2)
    for start in range(0, count, part.evaluation):
        end = min(start + part.evaluation, count)
        loss, said, truth = answer(*part.batch(slice(start, end)))
        # A loss is the mean over what it compares: of texts that differ in length so many tokens.
        weights.append(end - start if said.is_floating_point() else len(truth))
        losses.append(float(loss))
        if not said.is_floating_point():
            found = torch.bincount(truth.reshape(-1) * classes + said.reshape(-1), minlength=classes * classes)
            table = found if table is None else table + found
        else:
            goal = part.unscaled(truth.detach().reshape(len(truth), -1))
            off = part.unscaled(said.detach().reshape(len(said), -1)) - goal
            new = [off.abs().sum(0), (off * off).sum(0)]
            spread.add(goal)
            sums = [a + b for a, b in zip(sums, new, strict=True)] if sums else new
    loss = sum(a * b for a, b in zip(losses, weights, strict=True)) / sum(weights)
    if table is not None:
        rows = tuple(tuple(row) for row in table.reshape(classes, classes).tolist())
        # Of a sequence every step is said.
        return Measures(loss, sum(row[k] for k, row in enumerate(rows)) / sum(map(sum, rows)), rows)
    absolute, errors = sums
    numbers = count * len(absolute)
    return Measures(
        loss,
        mae=float(absolute.sum()) / numbers,
        rmse=math.sqrt(float(errors.sum()) / numbers),
        r2=r_squared(errors, spread),
    )


def by_class(confusion: tuple[tuple[int, ...], ...]) -> list[dict[str, float | int]]:
    """Return precision, recall, F1 and support of each class; 0 where a class was never said or never there."""
    found = []
    for k, row in enumerate(confusion):
        hits, there, said = row[k], sum(row), sum(other[k] for other in confusion)
        precision, recall = hits / said if said else 0.0, hits / there if there else 0.0
        both = precision + recall
        found.append(
            {
                "precision": precision,
                "recall": recall,
                "f1": 2 * precision * recall / both if both else 0.0,
                "support": there,
            }
        )
    return found


def finite(value: float | None) -> float | None:
    """Return a number that a file can hold, or None: JSON knows no infinity and no NaN."""
    return value if value is not None and math.isfinite(value) else None


def measures_record(measures: Measures | None) -> dict[str, Any] | None:
    """Return measures as plain values, with precision, recall and F1 by class."""
    if measures is None:
        return None
    record: dict[str, Any] = {"loss": finite(measures.loss)}
    if measures.confusion is not None:
        record |= {
            "accuracy": measures.accuracy,
            "confusion": [list(row) for row in measures.confusion],
            "classes": by_class(measures.confusion),
        }
    else:
        record |= {"mae": finite(measures.mae), "rmse": finite(measures.rmse), "r2": finite(measures.r2)}
    return record
