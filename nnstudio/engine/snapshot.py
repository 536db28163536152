"""What the trainer shows of itself: frozen numbers, newest wins. No torch in here: the window reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

SHOWN = 32


@dataclass(frozen=True)
class Picture:
    """A node's output and its gradient for one sample; ``shown`` are the places taken from ``total`` numbers."""

    values: np.ndarray
    gradients: np.ndarray
    shown: np.ndarray
    total: int


@dataclass(frozen=True)
class Snapshot:
    """Where a run stands now."""

    epoch: int
    epochs: int
    batch: int
    batches: int
    updates: int
    loss: float
    samples_per_second: float
    seconds: float
    seconds_left: float | None
    device: str
    pictures: Mapping[str, Picture]
    sample: int


def sampled(total: int) -> np.ndarray:
    """Return at most SHOWN places, evenly spread over ``total``, the same every time."""
    if total <= SHOWN:
        return np.arange(total)
    return np.linspace(0, total - 1, SHOWN).round().astype(int)


def make_picture(values: np.ndarray, gradients: np.ndarray | None) -> Picture:
    """Reduce one sample's numbers to what a card can show."""
    flat = values.reshape(-1)
    shown = sampled(flat.size)
    slopes = np.zeros_like(flat) if gradients is None else gradients.reshape(-1)
    parts = [np.array(flat[shown], dtype=float), np.array(slopes[shown], dtype=float), shown]
    for part in parts:
        part.setflags(write=False)
    return Picture(parts[0], parts[1], parts[2], flat.size)
