"""Folders and projects that a running window holds, told by locks of the system: no clock and no process number given
away again can fool them.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

if TYPE_CHECKING:
    from filelock import FileLock

LOCK = "lock"


def hold(place: Path) -> FileLock | None:
    """Hold a lock file until it is released or this process ends; None where another holds it or the system has no
    locks.
    """
    from filelock import FileLock, Timeout

    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(place, timeout=0, thread_local=False)
        lock.acquire()
    except (Timeout, OSError, NotImplementedError):
        return None
    return lock


def is_held(place: Path) -> bool | None:
    """Whether a window that runs holds a lock file; None where there is none, or that cannot be told."""
    if not place.is_file():
        return None
    from filelock import FileLock, Timeout

    lock = FileLock(place, timeout=0, thread_local=False)
    try:
        lock.acquire()
    except Timeout:
        return True
    except (OSError, NotImplementedError):
        return None
    lock.release()
    return False


class Claim:
    """The project that a window has open; the next window that opens it is told."""

    def __init__(self) -> None:
        self._lock: FileLock | None = None
        self._path: Path | None = None

    def take(self, path: Path) -> bool:
        """Claim a project's file; returns False when another window has it open."""
        path = path.resolve()
        if path == self._path and self._lock is not None:
            return True
        self.leave()
        place = _place(path)
        held = is_held(place)
        if held:
            return False
        self._lock, self._path = hold(place), path
        return True

    def leave(self) -> None:
        """The project is closed."""
        if self._lock is not None:
            self._lock.release()
        self._lock = self._path = None


def _place(path: Path) -> Path:
    """The lock file of a project: in the program's own folder, for nothing is put beside a student's file."""
    import hashlib

    name = hashlib.sha256(str(path).encode("utf-8", "surrogateescape")).hexdigest()[:24]
    return Path(platformdirs.user_data_dir("nnstudio", appauthor=False)) / "open" / name
