"""From features back to the cells that they were made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nnstudio.catalog.sources.columns import ABSENT, OTHERS, Column
from nnstudio.catalog.sources.tokenizing import MARKS, cutter
from nnstudio.catalog.sources.treatments import DATE, EMBED, FLAG, LOG, ORDERED, PICTURE, TOKENS

if TYPE_CHECKING:
    import numpy as np


def decode(features: np.ndarray, columns: tuple[Column, ...]) -> tuple[str, ...]:
    """Return cells that :func:`encode` turns into these features of one row; "" where they cannot be told."""
    import numpy as np

    cells, place = [], 0
    for column in columns:
        part = features[place : place + column.size]
        place += len(part)
        if column.kind == TOKENS:
            cut = cutter(column.form)
            cells.append(cut.decode([int(v) - len(MARKS) for v in part if v >= len(MARKS)]))
        elif column.kind in (DATE, PICTURE) or np.isnan(part).any():
            cells.append("")
        elif column.kind in (ORDERED, FLAG, EMBED):
            cells.append(column.categories[int(part[0])])
        elif column.categories:
            found = column.categories[int(part.argmax())]
            cells.append("" if found in (ABSENT, OTHERS) else found)
        else:
            value = float(part[0])
            cells.append(f"{np.sign(value) * np.expm1(abs(value)) if column.kind == LOG else value:.10g}")
    return tuple(cells)
