"""A run on disk: everything it is made of between two batches, so that it goes on as if the program had never stopped."""

from __future__ import annotations

import io
import pickle
import zipfile
from pathlib import Path
from typing import Any

import torch

from nnstudio.document.disk import write_atomically
from nnstudio.document.errors import TrainError
from nnstudio.engine.lines import Lines
from nnstudio.engine.past import BUDGET, Frame, Past
from nnstudio.engine.runtime.training import Progress

VERSION = 1


def save_frame(path: Path, frame: Frame) -> None:
    """Write a state; plain values and tensors only.

    Raises:
        ProjectFileError: the file cannot be written.
    """
    progress = {name: getattr(frame.progress, name) for name in frame.progress.__dataclass_fields__}
    plain: dict[str, Any] = {"version": VERSION, "updates": frame.updates, "model": frame.model, "optimizer": frame.optimizer, "schedule": _plain(frame.schedule),
                             "progress": progress, "random": tuple(frame.random), "clock": frame.clock, "history": {name: torch.tensor(column, dtype=torch.float64) for name, column in frame.history.columns().items()},
                             "size": frame.size}
    buffer = io.BytesIO()
    torch.save(plain, buffer)
    write_atomically(path, buffer.getvalue())


def _plain(schedule: dict[str, Any] | None) -> dict[str, Any] | None:
    """A schedule's state without what is no value: functions are made anew."""
    if schedule is None:
        return None
    return {key: value for key, value in schedule.items() if isinstance(value, int | float | str | list | tuple | dict | None.__class__) and key != "lr_lambdas"}


def load_past(path: Path) -> Past:
    """Read a state back as a past of one frame; a file made by a stranger is read as data, never run.

    Raises:
        TrainError: the file cannot be read, or is no such state.
    """
    try:
        plain = torch.load(path, map_location="cpu", weights_only=True)
        if plain["version"] != VERSION:
            raise ValueError(f"version {plain['version']}")
        frame = Frame(int(plain["updates"]), dict(plain["model"]), plain["optimizer"], plain["schedule"], Progress(**plain["progress"]), tuple(plain["random"]),
                      tuple(plain["clock"]), Lines.of({name: column.tolist() for name, column in plain["history"].items()}), int(plain["size"]))
    except (OSError, RuntimeError, ValueError, KeyError, TypeError, AttributeError, EOFError, pickle.UnpicklingError, zipfile.BadZipFile) as error:
        raise TrainError("run.no_checkpoint", detail=str(error).split("\n")[0][:120]) from None
    # However large it is: it was kept to be gone on with.
    past = Past(budget=max(BUDGET, 4 * frame.size))
    past.add(frame)
    return past


