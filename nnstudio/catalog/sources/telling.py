"""What is to be told of a table that was taken, and whether its numbers can be computed with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nnstudio.catalog.sources.arrays import check_numbers
from nnstudio.catalog.sources.classes import are_classes, class_numbers, is_number
from nnstudio.catalog.sources.columns import as_numbers
from nnstudio.catalog.sources.taking import Taken
from nnstudio.catalog.sources.treatments import LOG
from nnstudio.document.errors import TrainError
from nnstudio.document.text import Message, message

if TYPE_CHECKING:
    import numpy as np


def told(taken: Taken, kind: str, path: Any) -> tuple[tuple[str, ...], np.ndarray]:
    """Return the names of the classes with the number of each row's, or () with the values (rows, targets).

    Raises:
        TrainError: the target cannot be learnt: one class, too many, no numbers.
    """
    import numpy as np

    frame, targets = taken.frame, taken.targets
    # Several columns of numbers are values: one-hot, yes or no each, or measures.
    several = kind == "auto" and len(targets) > 1 and all(is_number(frame[name]) for name in targets)
    if not several and are_classes(frame[targets[0]], kind):
        if len(targets) > 1:
            raise TrainError("data.one_class_column")
        classes, numbers = class_numbers(frame[targets[0]])
        if len(classes) < 2:
            raise TrainError("data.one_class", column=targets[0])
        if len(classes) > max(1000, len(frame) // 2):
            raise TrainError("data.too_many_classes", column=targets[0], count=len(classes))
        return classes, numbers
    bad = [name for name in targets if frame[name].dtype.kind not in "biuf"]
    if bad:
        raise TrainError("data.text_target", column=bad[0])
    y = frame[list(targets)].to_numpy(dtype=np.float64)
    check_numbers(y, path)
    return (), y


def left_notes(left: tuple[tuple[Message, int], ...], rows: int, used: int) -> tuple[Message, ...]:
    """Say how many rows are left out, and why each."""
    if not left:
        return ()
    first = message("data.dropped", count=rows - used, rows=rows)
    return (first, *(message("data.left_rows", count=count, reason=reason) for reason, count in left))


def fill_of(taken: Taken, missing: bool, usual: str) -> str | tuple[str, ...]:
    """What stands for a missing number: of every feature, or of each where they differ; "" where none is missing."""
    if not missing:
        return ""
    usual = "" if usual == "drop" else usual
    found = tuple("" if fill == "drop" else fill or usual for fill in taken.fills)
    return found[0] if len(set(found)) == 1 else found


def check_cells(taken: Taken, path: Any) -> None:
    """Refuse numbers that nothing can be computed with, column by column.

    Raises:
        TrainError: a number is infinite, or its square would be.
    """
    for column in taken.columns:
        if not column.categories and column.kind in ("", LOG):
            check_numbers(as_numbers(taken.frame[column.name]).to_numpy(), path, missing=True)
