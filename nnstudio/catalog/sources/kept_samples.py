"""Samples that are too many for the memory: prepared once, into a file that is read batch by batch."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnstudio.catalog.sources.copies import cache_folder
from nnstudio.document.errors import TrainError
from nnstudio.document.text import Message

if TYPE_CHECKING:
    import numpy as np

# From so many bytes on samples are read from a file; and at most; files kept of earlier times; room left on the disk.
STREAMED, MOST, KEPT, LEFT = 256 * 2**20, 200 * 2**30, 2, 2**30
GIGABYTE = 2**30
# Seconds without a change after which a file that was begun is no longer worked at.
LEFT_ALONE = 3600
SAMPLES, ARRAYS, TOLD = ".npy", ".npz", ".json"

# Fills an array with samples; returns what is kept of each besides, and what is to be said, as JSON has it.
Fill = Callable[["np.ndarray"], tuple[Mapping[str, "np.ndarray"], Mapping[str, Any]]]
Kept = tuple["np.ndarray", dict[str, "np.ndarray"], dict[str, Any]]


def kept(kind: str, key: str, shape: tuple[int, ...], dtype: Any, fill: Fill) -> Kept:
    """Return samples in a file that is looked into as it is wanted, and what ``fill`` told of them, which makes them
    where they are not there yet: among it "notes". ``kind`` names the folder.

    Raises:
        TrainError: the disk has no room, or the file cannot be written.
    """
    import numpy as np

    folder = cache_folder() / kind
    path = folder / f"{key}{SAMPLES}"
    try:
        found = _found(path, shape, dtype)
        if found is None:
            folder.mkdir(parents=True, exist_ok=True)
            _make_room(folder, int(np.prod(shape)) * np.dtype(dtype).itemsize)
            _write(path, shape, dtype, fill)
            found = _found(path, shape, dtype)
        if found is None:
            raise OSError(path)
        return found
    except (OSError, ValueError, KeyError, TypeError) as error:
        detail = getattr(error, "strerror", None) or str(error)
        raise TrainError("data.no_file_for_samples", path=folder, detail=detail) from None


def gigabytes(array: np.ndarray) -> str:
    """How large an array is, as it is said."""
    return f"{array.nbytes / GIGABYTE:.1f}"


def _found(path: Path, shape: tuple[int, ...], dtype: Any) -> Kept | None:
    """What was made earlier; None where there is nothing, or it is spoilt."""
    import zipfile

    import numpy as np

    try:
        plain = json.loads(path.with_suffix(TOLD).read_text(encoding="utf-8"))
        with np.load(path.with_suffix(ARRAYS), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        whole = np.load(path, mmap_mode="r")
        longest = max((len(array) for array in arrays.values()), default=0)
        if whole.shape != shape or whole.dtype != dtype or longest > len(whole):
            return None
        for note in plain["notes"]:
            note_of(note)
        os.utime(path)
        return whole, arrays, plain
    except (OSError, ValueError, KeyError, TypeError, AttributeError, zipfile.BadZipFile):
        return None


def plain_of(value: object) -> object:
    """A note as JSON has it; what it says may hold another one."""
    if isinstance(value, Message):
        return {"key": value.key, "args": {name: plain_of(one) for name, one in value.args.items()}}
    return value if isinstance(value, int | float) else str(value)


def note_of(plain: Any) -> Message:
    """Return what :func:`plain_of` made of a note."""
    args = {name: note_of(one) if isinstance(one, dict) else one for name, one in plain["args"].items()}
    return Message(str(plain["key"]), args)


def _make_room(folder: Path, size: int) -> None:
    """Forget what was made longest ago, and see to it that there is room."""
    earlier = sorted(folder.glob(f"*{SAMPLES}"), key=lambda path: path.stat().st_mtime)
    for path in earlier[: max(0, len(earlier) - KEPT + 1)]:
        for old in (path, path.with_suffix(ARRAYS), path.with_suffix(TOLD)):
            # Another window may be looking into it.
            with contextlib.suppress(OSError):
                old.unlink()
    for part in folder.glob("*.part"):
        # Another process may be at work at it just now; what was written to long ago nobody will end.
        with contextlib.suppress(OSError):
            if time.time() - part.stat().st_mtime > LEFT_ALONE:
                part.unlink()
    free = shutil.disk_usage(folder).free
    if free < size + LEFT:
        need, there = (f"{n / GIGABYTE:.1f}" for n in (size + LEFT, free))
        raise TrainError("data.no_room", need=need, free=there, path=folder)


def _write(path: Path, shape: tuple[int, ...], dtype: Any, fill: Fill) -> None:
    """Make the file, whole or not at all."""
    import numpy as np

    part = path.with_suffix(f".{os.getpid()}.part")
    array = np.lib.format.open_memmap(part, mode="w+", dtype=dtype, shape=shape)
    try:
        given, plain = fill(array)
        arrays: dict[str, Any] = dict(given)
        array.flush()
        del array
        with path.with_suffix(ARRAYS).open("wb") as file:
            np.savez(file, **arrays)
        path.with_suffix(TOLD).write_text(json.dumps(plain, ensure_ascii=False), encoding="utf-8")
        part.replace(path)
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
