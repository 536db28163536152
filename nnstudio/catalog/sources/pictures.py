"""Read a folder of pictures: one folder per class, every picture brought to one size."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nnstudio.catalog.sources.arrays import MAX_ARRAY
from nnstudio.catalog.sources.files import LOADING, MEGABYTE
from nnstudio.catalog.sources.one_picture import ENDINGS, Seen, read_picture
from nnstudio.document.errors import TrainError
from nnstudio.document.text import Message, message

if TYPE_CHECKING:
    pass

# What lies beside pictures and is none.
BESIDE = (".db", ".ini", ".ds_store")


def notes_of(seen: Seen) -> tuple[Message, ...]:
    """What a student has to know of pictures that were read."""
    found = (("data.transparent", seen.transparent), ("data.deep_pictures", seen.deep))
    return tuple(message(key, count=count) for key, count in found if count)


def read_folder(
    folder: Path, size: int, grey: bool
) -> tuple[np.ndarray, np.ndarray, tuple[str, ...], tuple[Message, ...]]:
    """Return pictures (N, channels, size, size) as bytes, class numbers, class names and what is to be said.

    Raises:
        TrainError: no folder, fewer than two classes, no picture, or too many for the memory.
    """
    if not folder.is_dir():
        raise TrainError("data.no_folder", path=folder)
    try:
        classes = sorted(item for item in folder.iterdir() if item.is_dir() and not item.name.startswith("."))
        inside = [(k, item) for k, name in enumerate(classes) for item in sorted(name.iterdir()) if item.is_file()]
        files = [(k, item) for k, item in inside if item.suffix.lower() in ENDINGS]
        others = [item for k, item in inside if item.suffix.lower() not in ENDINGS and not _hidden(item)]
    except OSError as error:
        raise TrainError("data.unreadable_file", path=folder, detail=error.strerror or str(error)) from None
    used = sorted({k for k, _ in files})
    if len(used) < 2:
        raise TrainError("data.no_classes", path=folder, count=len(used))
    channels = 1 if grey else 3
    if len(files) * channels * size * size > MAX_ARRAY:
        raise TrainError(
            "data.large_array",
            path=folder,
            shape=f"{len(files)} × {channels} × {size} × {size}",
            high=MAX_ARRAY // MEGABYTE,
        )
    pictures = np.empty((len(files), channels, size, size), dtype=np.uint8)
    labels: list[int] = []
    refused: list[TrainError] = []
    seen = Seen()
    for number, (k, path) in enumerate(files):
        LOADING.advance(number / len(files))
        try:
            with path.open("rb") as file:
                pictures[len(labels)] = read_picture(file, size, grey, path.name, seen)
        except TrainError as error:
            if error.message.key == "data.cancelled":
                raise
            refused.append(error)
        except OSError as error:
            refused.append(TrainError("data.unreadable_file", path=path, detail=error.strerror or str(error)))
        else:
            labels.append(used.index(k))
    if len(set(labels)) < 2:
        raise refused[0] if refused else TrainError("data.no_classes", path=folder, count=len(set(labels)))
    notes = (message("data.pictures_left_out", count=len(refused), first=refused[0].message),) if refused else ()
    if others:
        notes = (*notes, message("data.other_files", count=len(others), name=others[0].name))
    notes = (*notes, *notes_of(seen))
    return pictures[: len(labels)], np.array(labels, dtype=np.int64), tuple(classes[k].name for k in used), notes


def _hidden(path: Path) -> bool:
    """Whether a file is the system's own, that nobody would miss."""
    return path.name.startswith(".") or path.suffix.lower() in BESIDE or path.name.lower() in BESIDE


def is_folder_of_classes(path: Path) -> bool:
    """Whether a folder holds folders with pictures."""
    with os.scandir(path) as items:
        for item in items:
            if item.is_dir():
                with os.scandir(item.path) as inside:
                    if any(inner.name.lower().endswith(ENDINGS) for inner in inside):
                        return True
    return False
