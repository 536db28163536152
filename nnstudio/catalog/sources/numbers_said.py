"""Numbers as people write them: 1,234.50, 20.6 %, €5.60, (300); and a column of numbers with a few words in it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from nnstudio.catalog.sources.number_words import number_said
from nnstudio.document.text import Message, message

if TYPE_CHECKING:
    import pandas as pd

# From this share on a column of texts is one of numbers, and what is none is missing.
LEAST_SHARE, FEW = 0.95, 30
LOOKED_AT = 500
# A zero in front is part of a name: 007.
_CODE = re.compile(r"0\d+")


def with_numbers(
    frame: pd.DataFrame, decimal: str, plain: frozenset[str] = frozenset()
) -> tuple[pd.DataFrame, tuple[Message, ...]]:
    """Return a table whose columns of numbers as people write them are numbers, and what is to be said of them;
    those named in ``plain`` stay as they are written.
    """
    import pandas as pd

    notes: list[Message] = []
    changed: dict[Any, Any] = {}
    for name in frame.columns:
        series = frame[name]
        if str(name) in plain:
            continue
        if series.dtype.kind not in "OT" or pd.api.types.is_bool_dtype(series):
            continue
        texts = series.dropna()
        # Few different texts are looked at once each.
        different = pd.Series(texts.unique()).map(str).unique()
        few = different[:LOOKED_AT]
        if not sum(number_said(text, decimal) is not None for text in few) >= LEAST_SHARE * len(few) / 2:
            continue
        known = {text: number_said(text, decimal) for text in different}
        read = texts.map(lambda cell, known=known: known[str(cell)])
        right = int(read.notna().sum())
        if not right or right < LEAST_SHARE * len(texts) or any(_CODE.fullmatch(text) for text in different):
            continue
        odd = texts[read.isna()]
        if len(odd) and len(different) <= FEW:
            # Few numbers and a word are names of kinds: 1, 2, 3, unknown.
            continue
        changed[name] = pd.to_numeric(read.reindex(series.index))
        example = next(text for text in different if known[text] is not None)
        notes.append(message("data.numbers_said", column=name, text=example[:40], number=known[example]))
        if len(odd):
            notes.append(
                message(
                    "data.no_numbers",
                    column=name,
                    count=len(odd),
                    text=str(odd.iloc[0])[:40],
                    row=int(odd.index[0]) + 1,
                )
            )
    return (frame.assign(**changed) if changed else frame), tuple(notes)
