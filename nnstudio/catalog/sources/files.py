"""Find a file again, tell whether it is the same, and read it with progress and a way to stop."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import IO, Any

from nnstudio.document.errors import TrainError

MEGABYTE = 2**20
CHUNK = 2**20


class Loading:
    """What is being read now; any thread may look, or ask to stop."""

    def __init__(self) -> None:
        self.name = ""
        self.share: float | None = None
        self._stop = self._going = False

    def begin(self, name: str) -> None:
        """Begin with a file."""
        self.name, self.share, self._stop, self._going = name, 0.0, False, True

    def end(self) -> None:
        """Nothing is being read any more."""
        self.name, self.share, self._stop, self._going = "", None, False, False

    def cancel(self) -> None:
        """Ask the reader to stop at its next step. Where nothing is read, the wish is not kept for the next file."""
        self._stop = self._going

    def advance(self, share: float) -> None:
        """Say how far reading has come (0 to 1).

        Raises:
            TrainError: someone asked to stop.
        """
        self.share = min(1.0, max(0.0, share))
        if self._stop:
            raise TrainError("data.cancelled")


LOADING = Loading()

# Folders in which a moved file is looked for by its name: the project's, and copies kept by the program.
SEARCH: list[Path] = []


def find(path: str, fingerprint: str = "") -> Path:
    """Return where a file or folder lies now: where it was chosen, beside the project, or a copy by its fingerprint.

    Raises:
        TrainError: none was chosen, or it is at none of these places.
    """
    if not path.strip():
        raise TrainError("data.no_file")
    try:
        there = Path(path).expanduser()
    except RuntimeError:
        # "~somebody" of whom the system knows no home.
        there = Path(path)
    # A path made on another system has other separators.
    name = path.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    candidates = [there, *(folder / name for folder in SEARCH)]
    if fingerprint:
        candidates += [folder / f"{fingerprint}{Path(name).suffix}" for folder in SEARCH]
    for candidate in candidates:
        try:
            if candidate.exists():
                return candidate
        except OSError:
            continue
    raise TrainError("data.moved", path=path)


def size_of(path: Path, high: int) -> int:
    """Return a file's size.

    Raises:
        TrainError: it is a folder, empty, larger than ``high`` bytes, or cannot be looked at.
    """
    try:
        if path.is_dir():
            raise TrainError("data.is_folder", path=path)
        size = path.stat().st_size
    except OSError as error:
        raise TrainError("data.unreadable_file", path=path, detail=error.strerror or str(error)) from None
    if size == 0:
        raise TrainError("data.empty_file", path=path)
    if size > high:
        raise TrainError("data.large_file", path=path, size=-(-size // MEGABYTE), high=high // MEGABYTE)
    return size


BLOCKS = 32
MOST_INSIDE = 200_000
BLOCK = 64 * 1024


def fingerprint(path: Path) -> str:
    """Return what tells one file's content from another's: its size and up to 32 places of it; of a folder, names and
    sizes.

    A large file is not read whole, so that no window waits for it.

    Raises:
        TrainError: it cannot be read.
    """
    import hashlib

    digest = hashlib.sha256()
    try:
        if path.is_dir():
            for item in sorted(_inside(path)):
                if item.is_file():
                    digest.update(f"{item.relative_to(path).as_posix()}\0{item.stat().st_size}\0".encode())
        else:
            size = path.stat().st_size
            digest.update(str(size).encode())
            step = max(BLOCK, size // BLOCKS)
            with path.open("rb") as file:
                for start in range(0, size, step):
                    file.seek(start)
                    digest.update(file.read(BLOCK))
                file.seek(max(0, size - BLOCK))
                digest.update(file.read(BLOCK))
    except OSError as error:
        raise TrainError("data.unreadable_file", path=path, detail=error.strerror or str(error)) from None
    return digest.hexdigest()[:32]


def _inside(folder: Path) -> list[Path]:
    """Everything in a folder.

    Raises:
        TrainError: it holds more than any set of pictures: a whole disk, perhaps.
    """
    found: list[Path] = []
    for place, folders, files in os.walk(folder):
        found += [Path(place, name) for name in (*folders, *files)]
        if len(found) > MOST_INSIDE:
            raise TrainError("data.large_folder", path=folder, high=MOST_INSIDE)
    return found


class Watched(io.RawIOBase):
    """A file that tells how far it was read, and stops when it is asked to."""

    def __init__(self, file: IO[bytes], size: int) -> None:
        self._file, self._size, self._read = file, max(1, size), 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        block = self._file.read(min(len(buffer), CHUNK))
        buffer[: len(block)] = block
        self._read += len(block)
        LOADING.advance(self._read / self._size)
        return len(block)
