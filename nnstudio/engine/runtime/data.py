"""Split, scale and shape the samples."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from nnstudio.engine.runtime.device import fits
from nnstudio.engine.runtime.parting import Split

# The bytes of an epoch's samples that are put in order at once; more are no quicker so.
AT_ONCE = 2**24
# So many samples of a file tell how all are scaled.
LOOKED_AT = 2000


@dataclass(frozen=True)
class Part:
    """Samples as tensors: what the model is called with, what the loss compares with.

    ``shared`` goes to the model before the inputs, whole, with every batch: the graph that the samples are nodes of.
    ``evaluation`` is how many samples are measured at once. ``unit`` is (shift, spread) of targets that were scaled and
    are measured in their own units. ``chances`` are those of a sample to be drawn. ``home`` is where batches are copied
    to, of samples that do not fit there all at once.
    """

    inputs: tuple[Any, ...]
    targets: tuple[torch.Tensor, ...]
    rows: tuple[int, ...]
    shared: tuple[torch.Tensor, ...] = ()
    classes: int = 0
    evaluation: int = 4096
    unit: tuple[torch.Tensor, torch.Tensor] | None = None
    home: torch.device | None = None
    chances: torch.Tensor | None = None

    def unscaled(self, values: torch.Tensor) -> torch.Tensor:
        """Return values of the target, or answers to it, (rows, outputs) in the target's own units, as float64."""
        values = (values.cpu() if values.device.type == "mps" else values).to(torch.float64)
        return values if self.unit is None else values * self.unit[1] + self.unit[0]

    def __len__(self) -> int:
        return len(self.rows)

    def batch(self, places: Any) -> tuple[tuple[torch.Tensor, ...], tuple[torch.Tensor, ...]]:
        """Return (what the model is called with, targets) of the samples at some places."""
        home = self.home
        if home is None:
            return (*self.shared, *(t[places] for t in self.inputs)), tuple(t[places] for t in self.targets)
        here = places.cpu() if isinstance(places, torch.Tensor) else places
        inputs, targets = (tuple(sent(t[here], home) for t in side) for side in (self.inputs, self.targets))
        return (*self.shared, *inputs), targets

    @property
    def device(self) -> torch.device:
        """Where batches lie."""
        return self.home or (self.inputs or self.targets)[0].device


def sent(tensor: torch.Tensor, home: torch.device) -> torch.Tensor:
    """Copy a tensor to a device; to a CUDA GPU while the processor already goes on."""
    return (tensor.pin_memory() if home.type == "cuda" else tensor).to(home, non_blocking=True)


class Streamed:
    """Samples that are read from a file and scaled as they are wanted; ``waited`` are the seconds that was waited for
    them. As far as it is used it is a tensor.
    """

    def __init__(self, x: np.ndarray, rows: np.ndarray, scaler: Scaler | None, dtype: torch.dtype) -> None:
        self._x, self._rows, self._scaler = x, rows, scaler
        self.dtype = torch.int64 if scaler is None else dtype
        self.shape = torch.Size((len(rows), *x.shape[1:]))
        self.ndim, self.device, self.waited = x.ndim, torch.device("cpu"), 0.0

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, places: Any) -> torch.Tensor:
        rows = self._rows[places.cpu().numpy() if isinstance(places, torch.Tensor) else places]
        found = sample_tensor(self._x, np.atleast_1d(rows), self._scaler, self.dtype)
        return found[0] if np.ndim(rows) == 0 else found

    def is_floating_point(self) -> bool:
        """Whether samples are numbers, and no tokens."""
        return self.dtype.is_floating_point

    def numel(self) -> int:
        """How many numbers all samples are."""
        return self.shape.numel()

    def element_size(self) -> int:
        """The bytes of a number."""
        return self.dtype.itemsize

    def to(self, device: Any) -> Streamed:
        """Stay where it is: batches are copied."""
        return self


class InOrder:
    """The samples of a part in some order; few of them are gathered once, many batch by batch. Those that are streamed
    are read ahead by a batch.
    """

    def __init__(self, part: Part, order: torch.Tensor) -> None:
        self._part, self._order = part, order if part.home is None else order.cpu()
        self._streamed = next((t for t in part.inputs if isinstance(t, Streamed)), None)
        self._ahead: tuple[int, int, threading.Thread, list[Any]] | None = None
        size = sum(t[:1].numel() * t.element_size() for t in (*part.inputs, *part.targets)) * len(order)
        self._once = size <= AT_ONCE and part.home is None
        if self._once:
            self._inputs = tuple(t[order] for t in part.inputs)
            self._targets = tuple(t[order] for t in part.targets)

    def batch(self, start: int, end: int) -> tuple[tuple[torch.Tensor, ...], tuple[torch.Tensor, ...]]:
        """Return what :meth:`Part.batch` does for the samples from one place to another in the order."""
        if self._streamed is not None:
            return self._read(self._streamed, start, end)
        if not self._once:
            return self._part.batch(self._order[start:end])
        inputs, targets = [t[start:end] for t in self._inputs], [t[start:end] for t in self._targets]
        return (*self._part.shared, *inputs), (*targets,)

    def _read(
        self, streamed: Streamed, start: int, end: int
    ) -> tuple[tuple[torch.Tensor, ...], tuple[torch.Tensor, ...]]:
        began = time.perf_counter()
        ahead, self._ahead, found = self._ahead, None, []
        if ahead is not None and ahead[:2] == (start, end):
            ahead[2].join()
            found = ahead[3]
        # What could not be read ahead is read here, and fails here.
        batch = found[0] if found else self._part.batch(self._order[start:end])
        streamed.waited += time.perf_counter() - began
        after = min(2 * end - start, len(self._order))
        if after > end:
            given: list[Any] = []
            places = self._order[end:after]
            thread = threading.Thread(target=lambda: given.append(self._part.batch(places)), name="reader", daemon=True)
            self._ahead = end, after, thread, given
            thread.start()
        return batch


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


def read_csv(path: Path, targets: int, keys: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Read a table with a header: the numbers, the last ``targets`` columns, and with ``keys`` what the first column
    says for the split.
    """
    table = np.loadtxt(path, delimiter=",", skiprows=1, ndmin=2, comments=None, encoding="utf-8")
    return table[:, keys:-targets], table[:, -targets:], table[:, 0] if keys else None


def split_rows(
    count: int, share: float, seed: int, labels: np.ndarray | None = None, ordered: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Return the row numbers of the training and the validation part where there is no test part."""
    kind = "ordered" if ordered else "stratified"
    return Split(kind, share, seed=seed).parts(count, labels)[:2]


def chunks(rows: np.ndarray, size: int) -> Iterator[np.ndarray]:
    """Cut row numbers into pieces of about four million numbers, so that a large set is never held twice."""
    step = max(1, 2**22 // max(1, size))
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
    at: LOOKED_AT. What is constant keeps its scale. ``fill`` is what
    stands for a missing number: "mean", "most_frequent", "zero", or "" where none is missing. Of rows of numbers both
    may be said for each.
    """
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


def sample_tensor(x: np.ndarray, rows: np.ndarray, scaler: Scaler | None, dtype: torch.dtype) -> torch.Tensor:
    """Return some rows as a tensor, filled and scaled; without a scaler they are tokens, whole numbers."""
    if scaler is None:
        return torch.tensor(x[rows], dtype=torch.int64)
    result = torch.empty((len(rows), *x.shape[1:]), dtype=dtype)
    start = 0
    for piece in chunks(rows, int(np.prod(x.shape[1:]))):
        result[start : start + len(piece)] = torch.from_numpy(scaler.apply(x[piece]))
        start += len(piece)
    return result


def shape_target(y: np.ndarray, form: str, classes: int, dtype: torch.dtype) -> torch.Tensor:
    """Return the targets as the loss wants them.

    "index": class numbers (N,); "steps": class numbers (N, T); "one_hot": (N, classes); "column": (N, 1) of 0 and 1;
    "values": (N, k).
    """
    if form == "index":
        return torch.tensor(y.reshape(-1), dtype=torch.int64)
    if form == "steps":
        return torch.tensor(y, dtype=torch.int64)
    if form == "one_hot":
        return torch.nn.functional.one_hot(torch.tensor(y.reshape(-1), dtype=torch.int64), classes).to(dtype)
    return torch.tensor(y, dtype=dtype)


def prepare_data(
    x: np.ndarray,
    y: np.ndarray,
    *,
    split: Split,
    scaling: str | tuple[str, ...],
    scale_axis: int | None,
    target_scaling: str,
    undo: bool,
    fill: str | tuple[str, ...],
    tokens: bool,
    classes: int,
    evaluation: int,
    uses: tuple[str, ...],
    forms: tuple[str, ...],
    dtype: torch.dtype,
    device: torch.device,
    adjacency: np.ndarray | None = None,
    keys: np.ndarray | None = None,
    held: str = "validation",
    balance: bool = False,
) -> tuple[Part, Part]:
    """Return the training and the validation part, or with ``held`` "test" that one in its place; scaling is fitted on
    the training part alone. ``keys`` say the order, the group or the part of each row where ``split`` goes by them.

    ``target_scaling`` scales targets that are numbers, column by column; with ``undo`` they are measured in their own
    units. With ``balance`` every class of the training part is drawn as often. ``uses`` names what the model takes: "x"
    and, for a graph whose nodes are the samples, "adjacency" and "rows".
    """
    y = y.reshape(len(y), -1)
    training, validation, test = split.parts(len(x), y.reshape(-1) if classes and y.shape[1] == 1 else None, keys)
    split_at = (training, test if held == "test" else validation)
    scaler = None if tokens else fit_scaler(x, split_at[0], scaling, scale_axis, fill)
    unit: tuple[torch.Tensor, torch.Tensor] | None = None
    if target_scaling != "none" and not classes:
        own_unit = fit_scaler(y, split_at[0], target_scaling, 1, "")
        y = own_unit.apply(y)
        if undo:
            place = torch.device("cpu") if device.type == "mps" else device
            unit = (torch.tensor(own_unit.shift, device=place), torch.tensor(own_unit.spread, device=place))
    whole: dict[str, torch.Tensor] = {}
    if adjacency is not None:
        whole["x"] = sample_tensor(x, np.arange(len(x)), scaler, dtype).to(device)
        whole["adjacency"] = torch.tensor(adjacency, dtype=dtype, device=device)

    def sides(rows: np.ndarray) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
        own: dict[str, torch.Tensor] = {"rows": torch.tensor(rows, dtype=torch.int64)}
        if adjacency is None and ("x" in uses or "input" in forms):
            later = isinstance(x, np.memmap)
            own["x"] = (Streamed if later else sample_tensor)(x, rows, scaler, dtype)  # type: ignore[assignment]
        targets = [own["x"] if form == "input" else shape_target(y[rows], form, classes, dtype) for form in forms]
        return [own[name] for name in uses if name not in whole], targets

    given = [sides(rows) for rows in split_at]
    size = sum(t.numel() * t.element_size() for pair in given for side in pair for t in side)
    there = not isinstance(x, np.memmap) and fits(size, device)
    parts = [
        Part(
            tuple(tensor.to(device) if there else tensor for tensor in inputs),
            tuple(tensor.to(device) if there else tensor for tensor in targets),
            tuple(int(row) for row in rows),
            tuple(whole[name] for name in uses if name in whole),
            classes,
            evaluation,
            unit,
            None if there else device,
        )
        for rows, (inputs, targets) in zip(split_at, given, strict=True)
    ]
    if balance and classes and y.shape[1] == 1:
        labels = y[split_at[0]].reshape(-1).astype(np.int64)
        counts = np.bincount(labels, minlength=classes)
        return replace(parts[0], chances=torch.from_numpy(1.0 / counts[labels])), parts[1]
    return parts[0], parts[1]
