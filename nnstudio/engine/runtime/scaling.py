"""Fill and scale samples by what the training part tells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

# So many samples of a file tell how all are scaled; of rows of numbers so many, but no more numbers than these.
LOOKED_AT, ROWS_LOOKED_AT, NUMBERS_LOOKED_AT = 2_000, 200_000, 2**23


@dataclass(frozen=True)
class Scaler:
    """What was fitted on the training part: what stands for a missing number, and (x − shift) / spread."""

    fill: np.ndarray | None
    shift: np.ndarray
    spread: np.ndarray

    def apply(self, x: np.ndarray) -> np.ndarray:
        """Return samples filled and scaled, as float64."""
        x = x.astype(np.float64)
        if self.fill is not None:
            x = np.where(np.isnan(x), self.fill, x)
        scaled: np.ndarray = (x - self.shift) / self.spread
        return scaled


def chunks(rows: np.ndarray, size: int, most: int = 2**22) -> Iterator[np.ndarray]:
    """Cut row numbers into pieces of about four million numbers, so that a large set is never held twice."""
    step = max(1, most // max(1, size))
    for start in range(0, len(rows), step):
        yield rows[start : start + step]


def most_frequent(column: np.ndarray) -> float:
    """Return the value that occurs most often; the smallest of them when several do; 0 for an empty column."""
    values, counts = np.unique(column[~np.isnan(column)], return_counts=True)
    return float(values[counts.argmax()]) if len(values) else 0.0


def fit_scaler(
    x: np.ndarray, rows: np.ndarray, scaling: str | tuple[str, ...], axis: int | None, fill: str | tuple[str, ...]
) -> Scaler:
    """Fit on the training rows alone. ``axis`` is the axis whose places have a scale each; None: one scale for all.

    "standard": mean 0 and spread 1; "minmax": from 0 to 1; "none". Of samples in a file some, evenly spread, are looked
    at: LOOKED_AT or ROWS_LOOKED_AT. What is constant keeps its scale. ``fill`` is what
    stands for a missing number: "mean", "most_frequent", "zero", or "" where none is missing. Of rows of numbers both
    may be said for each.
    """
    if isinstance(x, np.memmap) and x.ndim == 2:
        some = max(LOOKED_AT, min(ROWS_LOOKED_AT, NUMBERS_LOOKED_AT // x.shape[1]))
        seen = np.sort(rows)[:: max(1, len(rows) // some)]
        x, rows = np.array(x[seen]), np.arange(len(seen))
    if isinstance(scaling, tuple) or isinstance(fill, tuple):
        width = x.shape[1]
        scalings = scaling if isinstance(scaling, tuple) else (scaling,) * width
        fills = fill if isinstance(fill, tuple) else (fill,) * width
        each = [fit_scaler(x[:, k : k + 1], rows, scalings[k], axis, fills[k]) for k in range(width)]
        none = np.full((1, 1), np.nan)
        stands = np.concatenate([none if one.fill is None else one.fill for one in each], axis=1)
        return Scaler(
            None if np.isnan(stands).all() else stands,
            np.concatenate([one.shift for one in each], axis=1),
            np.concatenate([one.spread for one in each], axis=1),
        )
    if isinstance(x, np.memmap):
        rows = rows[:: max(1, len(rows) // LOOKED_AT)]
    over = tuple(a for a in range(x.ndim) if a != axis)
    shape = tuple(n if a == axis else 1 for a, n in enumerate(x.shape))
    size = int(np.prod(x.shape[1:]))
    instead: np.ndarray | None = None
    if fill == "most_frequent":
        columns = x[rows].reshape(len(rows), size)
        instead = np.array([most_frequent(columns[:, i]) for i in range(size)]).reshape(1, *x.shape[1:])
    elif fill == "zero":
        instead = np.zeros((1, *x.shape[1:]))
    elif fill:
        seen = x[rows]
        count = (~np.isnan(seen)).sum(axis=0, keepdims=True)
        instead = np.nansum(seen, axis=0, keepdims=True) / np.maximum(count, 1)
    plain = Scaler(instead, np.zeros(shape), np.ones(shape))
    if scaling == "none" or not len(rows):
        return plain
    count = len(rows) * size // int(np.prod(shape))
    if scaling == "minmax":
        parts = [plain.apply(x[piece]) for piece in chunks(rows, size)]
        low = np.min([part.min(axis=over, keepdims=True) for part in parts], axis=0)
        spread = np.max([part.max(axis=over, keepdims=True) for part in parts], axis=0) - low
    else:
        low = sum(plain.apply(x[piece]).sum(axis=over, keepdims=True) for piece in chunks(rows, size)) / count
        squares = sum(
            ((plain.apply(x[piece]) - low) ** 2).sum(axis=over, keepdims=True) for piece in chunks(rows, size)
        )
        spread = np.sqrt(squares / count)
        if (spread < 1e-8 * np.abs(low)).any():
            # The mean of equal numbers is rounded: what is left of them, or of numbers that are equal but for rounding,
            # is no spread.
            least = np.min(
                [plain.apply(x[piece]).min(axis=over, keepdims=True) for piece in chunks(rows, size)], axis=0
            )
            most = np.max([plain.apply(x[piece]).max(axis=over, keepdims=True) for piece in chunks(rows, size)], axis=0)
            equal = most - least <= 4 * np.finfo(np.float64).eps * np.abs(low)
            low, spread = np.where(equal, least, low), np.where(equal, 0.0, spread)
    return Scaler(instead, low, np.where(spread > 0, spread, 1.0))


def sample_tensor(
    x: np.ndarray, rows: np.ndarray, scaler: Scaler | None, dtype: torch.dtype, room: torch.Tensor | None = None
) -> torch.Tensor:
    """Return some rows as a tensor, filled and scaled; without a scaler they are tokens, whole numbers. With ``room``
    they are written there.
    """
    if scaler is None:
        found = torch.tensor(x[rows], dtype=torch.int64)
        return found if room is None else room.copy_(found)
    result = torch.empty((len(rows), *x.shape[1:]), dtype=dtype) if room is None else room
    start = 0
    # What a thread reads ahead goes through small pieces: it gives no large ones back.
    for piece in chunks(rows, int(np.prod(x.shape[1:])), 2**22 if room is None else 2**18):
        result[start : start + len(piece)] = torch.from_numpy(scaler.apply(x[piece]))
        start += len(piece)
    return result
