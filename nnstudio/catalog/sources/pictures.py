"""Read a folder of pictures: one folder per class, every picture brought to one size."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np

from nnstudio.catalog.sources.arrays import MAX_ARRAY
from nnstudio.catalog.sources.files import LOADING, MEGABYTE
from nnstudio.document.errors import TrainError
from nnstudio.document.text import Message, message

if TYPE_CHECKING:
    from PIL import Image

FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF", "PPM")
ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm")
# What lies beside pictures and is none.
BESIDE = (".db", ".ini", ".ds_store")
WHITE = (255, 255, 255, 255)
MAX_PIXELS = 50_000_000


@dataclass
class Seen:
    """What pictures were that are not read as they are: put on white, brought to 256 steps."""

    transparent: int = 0
    deep: int = 0

    def notes(self) -> tuple[Message, ...]:
        """What a student has to know of it."""
        found = (("data.transparent", self.transparent), ("data.deep_pictures", self.deep))
        return tuple(message(key, count=count) for key, count in found if count)


def read_picture(file: IO[bytes], size: int, grey: bool, name: str, seen: Seen | None = None) -> np.ndarray:
    """Return one picture (channels, size, size) as bytes: upright as its camera says, on white where it is transparent,
    the first of several.

    Raises:
        TrainError: no picture, or one of too many pixels; it is not unpacked then.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

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
            upright = _flat(ImageOps.exif_transpose(image), seen or Seen())
            small = upright.convert("L" if grey else "RGB").resize((size, size), Image.Resampling.BILINEAR)
            pixels = np.asarray(small, dtype=np.uint8)
    except (UnidentifiedImageError, SyntaxError, ValueError, OSError, MemoryError) as error:
        raise TrainError("data.bad_picture", name=name, detail=str(error).split("\n")[0][:120]) from None
    return pixels[None] if grey else pixels.transpose(2, 0, 1)


def _flat(image: Image.Image, seen: Seen) -> Image.Image:
    """A picture of at most 256 steps a channel, and nothing to be seen through."""
    from PIL import Image

    if image.mode.startswith("I") or image.mode == "F":
        seen.deep += 1
        values = np.asarray(image, dtype=np.float64)
        values = np.nan_to_num(values - min(0.0, float(np.nanmin(values, initial=0.0))))
        most = float(values.max(initial=0.0))
        # 16 bits are scaled by what they can hold, so that a dark picture stays dark; other numbers by what there is.
        if image.mode.startswith("I;16") or (image.mode == "I" and 255 < most <= 65535):
            top = 65535.0
        else:
            top = 1.0 if image.mode == "F" and most <= 1.0 else max(most, 255.0)
        return Image.fromarray((values * (255.0 / top)).round().astype(np.uint8))
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        clear = image.convert("RGBA")
        if np.asarray(clear.getchannel("A")).min(initial=255) < 255:
            seen.transparent += 1
            clear = Image.alpha_composite(Image.new("RGBA", clear.size, WHITE), clear)
        return clear.convert("RGB")
    return image


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
    notes = (*notes, *seen.notes())
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
