"""A run on disk: everything it is made of between two batches, so that it goes on as if the program had never
stopped.
"""

from __future__ import annotations

import io
import math
import pickle
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from nnstudio.document.disk import write_atomically
from nnstudio.document.errors import TrainError
from nnstudio.engine.clock import Clock
from nnstudio.engine.lines import Lines
from nnstudio.engine.past import Frame, Past
from nnstudio.engine.runtime.training import Epoch, Progress, epoch_record

VERSION = 1
MOST_THREADS = 256
# What torch tells of a loss scaler.
SCALER = frozenset(("scale", "growth_factor", "backoff_factor", "growth_interval", "_growth_tracker"))


def save_frame(path: Path, frame: Frame) -> None:
    """Write a state; plain values and tensors only.

    Raises:
        ProjectFileError: the file cannot be written.
    """
    progress = {name: getattr(frame.progress, name) for name in frame.progress.__dataclass_fields__}
    plain: dict[str, Any] = {
        "version": VERSION,
        "updates": frame.updates,
        "model": frame.model,
        "optimizer": frame.optimizer,
        "schedule": _plain(frame.schedule),
        "progress": progress,
        "random": tuple(frame.random),
        "clock": frame.clock,
        "history": {
            name: torch.tensor(column, dtype=torch.float64) for name, column in frame.history.columns().items()
        },
        "size": frame.size,
        "threads": frame.threads,
        "scaler": frame.scaler,
    }
    buffer = io.BytesIO()
    torch.save(plain, buffer)
    write_atomically(path, buffer.getvalue())


def _plain(schedule: dict[str, Any] | None) -> dict[str, Any] | None:
    """A schedule's state without what is no value: functions are made anew."""
    if schedule is None:
        return None
    return {
        key: _plain(value) if isinstance(value, dict) else value
        for key, value in schedule.items()
        if isinstance(value, int | float | str | list | tuple | dict | None.__class__) and key != "lr_lambdas"
    }


def _threads(frame: Mapping[str, Any]) -> int:
    """The cores of a run; files of earlier versions do not tell."""
    threads = int(frame.get("threads", 0))
    return threads if 0 <= threads <= MOST_THREADS else 0


def _scaler(frame: Mapping[str, Any]) -> dict[str, Any] | None:
    """The state of a loss scaler; files of earlier versions do not tell.

    Raises:
        ValueError: it is none.
    """
    given = frame.get("scaler")
    if given is None:
        return None
    found = {str(name): value for name, value in dict(given).items()}
    if set(found) != SCALER or not all(
        type(value) in (int, float) and math.isfinite(value) and value >= 0 for value in found.values()
    ):
        raise ValueError("its loss scale is none")
    return found


def load_past(path: Path) -> Past:
    """Read a state back as a past of one frame; a file made by a stranger is read as data, never run.

    Raises:
        TrainError: the file cannot be read, or is no such state.
    """
    try:
        plain = torch.load(path, map_location="cpu", weights_only=True)
        if plain["version"] != VERSION:
            raise ValueError(f"version {plain['version']}")
        frame = Frame(
            int(plain["updates"]),
            dict(plain["model"]),
            plain["optimizer"],
            plain["schedule"],
            Progress(**plain["progress"]),
            tuple(plain["random"]),
            tuple(plain["clock"]),
            Lines.of({name: column.tolist() for name, column in plain["history"].items()}),
            int(plain["size"]),
            threads=_threads(plain),
            scaler=_scaler(plain),
        )
    except (
        OSError,
        RuntimeError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        EOFError,
        pickle.UnpicklingError,
        zipfile.BadZipFile,
    ) as error:
        raise TrainError("run.no_checkpoint", detail=str(error).split("\n")[0][:120]) from None
    return Past.of([frame], [], [])


# -- in a project's file: JSON and named arrays ------------------------------------------------------

MOST_DEPTH = 12
# What a line of the history has, and how many numbers tell where a run stands.
LINE = frozenset(epoch_record(Epoch(0, 0.0, None, None, None, 0.0, 0)))
PLACES = len(Clock().place())
ODD_NUMBERS = {"inf": math.inf, "-inf": -math.inf, "nan": math.nan}


def to_parts(past: Past) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Return a past as plain JSON values and the arrays that these name."""
    arrays: dict[str, np.ndarray] = {}
    # One history for all states: an earlier one is its beginning.
    columns = past.frames[-1].history.columns()
    frames = [
        {
            "updates": frame.updates,
            "model": frame.model,
            "optimizer": frame.optimizer,
            "schedule": _plain(frame.schedule),
            "progress": {name: getattr(frame.progress, name) for name in frame.progress.__dataclass_fields__},
            "random": frame.random,
            "clock": frame.clock,
            "lines": len(frame.history),
            "size": frame.size,
            "threads": frame.threads,
            "scaler": frame.scaler,
        }
        for frame in past.frames
    ]
    plain = {
        "version": VERSION,
        "frames": frames,
        "sizes": past.sizes,
        "breaks": past.breaks,
        "history": {name: torch.tensor(column, dtype=torch.float64) for name, column in columns.items()},
    }
    return {"run": _pack(plain, arrays)}, arrays


def _pack(value: Any, arrays: dict[str, np.ndarray]) -> Any:
    """A value as JSON has it: tensors by name, and with what JSON does not know (tuples, keys that are numbers,
    infinity).
    """
    if isinstance(value, torch.Tensor):
        name = f"t{len(arrays)}"
        arrays[name] = value.detach().cpu().numpy().copy()
        return {"tensor": name}
    if isinstance(value, Mapping):
        return {"map": [[key, _pack(item, arrays)] for key, item in value.items()]}
    if isinstance(value, tuple):
        return {"tuple": [_pack(item, arrays) for item in value]}
    if isinstance(value, list):
        return [_pack(item, arrays) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return {"number": str(value)}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"a run holds {type(value).__name__}")


def _unpack(value: Any, arrays: Mapping[str, np.ndarray], depth: int = 0) -> Any:
    if depth > MOST_DEPTH:
        raise ValueError("too deeply nested")
    if isinstance(value, Mapping):
        ((kind, inner),) = value.items()
        if kind == "tensor":
            return torch.from_numpy(np.array(arrays[inner]))
        if kind == "map":
            return {key: _unpack(item, arrays, depth + 1) for key, item in inner}
        if kind == "tuple":
            return tuple(_unpack(item, arrays, depth + 1) for item in inner)
        return ODD_NUMBERS[inner] if kind == "number" else inner[kind]
    if isinstance(value, list | tuple):
        return [_unpack(item, arrays, depth + 1) for item in value]
    return value


def of_parts(plain: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Past:
    """Read a past back; values are checked as far as loading them into a run needs it.

    Raises:
        TrainError: it is no such past.
    """
    try:
        whole = _unpack(plain["run"], arrays)
        if whole["version"] != VERSION:
            raise ValueError(f"version {whole['version']}")
        columns = {str(name): column.tolist() for name, column in whole["history"].items()}
        lines = {len(column) for column in columns.values()}
        if columns and (set(columns) != LINE or len(lines) > 1):
            raise ValueError("the history is not whole")
        frames = [
            Frame(
                int(f["updates"]),
                dict(f["model"]),
                f["optimizer"],
                f["schedule"],
                Progress(**f["progress"]),
                tuple(f["random"]),
                tuple(f["clock"]),
                Lines.of({name: column[: int(f["lines"])] for name, column in columns.items()}),
                int(f["size"]),
                threads=_threads(f),
                scaler=_scaler(f),
            )
            for f in whole["frames"]
        ]
        sizes, breaks = [int(size) for size in whole["sizes"]], [int(place) for place in whole["breaks"]]
        if not all(isinstance(tensor, torch.Tensor) for frame in frames for tensor in frame.model.values()):
            raise ValueError("a weight is no array")
        if not all(
            len(frame.clock) == PLACES
            and all(isinstance(n, int | float) for n in frame.clock)
            and frame.progress.epoch >= 1
            for frame in frames
        ):
            raise ValueError("its place is not known")
        if (
            not frames
            or len(frames) > 2
            or frames[-1].updates - frames[0].updates != len(sizes)
            or min(sizes, default=1) < 1
        ):
            raise ValueError("steps are missing")
    except (
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        IndexError,
        OverflowError,
        RuntimeError,
        RecursionError,
    ) as error:
        raise TrainError("run.no_checkpoint", detail=str(error).split("\n")[0][:120]) from None
    return Past.of(frames, sizes, breaks)
