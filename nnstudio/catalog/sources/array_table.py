"""Arrays as a table: rows of numbers with their targets, as numpy.savez keeps them, are columns like any other's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnstudio.catalog.sources.arrays import list_npz, read_npz
from nnstudio.catalog.sources.columns import base_name, frame_of
from nnstudio.document.errors import TrainError
from nnstudio.document.text import Message, message

if TYPE_CHECKING:
    import pandas as pd

ENDING = ".npz"
# Arrays that hold what is to be predicted are called so.
TARGETS = ("y", "target", "targets", "label", "labels", "class", "classes")
# More columns are no table that anybody looks at one by one.
MOST_COLUMNS = 300


def is_array_table(path: Path) -> bool:
    """Whether a file of arrays holds rows of numbers with something to predict, few enough to be looked at."""
    try:
        there = list_npz(path, texts=True)
    except TrainError:
        return False
    flat = {name: shape for name, shape in there.items() if 1 <= len(shape) <= 2}
    wide = {name: shape[1] if len(shape) == 2 else 1 for name, shape in flat.items()}
    rows = [shape[0] for name, shape in flat.items() if base_name(name).lower() in TARGETS]
    samples = [name for name, shape in flat.items() if shape[0] in rows and base_name(name).lower() not in TARGETS]
    if not rows or not samples or any(len(shape) > 2 and shape[0] in rows for shape in there.values()):
        return False
    return sum(wide[name] for name in samples) <= MOST_COLUMNS


def read_array_table(path: Path, rows: int | None = None) -> tuple[pd.DataFrame, tuple[Message, ...]]:
    """Read arrays as a table, with a column for each of their columns; targets come last. Arrays for testing follow
    those for training, and a column says which rows are of which.

    Raises:
        TrainError: it cannot be read, or holds nothing that fits together.
    """
    there = list_npz(path, texts=True)
    arrays = {name: read_npz(path, name) for name, shape in there.items() if 1 <= len(shape) <= 2}
    frame, left = frame_of(arrays)
    left = (*left, *(name for name in there if name not in arrays))
    if not frame.shape[1] or not len(frame):
        raise TrainError("data.no_rows", path=path)
    targets = [name for name in frame.columns if frame.attrs["arrays"][name].lower() in TARGETS]
    frame = frame[[*(name for name in frame.columns if name not in targets), *targets]]
    notes = (message("data.arrays_left", arrays=", ".join(left[:5]), count=len(left)),) if left else ()
    return frame if rows is None else frame.head(rows), notes


def begins_with(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what a table of arrays begins with: all columns of its targets, and its parts where it names them."""
    frame, _ = read_array_table(path)
    arrays = frame.attrs["arrays"]
    targets = tuple(str(name) for name in frame.columns if arrays[name].lower() in TARGETS)
    own: dict[str, Any] = {"targets": targets} if len(targets) > 1 else {}
    part = next((str(name) for name in frame.columns if not arrays[name]), "")
    return ({**own, "part": part}, {"split": "given"}) if part else (own, {})
