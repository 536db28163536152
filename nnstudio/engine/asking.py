"""New samples as a network takes them: rows of a table by the names of their columns, pictures, arrays.

``known`` is what a network was fitted with (``engine.fitted``), or the same as an exported script has it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nnstudio.catalog.sources.columns import as_numbers, as_text, beside, encode
from nnstudio.catalog.sources.tokenizing import PAD, cutter, pieces, tag_row
from nnstudio.catalog.sources.treatments import PICTURE
from nnstudio.document.errors import TrainError

if TYPE_CHECKING:
    import pandas as pd

CODE = re.compile(r"0\d+")


def as_written(known: Any) -> frozenset[str]:
    """Return the columns that are read as they are written, as where they were learnt from: those of which that was
    said, and those whose names begin with zeros.
    """
    try:
        said = json.loads(known.manner.get("texts", "[]"))
    except ValueError:
        said = []
    codes = {c.name for c in known.columns if any(CODE.fullmatch(category) for category in c.categories)}
    return frozenset(codes | {name for name in said if isinstance(name, str)})


def folded(x: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Bring samples that are laid flat, or pictures without a channel axis, to the form of the training data."""
    size = int(np.prod(shape))
    return x.reshape(len(x), *shape) if x.ndim > 1 and int(np.prod(x.shape[1:])) == size else x


def empty_rows(x: np.ndarray, fill: str | tuple[str, ...]) -> np.ndarray:
    """Return the places of samples that miss a number that nothing stands for."""
    if x.dtype.kind != "f" or (fill and isinstance(fill, str)):
        return np.zeros(0, dtype=np.int64)
    holes = np.isnan(x.reshape(len(x), -1))
    if isinstance(fill, tuple):
        holes &= np.array([not one for one in fill])
    return np.flatnonzero(holes.any(axis=1))


def rows_of(
    known: Any, frame: pd.DataFrame, header: bool, folder: Path | None = None
) -> tuple[np.ndarray, tuple[str, ...], np.ndarray | None, dict[int, TrainError]]:
    """Return the samples of a table that can be answered, what they are called, the answers where the table has them,
    and by its place why a row has none. Columns are found by their names; what there is more is not looked at. Names of
    pictures lead on from ``folder``.

    Raises:
        TrainError: a column is missing, or no row can be answered.
    """
    columns = known.columns
    named = {column.name for column in columns} <= set(frame.columns)
    if not named and not known.recipe and frame.shape[1] == len(columns) and not header:
        frame = frame.set_axis([column.name for column in columns], axis=1)
    if folder is not None:
        frame = beside(frame, (column.name for column in columns if column.kind == PICTURE), folder)
    refused: dict[int, TrainError] = {}
    if len(known.shape) == 2:
        return _windows(known, frame)
    x = encode(frame, columns, refused)
    for place in empty_rows(x, known.fill):
        refused.setdefault(int(place), TrainError("predict.empty", row=int(place) + 1))
    for place in np.flatnonzero(np.isinf(x).any(axis=1)):
        refused.setdefault(int(place), TrainError("predict.infinite", row=int(place) + 1))
    if refused and len(refused) == len(x):
        raise refused[min(refused)]
    kept = [place for place in range(len(x)) if place not in refused]
    names, truth = names_of(known, frame), truth_of(known, frame)
    return x[kept], tuple(names[place] for place in kept), None if truth is None else truth[kept], refused


def _windows(
    known: Any, frame: pd.DataFrame
) -> tuple[np.ndarray, tuple[str, ...], np.ndarray | None, dict[int, TrainError]]:
    """Every stretch of rows that is as long as a sample, called by its last row; those with an empty cell are refused.

    Raises:
        TrainError: a column is missing, there are too few rows, or every stretch has an empty cell.
    """
    length = known.shape[0]
    values = encode(frame, known.columns, {})
    if len(values) < length:
        raise TrainError("predict.short", count=len(values), wanted=length)
    ends = np.arange(length - 1, len(values))
    x = values[ends[:, None] - np.arange(length - 1, -1, -1)[None, :]]
    whole = np.isfinite(x).all(axis=(1, 2))
    refused = {int(end): TrainError("predict.empty", row=int(end) + 1) for end in ends[~whole]}
    if not whole.any():
        raise refused[min(refused)]
    names = names_of(known, frame)
    return x[whole], tuple(names[end] for end in ends[whole]), None, refused


def names_of(known: Any, frame: pd.DataFrame) -> list[str]:
    """What rows are called: as the id column says, where there is one, or by their number."""
    name = known.manner.get("ids", "")
    if name not in frame.columns:
        return [str(i + 1) for i in range(len(frame))]
    return [str(i + 1) if cell is None or cell != cell else as_text(cell) for i, cell in enumerate(frame[name])]


def label_of(classes: Sequence[str], said: Any) -> str:
    """Return what is said of a sample in words: its class, or those of all its tokens."""
    return " ".join(classes[int(k)] for k in np.atleast_1d(said) if k >= 0)


def tagged(given: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the class of every token by scores or chances (N, T, K), -1 where a text has none, and the mean of what
    its tokens got, (N, 1).
    """
    there = x.reshape(given.shape[:2]) != PAD
    said = np.where(there, given.argmax(axis=2), -1)
    return said, ((given.max(axis=2) * there).sum(axis=1) / np.maximum(there.sum(axis=1), 1))[:, None]


def truth_of(known: Any, frame: pd.DataFrame) -> np.ndarray | None:
    """The answers where every row has one: class numbers (rows,) or values (rows, k)."""
    targets = known.targets
    if not targets or not set(targets) <= set(frame.columns) or len(set(targets)) < len(targets):
        return None
    if known.classes:
        order = {name: place for place, name in enumerate(known.classes)}
        if known.tags:
            return _tags(known, frame, order)
        cells = (as_text(cell) for cell in frame[targets[0]])
        places = [order.get(cell, -1) for cell in cells]
        return np.array(places) if min(places, default=-1) >= 0 else None
    values = np.stack([as_numbers(frame[name]).to_numpy(dtype=np.float64) for name in targets], axis=1)
    return values if np.isfinite(values).all() else None


def _tags(known: Any, frame: pd.DataFrame, order: Mapping[str, int]) -> np.ndarray | None:
    """The classes of all tokens (rows, T), -1 where there is none; None where a row has other labels."""
    column, cut = known.columns[0], cutter(known.columns[0].form)
    rows = []
    for text, label in zip(frame[column.name], frame[known.targets[0]], strict=True):
        count = len(pieces(cut.kind, as_text(text)))
        rows.append(tag_row(as_text(label), count, order, column.width))
        if sum(k >= 0 for k in rows[-1]) != min(count, column.width):
            return None
    return np.array(rows)


def picture_form(shape: tuple[int, ...]) -> tuple[int, int] | None:
    """Return (side, channels) of samples that are square pictures, laid flat or not; None where they are none."""
    if len(shape) == 1 and int(shape[0] ** 0.5) ** 2 == shape[0]:
        return int(shape[0] ** 0.5), 1
    if len(shape) == 3 and shape[1] == shape[2] and shape[0] in (1, 3):
        return shape[1], shape[0]
    return None


def from_pictures(known: Any, pixels: np.ndarray) -> np.ndarray:
    """Bytes of pictures (N, channels, side, side) as samples."""
    # Data whose brightest value is small (8 × 8 digits: 16) is on a scale of its own.
    x = pixels if known.pixels else pixels.astype(np.float64) * (known.top / 255.0)
    return x.reshape(len(pixels), *known.shape)
