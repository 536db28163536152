"""Write the files of an export: all of them, or none."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Mapping
from pathlib import Path

from nnstudio.document.disk import write_atomically
from nnstudio.document.errors import ExportError, ProjectFileError


def write_all(folder: Path, contents: Mapping[str, bytes | str | Path]) -> list[Path]:
    """Write files into a folder by their names, which may lead into folders of it; what is a path is copied from there.

    Raises:
        ExportError: one of them cannot be written; those that were not there before are taken away again.
    """
    paths = [folder / name for name in contents]
    fresh = [path for path in paths if not path.exists()]
    try:
        for path, content in zip(paths, contents.values(), strict=True):
            path.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, Path):
                shutil.copyfile(content, path)
            else:
                write_atomically(path, content.encode("utf-8") if isinstance(content, str) else content)
    except (OSError, ProjectFileError) as error:
        for path in fresh:
            with contextlib.suppress(OSError):
                path.unlink()
        detail = (
            error.message.args.get("detail", "")
            if isinstance(error, ProjectFileError)
            else error.strerror or str(error)
        )
        raise ExportError("export.unwritable", path=folder, detail=detail) from None
    return paths
