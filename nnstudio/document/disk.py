"""Writing files so that they are whole at every moment: beside the target, read back, then put in its place."""

from __future__ import annotations

import contextlib
import glob
import os
import shutil
import tempfile
import time
from pathlib import Path

from nnstudio.document.errors import ProjectFileError

STALE_SECONDS = 600


BACKUP = ".bak"


def backup_of(path: Path) -> Path | None:
    """The file as it was before it was last written, if it is still there."""
    found = path.with_name(path.name + BACKUP)
    return found if found.is_file() else None


def _keep_copy(path: Path) -> None:
    """Keep the old file as a backup that is whole at every moment too."""
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name[:40]}.", suffix=".tmp", dir=path.parent)
    os.close(handle)
    try:
        shutil.copy2(path, temporary)
        os.replace(temporary, path.with_name(path.name + BACKUP))
    finally:
        if os.path.exists(temporary):
            os.unlink(temporary)


def _settle(folder: Path) -> None:
    """Have the new name on the disk as well: without it a power cut may bring the old file back."""
    with contextlib.suppress(OSError, AttributeError):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _clear_stale(path: Path) -> None:
    """Take away what a write left that was cut off."""
    for stale in path.parent.glob(f".{glob.escape(path.name[:40])}.*.tmp"):
        with contextlib.suppress(OSError):
            if time.time() - stale.stat().st_mtime > STALE_SECONDS:
                stale.unlink()


def write_atomically(path: Path, data: bytes, *, backup: bool = False) -> None:
    """Write beside the target, flush, read back, then replace.

    Raises:
        ProjectFileError: disk full, no permission, missing folder, or what was read back differs.
    """
    temporary: str | None = None
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name[:40]}.", suffix=".tmp", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if Path(temporary).read_bytes() != data:
            raise OSError("what was written could not be read back")
        os.chmod(temporary, path.stat().st_mode & 0o777 if path.exists() else 0o644)
        if backup and path.exists():
            _keep_copy(path)
        os.replace(temporary, path)
        temporary = None
        _settle(path.parent)
        _clear_stale(path)
    except OSError as error:
        raise ProjectFileError("file.unwritable", path=path, detail=error.strerror or str(error)) from None
    finally:
        if temporary is not None and os.path.exists(temporary):
            os.unlink(temporary)
