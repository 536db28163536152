"""Columns that are no row of numbers with the others: texts, pictures and embedded categories are inputs of their own.

All features of a table stand in one array; those of such a column are a stretch of it, which the network takes apart.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from nnstudio.catalog.entry import Side
from nnstudio.catalog.sources.columns import Column
from nnstudio.catalog.sources.one_picture import ENDINGS
from nnstudio.catalog.sources.tokenizing import CHARACTERS, MARKS, PAIRS, WORDS, cutter
from nnstudio.catalog.sources.treatments import EMBED, PICTURE, TOKENS
from nnstudio.document.errors import TrainError

if TYPE_CHECKING:
    import pandas as pd

# How long a text is and how large a picture, as long as nothing else is said; and at most.
LENGTH, SIDE, MOST_LENGTH, MOST_SIDE = 32, 32, 2048, 256
LENGTHS, SIZES = (8, 16, 32, 64, 128, 256), (8, 16, 28, 32, 64, 128)
VOCABULARY = 5000
COLOUR, GREY = "colour", "grey"
# So many names of files are looked at to tell that they are pictures.
LOOKED_AT = 200


def is_apart(column: Column) -> bool:
    """Whether a column is an input of its own."""
    return column.kind in (TOKENS, EMBED, PICTURE)


def sides_of(columns: Iterable[Column]) -> tuple[Side, ...]:
    """Return the inputs of their own among the columns of a table, in order."""
    found: list[Side] = []
    start = 0
    for column in columns:
        width = column.size
        if column.kind == PICTURE:
            channels = 1 if column.form == GREY else 3
            found.append(Side(column.name, start, (channels, column.width, column.width), "CHW"))
        elif column.kind == EMBED:
            found.append(Side(column.name, start, (1,), "T", len(column.categories)))
        elif column.kind == TOKENS:
            found.append(Side(column.name, start, (width,), "T", len(MARKS) + len(cutter(column.form).names)))
        start += width
    return tuple(found)


def cut_of(treat: str) -> tuple[str, int]:
    """Return (what tokens are, how many of a sample) of a text that goes in; ("", 0) where it stays out."""
    kind, _, length = treat.partition(" ")
    if kind not in (CHARACTERS, WORDS, PAIRS):
        return "", 0
    return kind, min(MOST_LENGTH, max(1, int(length))) if length.isdecimal() else LENGTH


def size_of(treat: str) -> tuple[str, int]:
    """Return (colour or grey, pixels a side) of pictures."""
    kind, _, side = treat.partition(" ")
    return GREY if kind == GREY else COLOUR, min(MOST_SIDE, max(1, int(side))) if side.isdecimal() else SIDE


def names_pictures(texts: Iterable[str]) -> bool:
    """Whether texts are names of files with pictures, as far as they are looked at."""
    looked = [text for _, text in zip(range(LOOKED_AT), texts, strict=False)]
    return bool(looked) and all(text.strip().lower().endswith(ENDINGS) for text in looked)


def are_there(series: pd.Series) -> pd.Series:
    """Whether each cell names a file."""
    return series.map(lambda cell: isinstance(cell, str) and os.path.isfile(cell)).astype(bool)


def refused_pictures(odd: dict[int, TrainError]) -> list[int]:
    """The places of rows whose picture cannot be read.

    Raises:
        TrainError: a row is refused for another reason.
    """
    other = next((error for error in odd.values() if not error.message.key.startswith("data.")), None)
    if other is not None:
        raise other
    return sorted(odd)
