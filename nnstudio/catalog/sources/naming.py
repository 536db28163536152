"""What the columns of a table are called: each by a name of its own."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

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
    unnamed, repeated = 0, dict[str, None]()
    for number, name in enumerate(frame.columns):
        text = str(name).strip() if header else f"column {number + 1}"
        if not text or text.startswith("Unnamed:"):
            text, unnamed = f"column {number + 1}", unnamed + 1
        text = re.sub(r"\.\d+$", "", text) if re.sub(r"\.\d+$", "", text) in names else text[:200]
        if text in names:
            repeated[text] = None
        while text in names:
            text += "'"
        names.append(text)
    frame.columns = names
    notes = []
    if unnamed:
        notes.append(message("data.unnamed", count=unnamed))
    if repeated:
        notes.append(message("data.repeated", columns=", ".join(list(repeated)[:5])))
    return frame, tuple(notes)
