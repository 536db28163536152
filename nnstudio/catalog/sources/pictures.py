"""Read a folder of pictures: one folder per class, every picture brought to one size."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from nnstudio.catalog.sources.files import LOADING, MEGABYTE
from nnstudio.catalog.sources.kept_samples import MOST, STREAMED
from nnstudio.catalog.sources.large_pictures import from_file, key_of
from nnstudio.catalog.sources.one_picture import ENDINGS, Seen, read_picture
from nnstudio.document.errors import TrainError
from nnstudio.document.text import Message, message

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
    shape = (len(files), 1 if grey else 3, size, size)
    if np.prod(shape, dtype=float) > MOST:
        high = MOST // MEGABYTE
        raise TrainError("data.large_array", path=folder, shape=" × ".join(map(str, shape)), high=high)

    def fill(pictures: np.ndarray) -> tuple[list[int], tuple[Message, ...]]:
        return _fill(pictures, [(used.index(k), path) for k, path in files], folder)

    if np.prod(shape, dtype=float) > STREAMED:
        try:
            key = key_of(folder, [path for _, path in files], size, grey)
        except OSError as error:
            raise TrainError("data.unreadable_file", path=folder, detail=error.strerror or str(error)) from None
        pictures, labels, notes = from_file(key, shape, fill)
    else:
        pictures = np.empty(shape, dtype=np.uint8)
        labels, notes = fill(pictures)
    if others:
        notes = (*notes, message("data.other_files", count=len(others), name=others[0].name))
    names = tuple(classes[k].name for k in used)
    return pictures[: len(labels)], np.array(labels, dtype=np.int64), names, notes


def _fill(pictures: np.ndarray, files: list[tuple[int, Path]], folder: Path) -> tuple[list[int], tuple[Message, ...]]:
    """Read pictures of (class number, file) one behind the other; those that cannot be read are left out, and said.

    Raises:
        TrainError: fewer than two classes are left, or reading was stopped.
    """
    labels: list[int] = []
    refused: list[TrainError] = []
    seen, (_, channels, size, _) = Seen(), pictures.shape
    for number, (k, path) in enumerate(files):
        LOADING.advance(number / len(files))
        try:
            with path.open("rb") as file:
                pictures[len(labels)] = read_picture(file, size, channels == 1, path.name, seen)
        except TrainError as error:
            if error.message.key == "data.cancelled":
                raise
            refused.append(error)
        except OSError as error:
            refused.append(TrainError("data.unreadable_file", path=path, detail=error.strerror or str(error)))
        else:
            labels.append(k)
    if len(set(labels)) < 2:
        raise refused[0] if refused else TrainError("data.no_classes", path=folder, count=len(set(labels)))
    notes = (message("data.pictures_left_out", count=len(refused), first=refused[0].message),) if refused else ()
    return labels, (*notes, *notes_of(seen))


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
