"""Look at a table that is too long for the memory: some of its rows, from all over it, tell what its columns hold."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnstudio.catalog.sources.files import LOADING, size_of
from nnstudio.catalog.sources.kept_samples import STREAMED
from nnstudio.catalog.sources.manner import Manner
from nnstudio.catalog.sources.naming import named
from nnstudio.catalog.sources.number_words import number_said
from nnstudio.catalog.sources.numbers_said import with_numbers
from nnstudio.catalog.sources.stores import DATABASES, MAX_STORE, MOST_STORE, PARQUET, Store, stored
from nnstudio.catalog.sources.tables import Read
from nnstudio.catalog.sources.treatments import read_as_text
from nnstudio.document.errors import TrainError
from nnstudio.document.text import message

if TYPE_CHECKING:
    import pandas as pd

# Of so many rows, evenly spread, is found out what columns hold; and of no more cells than these.
LOOKED_AT, MOST_CELLS = 200_000, 4_000_000
# The first row of every value is looked at as well, in columns of at most so many different ones.
DIFFERENT = 1_000
# Cells that are in memory at once.
AT_ONCE = 2_000_000


@dataclass(frozen=True)
class Looked:
    """What was looked at. ``read`` holds these rows as a short table is read, ``plain`` as they stand in the file."""

    store: Store
    read: Read
    plain: pd.DataFrame

    @property
    def step(self) -> int:
        """How many rows a piece has."""
        return max(1_000, AT_ONCE // max(1, self.store.columns))

    def shaped(self, piece: pd.DataFrame) -> pd.DataFrame:
        """Return other rows of the file as those that were looked at: the same names, and numbers where they have."""
        import pandas as pd

        columns: dict[str, Any] = {}
        for place, name in enumerate(self.read.frame.columns):
            series, like = piece.iloc[:, place], self.plain.dtypes.iloc[place]
            if series.dtype != like:
                # Without an empty cell whole numbers are no floats, and yes and no are no objects.
                with contextlib.suppress(ValueError, TypeError):
                    series = series.astype(like)
            if self.read.frame.dtypes.iloc[place] != like:
                series = pd.to_numeric(series.map(lambda cell: number_said(str(cell), "."), na_action="ignore"))
            columns[str(name)] = series
        return pd.DataFrame(columns, index=piece.index)


def is_tall(path: Path, params: Mapping[str, Any]) -> bool:
    """Whether a table is read batch by batch: of those that say themselves what their columns hold the large ones.

    Raises:
        TrainError: it cannot be read.
    """
    if path.suffix.lower() not in (*PARQUET, *DATABASES) or params.get("test_file"):
        return False
    store = stored(path, Manner.of(params).sheet)
    # Few cells of long texts are large as well.
    return 8 * store.rows * store.columns >= STREAMED or size_of(path, MOST_STORE) > MAX_STORE


def looked(path: Path, params: Mapping[str, Any]) -> Looked:
    """Look at rows from all over a table, and at the first of every value where values are few.

    Raises:
        TrainError: it cannot be read.
    """
    sheet, texts = Manner.of(params).sheet, read_as_text(params)
    key = cache_key(path, {}, sheet)
    store = stored(path, sheet)
    plain = _last.get(key)
    if plain is None:
        plain = _some_rows(store, path)
        _last.clear()
        _last[key] = plain
    frame, notes = named(plain.copy(deep=False), True, path)
    frame, more = with_numbers(frame, ".", texts)
    return Looked(store, Read(frame, Manner.of(params), (*store.notes, *notes, *more)), plain)


# The last one: the columns' page and the run look at the same.
_last: dict[str, pd.DataFrame] = {}


def looked_note(found: Looked) -> Read:
    """Return what was looked at, with a note that it is not all."""
    note = message("data.tall_looked", looked=len(found.plain), rows=found.store.rows)
    return replace(found.read, notes=(note, *found.read.notes))


def _some_rows(store: Store, path: Path) -> pd.DataFrame:
    import numpy as np
    import pandas as pd

    if not store.rows:
        raise TrainError("data.no_rows", path=path)
    count = min(LOOKED_AT, max(1_000, MOST_CELLS // store.columns))
    step = max(1, store.rows // count)
    size = max(1_000, AT_ONCE // store.columns)
    values: dict[int, set[Any]] = {place: set() for place in range(store.columns)}
    without = set(values)
    kept: list[pd.DataFrame] = []
    for piece in store.pieces(size):
        LOADING.advance(float(piece.index[0]) / store.rows)
        chosen = np.asarray(piece.index) % step == 0
        for place in list(values):
            series = piece.iloc[:, place].dropna()
            first = series[~series.duplicated()]
            fresh = [row for row, value in first.items() if value not in values[place]]
            values[place].update(first)
            if len(values[place]) > DIFFERENT:
                del values[place]
            else:
                chosen[piece.index.get_indexer(fresh)] = True
        for place in list(without):
            empty = piece.iloc[:, place].isna().to_numpy()
            if empty.any():
                chosen[int(np.argmax(empty))] = True
                without.discard(place)
        kept.append(piece[chosen])
    frame = pd.concat(kept)
    # What was mixed in one piece is mixed in all.
    return frame.infer_objects()


def cache_key(path: Path, params: Mapping[str, Any], *more: object) -> str:
    """What tells this table, read in this manner, from others.

    Raises:
        TrainError: the file is gone.
    """
    import hashlib

    try:
        seen = os.stat(path)
    except OSError as error:
        raise TrainError("data.unreadable_file", path=path, detail=error.strerror or str(error)) from None
    plain = sorted((name, repr(value)) for name, value in params.items())
    said = (str(path.resolve()), seen.st_size, seen.st_mtime_ns, plain, *more)
    return hashlib.blake2b(repr(said).encode("utf-8", "replace"), digest_size=16).hexdigest()
