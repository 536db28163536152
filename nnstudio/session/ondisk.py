"""Whether a project's file is still the one that was read or written: someone else may have changed it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Stamp:
    """What tells two states of a file apart; ``digest`` is asked for only where time or size differ."""

    changed: int
    size: int
    digest: str


def stamp_of(path: Path) -> Stamp | None:
    """The present state of a file; None when there is none that can be read."""
    import hashlib

    try:
        status = path.stat()
        with path.open("rb") as file:
            # A file of large weights does not fit into memory a second time.
            return Stamp(status.st_mtime_ns, status.st_size, hashlib.file_digest(file, "sha256").hexdigest())
    except OSError:
        return None


class OnDisk:
    """Remembers the state in which a session knows its file."""

    def __init__(self) -> None:
        self._path: Path | None = None
        self._stamp: Stamp | None = None

    def know(self, path: Path, stamp: Stamp | None) -> None:
        """The file was read or written in this state."""
        self._path, self._stamp = path, stamp

    def forget(self) -> None:
        """There is no file."""
        self._path = self._stamp = None

    def changed(self) -> str:
        """ "" when the file is as it is known, "changed" when someone else wrote it, "gone" when it is not there any
        more.
        """
        if self._path is None or self._stamp is None:
            return ""
        try:
            status = self._path.stat()
        except OSError:
            return "gone"
        if (status.st_mtime_ns, status.st_size) == (self._stamp.changed, self._stamp.size):
            return ""
        now = stamp_of(self._path)
        if now is not None and now.digest == self._stamp.digest:
            # Touched, or copied back: the same file to a student.
            self._stamp = now
            return ""
        return "gone" if now is None else "changed"
