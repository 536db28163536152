"""Read a folder of pictures: one folder per class, every picture brought to one size."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO

import numpy as np

from nnstudio.catalog.sources.arrays import MAX_ARRAY
from nnstudio.catalog.sources.files import LOADING, MEGABYTE
from nnstudio.document.errors import TrainError
from nnstudio.document.text import Message, message

FORMATS = ("PNG", "JPEG", "BMP")
ENDINGS = (".png", ".jpg", ".jpeg", ".bmp")
MAX_PIXELS = 50_000_000


def read_picture(file: IO[bytes], size: int, grey: bool, name: str) -> np.ndarray:
    """Return one picture (channels, size, size) as bytes.

    Raises:
        TrainError: no picture, or one of too many pixels; it is not unpacked then.
    """
    from PIL import Image, UnidentifiedImageError

    # The size is checked here, before anything is unpacked.
    Image.MAX_IMAGE_PIXELS = None
    try:
        with Image.open(file, formats=FORMATS) as image:
            width, height = image.size
            if width * height > MAX_PIXELS:
                raise TrainError(
                    "data.huge_picture", name=name, width=width, height=height, high=MAX_PIXELS // 1_000_000
                )
            image.draft("L" if grey else "RGB", (size, size))
            small = image.convert("L" if grey else "RGB").resize((size, size), Image.Resampling.BILINEAR)
            pixels = np.asarray(small, dtype=np.uint8)
    except (UnidentifiedImageError, SyntaxError, ValueError, OSError, MemoryError) as error:
        raise TrainError("data.bad_picture", name=name, detail=str(error).split("\n")[0][:120]) from None
    return pixels[None] if grey else pixels.transpose(2, 0, 1)


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
        files = [
            (k, item)
            for k, name in enumerate(classes)
            for item in sorted(name.iterdir())
            if item.suffix.lower() in ENDINGS and item.is_file()
        ]
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
    for number, (k, path) in enumerate(files):
        LOADING.advance(number / len(files))
        try:
            with path.open("rb") as file:
                pictures[len(labels)] = read_picture(file, size, grey, path.name)
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
    return pictures[: len(labels)], np.array(labels, dtype=np.int64), tuple(classes[k].name for k in used), notes


def is_folder_of_classes(path: Path) -> bool:
    """Whether a folder holds folders with pictures."""
    with os.scandir(path) as items:
        for item in items:
            if item.is_dir():
                with os.scandir(item.path) as inside:
                    if any(inner.name.lower().endswith(ENDINGS) for inner in inside):
                        return True
    return False
