"""Pictures that are too many for the memory: brought to one size once, into a file that is read batch by batch."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnstudio.catalog.sources.kept_samples import gigabytes, kept, note_of, plain_of
from nnstudio.document.text import Message, message

if TYPE_CHECKING:
    import numpy as np

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

    def filled(array: np.ndarray) -> tuple[Mapping[str, np.ndarray], Mapping[str, Any]]:
        labels, notes = fill(array)
        return {"labels": np.array(labels, dtype=np.int64)}, {"notes": [plain_of(note) for note in notes]}

    whole, arrays, plain = kept("pictures", key, shape, np.uint8, filled)
    labels = [int(number) for number in arrays["labels"]]
    notes = tuple(note_of(note) for note in plain["notes"])
    folder = Path(str(getattr(whole, "filename", ""))).parent
    return whole[: len(labels)], labels, (*notes, message("data.streamed", size=gigabytes(whole), path=folder))
