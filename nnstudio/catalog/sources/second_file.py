"""Rows of a second file: the test part of a table, as competitions and courses hand it out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from nnstudio.catalog.sources.files import find
from nnstudio.catalog.sources.manner import Manner
from nnstudio.catalog.sources.tables import Read, read_table
from nnstudio.catalog.sources.treatments import FILE_COLUMN, HELD, TRAINED, read_as_text, targets_of
from nnstudio.document.errors import TrainError
from nnstudio.document.text import Message, message


def read_rows(path: Path, params: Mapping[str, Any], rows: int | None = None) -> Read:
    """Read a table by its settings, or its first ``rows``; with a second file its rows stand below, and a column says
    which file each is of.

    Raises:
        TrainError: one of them cannot be read, or the second lacks a column that is predicted.
    """
    manner, texts = Manner.of(params), read_as_text(params)
    read = read_table(path, manner, rows, texts)
    if not params.get("test_file"):
        return read
    import pandas as pd

    other = find(params["test_file"])
    more = read_table(other, manner, rows, texts)
    names = [str(name) for name in read.frame.columns]
    lacking = [name for name in names if name not in more.frame.columns]
    told = [name for name in targets_of(names, params) if name in lacking]
    if told:
        raise TrainError("data.test_without", path=other, columns=", ".join(told))
    notes: list[Message] = [message("data.test_rows", count=len(more.frame), name=other.name), *_of(more, other)]
    if lacking:
        notes.append(message("data.test_lacks", path=other.name, columns=", ".join(lacking[:5]), count=len(lacking)))
    shared = [name for name in names if name not in lacking]
    # What one file holds as numbers and the other as texts is texts.
    first, second = read.frame, more.frame[shared]
    odd = [name for name in shared if _is_number(first[name]) != _is_number(second[name])]
    if odd:
        notes.append(message("data.test_kinds", path=other.name, columns=", ".join(odd[:5]), count=len(odd)))
    more_columns = [str(name) for name in more.frame.columns if name not in names]
    if more_columns:
        columns = ", ".join(more_columns[:5])
        notes.append(message("data.test_more", path=other.name, columns=columns, count=len(more_columns)))
    for name in odd:
        first, second = (
            frame.assign(**{name: frame[name].map(_text, na_action="ignore")}) for frame in (first, second)
        )
    frame = pd.concat([first, second], ignore_index=True)
    if FILE_COLUMN not in frame.columns:
        frame.insert(0, FILE_COLUMN, [TRAINED] * len(first) + [HELD] * len(second))
    return replace(read, frame=frame, notes=(*read.notes, *notes), crowded=read.crowded | more.crowded)


def _of(read: Read, path: Path) -> tuple[Message, ...]:
    """What was said while the second file was read, with its name."""
    return tuple(message("data.of_file", name=path.name, detail=note) for note in read.notes)


def _is_number(series: Any) -> bool:
    from nnstudio.catalog.sources.classes import is_number

    return is_number(series) or not series.notna().any()


def _text(cell: Any) -> str:
    from nnstudio.catalog.sources.columns import as_text

    return as_text(cell)
