"""Writing files so that they are whole at every moment: beside the target, read back, then put in its place."""

from __future__ import annotations

import contextlib
import glob
import os
import shutil
import stat
import tempfile
import time
from pathlib import Path

from nnstudio.document.errors import ProjectFileError

STALE_SECONDS = 600
# Of a file's name, in bytes, on all usual systems.
LONGEST_NAME = 255

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


def _target(path: Path, *, backup: bool) -> Path:
    """The file that is really written: behind a link, what it leads to.

    Raises:
        ProjectFileError: it is no ordinary file, may not be written, or its backup could have no name.
    """
    # Put in the place of a link a file would cut it off from what it leads to.
    real = Path(os.path.realpath(path)) if path.is_symlink() else path
    if real.exists():
        mode = real.stat().st_mode
        if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
            raise ProjectFileError("file.no_file", path=path)
        if stat.S_ISREG(mode) and not mode & 0o222:
            raise ProjectFileError("file.read_only", path=path)
    if backup and len(os.fsencode(real.name + BACKUP)) > LONGEST_NAME:
        raise ProjectFileError("file.long_name", path=real.name[:40] + "…")
    return real


def write_atomically(path: Path, data: bytes, *, backup: bool = False) -> None:
    """Write beside the target, flush, read back, then replace.

    Raises:
        ProjectFileError: disk full, no permission, missing folder, or what was read back differs.
    """
    temporary: str | None = None
    try:
        path = _target(path, backup=backup)
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
    except (OSError, ValueError) as error:
        # ValueError: a name with a NUL in it.
        detail = getattr(error, "strerror", None) or str(error)
        raise ProjectFileError("file.unwritable", path=path, detail=detail) from None
    finally:
        if temporary is not None and os.path.exists(temporary):
            os.unlink(temporary)
