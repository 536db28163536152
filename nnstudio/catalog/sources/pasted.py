"""A table that was copied elsewhere, kept as a file of its own: what was pasted stays when the clipboard is gone."""

from __future__ import annotations

import hashlib
from pathlib import Path

import platformdirs

from nnstudio.document.disk import write_atomically
from nnstudio.document.errors import ProjectFileError, TrainError

MOST = 50 * 2**20
MARKS = "\t,;|"


def keep_pasted(text: str) -> Path:
    """Write a copied table into the folder of such and return the file; the same table is the same file.

    Raises:
        TrainError: it is no table, too large, or cannot be written.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) < 2 or not any(mark in lines[0] for mark in MARKS):
        raise TrainError("data.nothing_copied")
    data = text.encode("utf-8", errors="replace")
    if len(data) > MOST:
        raise TrainError("data.copied_large", high=MOST // 2**20)
    folder = Path(platformdirs.user_data_dir("nnstudio", appauthor=False)) / "pasted"
    path = folder / f"pasted-{hashlib.sha256(data).hexdigest()[:12]}{'.tsv' if chr(9) in lines[0] else '.csv'}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_atomically(path, data)
    except OSError as error:
        raise TrainError("data.unwritable_copy", path=path, detail=error.strerror or str(error)) from None
    except ProjectFileError as error:
        raise TrainError("data.unwritable_copy", path=path, detail=error.message.args.get("detail", "")) from None
    return path
