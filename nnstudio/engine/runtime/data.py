"""Split, scale and shape the samples."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch


@dataclass(frozen=True)
class Part:
    """Samples as tensors: what the model is called with, what the loss compares with."""

    inputs: tuple[torch.Tensor, ...]
    targets: tuple[torch.Tensor, ...]
    rows: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.rows)


def read_csv(path: Path, targets: int) -> tuple[np.ndarray, np.ndarray]:
    """Read a table with a header; the last ``targets`` columns are the targets."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = [[float(cell) for cell in row] for row in list(csv.reader(file))[1:]]
    table = np.array(rows, dtype=np.float64)
    return table[:, :-targets], table[:, -targets:]


def split_rows(count: int, share: float, seed: int, labels: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Return the row numbers of the training and the validation part, each in order.

    With class labels every class gives the same share to validation (stratified).
    """
    draw = np.random.default_rng(seed)
    groups = [np.arange(count)] if labels is None else [np.flatnonzero(labels == name) for name in np.unique(labels)]
    kept = [draw.permutation(group)[: round(len(group) * share)] for group in groups]
    held = np.zeros(count, dtype=bool)
    held[np.concatenate(kept).astype(int)] = True
    return np.flatnonzero(~held), np.flatnonzero(held)


def fit_standard(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and spread of each column; a constant column keeps its scale."""
    spread = x.std(axis=0)
    return x.mean(axis=0), np.where(spread > 0, spread, 1.0)


def shape_target(y: np.ndarray, form: str, classes: int, dtype: torch.dtype) -> torch.Tensor:
    """Return the targets as the loss wants them.

    "index": class numbers (N,); "one_hot": (N, classes); "column": (N, 1) of 0 and 1; "values": (N, k).
    """
    if form == "index":
        return torch.tensor(y.reshape(-1), dtype=torch.int64)
    if form == "one_hot":
        return torch.nn.functional.one_hot(torch.tensor(y.reshape(-1), dtype=torch.int64), classes).to(dtype)
    return torch.tensor(y.reshape(len(y), -1), dtype=dtype)


def prepare_data(
    x: np.ndarray,
    y: np.ndarray,
    *,
    validation: float,
    scaling: str,
    split_seed: int,
    classes: int,
    uses_x: bool,
    forms: tuple[str, ...],
    dtype: torch.dtype,
    device: torch.device,
) -> tuple[Part, Part]:
    """Return the training and the validation part; scaling is fitted on the training part alone."""
    train_rows, validation_rows = split_rows(len(x), validation, split_seed, y.reshape(-1) if classes else None)
    if scaling == "standard" and len(train_rows):
        mean, spread = fit_standard(x[train_rows])
        x = (x - mean) / spread
    samples = torch.tensor(x, dtype=dtype)
    targets = [samples if form == "input" else shape_target(y, form, classes, dtype) for form in forms]

    def part(rows: np.ndarray) -> Part:
        pick = torch.tensor(rows, dtype=torch.int64)
        return Part(
            tuple(tensor[pick].to(device) for tensor in ([samples] if uses_x else [])),
            tuple(tensor[pick].to(device) for tensor in targets),
            tuple(int(row) for row in rows),
        )

    return part(train_rows), part(validation_rows)
