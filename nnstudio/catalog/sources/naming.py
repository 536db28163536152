"""What the columns of a table are called: each by a name of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nnstudio.catalog.sources.guesses import apart
from nnstudio.document.errors import TrainError
from nnstudio.document.text import Message, message

MAX_COLUMNS = 2000


def named(frame: Any, header: bool, path: Path) -> tuple[Any, tuple[Message, ...]]:
    """Give every column a name of its own, and say which had none or one that another has."""
    if frame.shape[1] > MAX_COLUMNS:
        raise TrainError("data.columns", count=frame.shape[1], high=MAX_COLUMNS)
    if not len(frame):
        raise TrainError("data.no_rows", path=path)
    names: list[str] = []
    unnamed = 0
    for number, name in enumerate(frame.columns):
        text = str(name).strip() if header else f"column {number + 1}"
        if not text or text.startswith("Unnamed:"):
            text, unnamed = f"column {number + 1}", unnamed + 1
        names.append(text[:200])
    found = apart(names)
    repeated = dict.fromkeys(name.rstrip("'") for name, given in zip(found, names, strict=True) if name != given)
    frame.columns = found
    notes = []
    if unnamed:
        notes.append(message("data.unnamed", count=unnamed))
    if repeated:
        notes.append(message("data.repeated", columns=", ".join(list(repeated)[:5])))
    return frame, tuple(notes)
