"""Pictures that are too many for the memory: brought to one size once, into a file that is read batch by batch."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnstudio.catalog.sources.copies import cache_folder
from nnstudio.document.errors import TrainError
from nnstudio.document.text import Message, message

if TYPE_CHECKING:
    import numpy as np

# From so many bytes on pictures are read from a file; and at most; files kept of earlier times; room left on the disk.
STREAMED, MOST, KEPT, LEFT = 256 * 2**20, 200 * 2**30, 2, 2**30
GIGABYTE = 2**30

# Fills an array with pictures; returns the class number of each, and what is to be said.
Fill = Callable[["np.ndarray"], tuple[list[int], tuple[Message, ...]]]


def key_of(folder: Path, files: Sequence[Path], *manner: object) -> str:
    """What tells these pictures, read in this manner, from others.

    Raises:
        OSError: a file is gone.
    """
    found = hashlib.blake2b(digest_size=16)
    found.update(repr((str(folder.resolve()), *manner)).encode())
    for path in files:
        seen = path.stat()
        found.update(f"{path.relative_to(folder)}\0{seen.st_size}\0{seen.st_mtime_ns}\n".encode("utf-8", "replace"))
    return found.hexdigest()


def from_file(key: str, shape: tuple[int, ...], fill: Fill) -> tuple[np.ndarray, list[int], tuple[Message, ...]]:
    """Return pictures as bytes in a file that is looked into as it is wanted, their class numbers and what is to be
    said; ``fill`` makes them where they are not there yet.

    Raises:
        TrainError: the disk has no room, or the file cannot be written.
    """
    import numpy as np

    folder = cache_folder() / "pictures"
    pixels, told = folder / f"{key}.npy", folder / f"{key}.json"
    try:
        found = _found(pixels, told, shape)
        if found is None:
            folder.mkdir(parents=True, exist_ok=True)
            _make_room(folder, int(np.prod(shape)))
            _write(pixels, told, shape, fill)
            found = _found(pixels, told, shape)
        if found is None:
            raise OSError(pixels)
        whole, labels, notes = found
    except (OSError, ValueError, KeyError, TypeError) as error:
        detail = getattr(error, "strerror", None) or str(error)
        raise TrainError("data.no_file_for_pictures", path=folder, detail=detail) from None
    size = f"{whole.nbytes / GIGABYTE:.1f}"
    return whole[: len(labels)], labels, (*notes, message("data.streamed", size=size, path=folder))


def _found(
    pixels: Path, told: Path, shape: tuple[int, ...]
) -> tuple[np.ndarray, list[int], tuple[Message, ...]] | None:
    """What was made earlier; None where there is nothing, or it is spoilt."""
    import numpy as np

    try:
        plain = json.loads(told.read_text(encoding="utf-8"))
        labels, notes = [int(n) for n in plain["labels"]], tuple(_said(note) for note in plain["notes"])
        whole = np.load(pixels, mmap_mode="r")
        if whole.shape != shape or whole.dtype != np.uint8 or len(labels) > len(whole):
            return None
        os.utime(pixels)
        return whole, labels, notes
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _plain(value: object) -> object:
    """A note as JSON has it; what it says may hold another one."""
    if isinstance(value, Message):
        return {"key": value.key, "args": {name: _plain(one) for name, one in value.args.items()}}
    return value if isinstance(value, int | float) else str(value)


def _said(plain: Any) -> Message:
    args = {name: _said(one) if isinstance(one, dict) else one for name, one in plain["args"].items()}
    return Message(str(plain["key"]), args)


def _make_room(folder: Path, size: int) -> None:
    """Forget what was made longest ago, and see to it that there is room."""
    earlier = sorted(folder.glob("*.npy"), key=lambda path: path.stat().st_mtime)
    for path in earlier[: max(0, len(earlier) - KEPT + 1)]:
        for old in (path, path.with_suffix(".json")):
            # Another window may be looking into it.
            with contextlib.suppress(OSError):
                old.unlink()
    for part in folder.glob("*.part"):
        with contextlib.suppress(OSError):
            part.unlink()
    free = shutil.disk_usage(folder).free
    if free < size + LEFT:
        need, there = (f"{n / GIGABYTE:.1f}" for n in (size + LEFT, free))
        raise TrainError("data.no_room", need=need, free=there, path=folder)


def _write(pixels: Path, told: Path, shape: tuple[int, ...], fill: Fill) -> None:
    """Make the file, whole or not at all."""
    import numpy as np

    part = pixels.with_suffix(f".{os.getpid()}.part")
    array = np.lib.format.open_memmap(part, mode="w+", dtype=np.uint8, shape=shape)
    try:
        labels, notes = fill(array)
        array.flush()
        del array
        plain = {"labels": labels, "notes": [_plain(note) for note in notes]}
        told.write_text(json.dumps(plain, ensure_ascii=False), encoding="utf-8")
        part.replace(pixels)
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
