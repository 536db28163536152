"""Split, scale and shape the samples."""

from __future__ import annotations

import contextlib
import ctypes
import queue
import sys
import threading
import time
import weakref
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from nnstudio.catalog.parting import Split
from nnstudio.engine.runtime.device import fits
from nnstudio.engine.runtime.scaling import Scaler, fit_scaler, sample_tensor

# The bytes of an epoch's samples that are put in order at once; more are no quicker so.
AT_ONCE = 2**24
# Of streamed batches so many lie in memory at once.
ROOMS = 3
# Pieces of memory of so many bytes are large.
LARGE = 2**20
# Seconds after which a thread that reads ahead goes, when nothing is asked for.
IDLE = 0.5
# Seconds that are waited for its end; reading a batch takes less.
GOODBYE = 5.0


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

    def batch(
        self, places: Any, read: Sequence[torch.Tensor] = ()
    ) -> tuple[tuple[torch.Tensor, ...], tuple[torch.Tensor, ...]]:
        """Return (what the model is called with, targets) of the samples at some places. ``read`` is what was read of
        those that are streamed, in their order.
        """
        home = self.home
        if home is None:
            return (*self.shared, *(t[places] for t in self.inputs)), tuple(t[places] for t in self.targets)
        here = places.cpu() if isinstance(places, torch.Tensor) else places
        ready = iter(read)
        inputs, targets = (
            tuple(sent(next(ready) if read and isinstance(t, Streamed) else t[here], home) for t in side)
            for side in (self.inputs, self.targets)
        )
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

    def room(self, count: int) -> torch.Tensor:
        """Return room for so many samples."""
        return torch.empty((count, *self.shape[1:]), dtype=self.dtype)

    def fill(self, places: torch.Tensor, room: torch.Tensor) -> None:
        """Read the samples at some places into a tensor that is there."""
        sample_tensor(self._x, self._rows[places.numpy()], self._scaler, self.dtype, room)

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


def give_back_large() -> None:
    """Let Linux give large pieces of memory back at once: kept for later they are hardly ever used again, and a run
    over large samples would take more and more (glibc's M_MMAP_THRESHOLD).
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).mallopt(-3, LARGE)


class Reader:
    """A thread that reads streamed samples of a part while something else is done. The room for them is used again and
    again: memory that one thread takes and another one leaves hardly ever is. What was read stays until the batch
    after the next is asked for.
    """

    def __init__(self, part: Part) -> None:
        self.streams = [t for t in (*part.inputs, *part.targets) if isinstance(t, Streamed)]
        # By the size of a batch, in turns: one is at work, one is read into.
        self._rooms: dict[int, list[list[torch.Tensor]]] = {}
        self._wanted: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._given: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        # A thread that is still there when Python ends would bring the process down.
        weakref.finalize(self, _ended, self._wanted, self._threads)
        give_back_large()

    def _awake(self) -> None:
        if not any(thread.is_alive() for thread in self._threads):
            arguments = self.streams, self._wanted, self._given
            self._threads[:] = [threading.Thread(target=_reads, args=arguments, name="reader", daemon=True)]
            self._threads[0].start()

    def begin(self, places: torch.Tensor) -> None:
        """Begin to read the samples at some places."""
        count = len(places)
        if count not in self._rooms:
            self._rooms = {count: [[stream.room(count) for stream in self.streams] for _ in range(ROOMS)]}
        rooms = self._rooms[count]
        rooms.append(rooms.pop(0))
        self._wanted.put((places, rooms[-1]))
        self._awake()

    def taken(self) -> list[torch.Tensor]:
        """Wait for what was begun; nothing where it could not be read."""
        while True:
            try:
                return self._given.get(timeout=IDLE)  # type: ignore[no-any-return]
            except queue.Empty:
                # It may have gone to sleep at the very moment when it was asked.
                self._awake()


def _reads(streams: list[Streamed], wanted: queue.SimpleQueue[Any], given: queue.SimpleQueue[Any]) -> None:
    """What the thread does: it fills the rooms that it is given, in turn."""
    while True:
        try:
            asked = wanted.get(timeout=IDLE)
        except queue.Empty:
            # A run that waits, or is over, has no thread.
            return
        if asked is None:
            return
        places, rooms = asked
        try:
            for stream, room in zip(streams, rooms, strict=True):
                stream.fill(places, room)
        except (OSError, RuntimeError, ValueError, IndexError, MemoryError):
            # It is read once more where it is wanted, and fails there.
            rooms = []
        given.put(rooms)


def _ended(wanted: queue.SimpleQueue[Any], threads: Sequence[threading.Thread]) -> None:
    """Let the thread of a reader end, and wait for it."""
    wanted.put(None)
    for thread in threads:
        thread.join(GOODBYE)


class InOrder:
    """The samples of a part in some order; few of them are gathered once, many batch by batch. Those that are streamed
    are read ahead by a batch.
    """

    def __init__(self, part: Part, order: torch.Tensor) -> None:
        self._part, self._order = part, order if part.home is None else order.cpu()
        self._streamed = next((t for t in part.inputs if isinstance(t, Streamed)), None)
        self._reader = Reader(part) if self._streamed is not None else None
        self._ahead: tuple[int, int] | None = None
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
        assert self._reader is not None
        began = time.perf_counter()
        ahead, self._ahead = self._ahead, None
        read = self._reader.taken() if ahead is not None else []
        # What was not read ahead, or could not be, is read here, and fails here.
        batch = self._part.batch(self._order[start:end], read if ahead == (start, end) else ())
        streamed.waited += time.perf_counter() - began
        after = min(2 * end - start, len(self._order))
        if after > end:
            self._ahead = end, after
            self._reader.begin(self._order[end:after])
        return batch


def read_csv(path: Path, targets: int, keys: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Read a table with a header: the numbers, the last ``targets`` columns, and with ``keys`` what the first column
    says for the split.
    """
    table = np.loadtxt(path, delimiter=",", skiprows=1, ndmin=2, comments=None, encoding="utf-8")
    return table[:, keys:-targets], table[:, -targets:], table[:, 0] if keys else None


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
