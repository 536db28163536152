"""Tables that say themselves what their columns hold: Parquet files and SQLite databases."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnstudio.catalog.sources.files import LOADING, MEGABYTE, size_of
from nnstudio.catalog.sources.naming import MAX_COLUMNS
from nnstudio.document.errors import TrainError
from nnstudio.document.text import Message, message

if TYPE_CHECKING:
    import pandas as pd

# Bytes of a file that goes into the memory, and of one that is read piece by piece.
MAX_STORE, MOST_STORE = 4000 * MEGABYTE, 200_000 * MEGABYTE
# Cells of a table, empty ones too: while it is read each takes 8 bytes twice.
MAX_CELLS = 50_000_000
AT_ONCE = 20_000
PARQUET, DATABASES = (".parquet",), (".sqlite", ".sqlite3", ".db")


@dataclass(frozen=True)
class Store:
    """A table that is read piece by piece. ``pieces(rows)`` yields it in frames of about so many rows, whose index is
    the rows' place in the whole; ``notes`` say what of it is left out.
    """

    rows: int
    columns: int
    pieces: Callable[[int], Iterator[pd.DataFrame]]
    notes: tuple[Message, ...] = ()


def stored(path: Path, table: str = "") -> Store:
    """Look at a Parquet file, or at one ``table`` of a database ("" is its first), without reading its rows.

    Raises:
        TrainError: it cannot be read; the sentence says why. The pieces raise so, too.
    """
    size_of(path, MOST_STORE)
    if path.suffix.lower() in PARQUET:
        return _stored_parquet(path)
    with _refusing(path), contextlib.closing(opened(path)) as store:
        quoted, count, names, notes = _found(store, path, table)
        first = store.execute(f"SELECT * FROM {quoted}").fetchmany(AT_ONCE)
    kept, left = _no_bytes(names, first)

    def pieces(size: int) -> Iterator[pd.DataFrame]:
        import pandas as pd

        start = 0
        with _refusing(path), contextlib.closing(opened(path)) as store:
            cursor = store.execute(f"SELECT * FROM {quoted}")
            while rows := cursor.fetchmany(size):
                frame = pd.DataFrame.from_records(rows, columns=names).iloc[:, kept].infer_objects()
                frame.index = pd.RangeIndex(start, start + len(frame))
                start += len(frame)
                yield frame

    return Store(count, len(kept), pieces, (*notes, *left))


def _stored_parquet(path: Path) -> Store:
    pa, pq = _arrow(path)
    with _refusing(path, pa.ArrowException), pq.ParquetFile(path) as file:
        count = file.metadata.num_rows
        plain, left = _plain_columns(pa, file)

    def pieces(size: int) -> Iterator[pd.DataFrame]:
        import pandas as pd

        start = 0
        with _refusing(path, pa.ArrowException), pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=size, columns=plain):
                frame = _plain(pa.Table.from_batches([batch]).to_pandas(ignore_metadata=True, date_as_object=False))
                frame.index = pd.RangeIndex(start, start + len(frame))
                start += len(frame)
                yield frame

    return Store(count, len(plain), pieces, left)


@contextlib.contextmanager
def _refusing(path: Path, *more: type[Exception]) -> Iterator[None]:
    """What libraries say of a file that cannot be read, as a sentence; ``more`` are errors of their own."""
    errors: tuple[type[Exception], ...] = (sqlite3.Error, OSError, ValueError, *more)
    try:
        yield
    except errors as error:
        raise TrainError("data.unreadable_file", path=path, detail=str(error).split("\n")[0][:160]) from None


def _arrow(path: Path) -> tuple[Any, Any]:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise TrainError("data.no_parquet", path=path) from None
    return pa, pq


def _plain_columns(pa: Any, file: Any) -> tuple[list[str], tuple[Message, ...]]:
    """The columns that can be numbers or texts, and what is said of the others."""
    found = file.schema_arrow
    plain = [field.name for field in found if not pa.types.is_nested(field.type) and not _bytes(pa, field.type)]
    left = [field.name for field in found if field.name not in plain]
    if not plain:
        raise TrainError("data.no_features")
    return plain, (_left_out(left),) if left else ()


def read_store(path: Path, table: str, rows: int | None = None) -> tuple[pd.DataFrame, tuple[Message, ...]]:
    """Read a Parquet file, or one ``table`` of a database ("" is its first); what cannot be numbers or texts is left
    out, and said.

    Raises:
        TrainError: it cannot be read; the sentence says why.
    """
    size_of(path, MAX_STORE if rows is None else MOST_STORE)
    LOADING.advance(0.05)
    if path.suffix.lower() == ".parquet":
        return _parquet(path, rows)
    with _refusing(path), contextlib.closing(opened(path)) as store:
        return _database(store, path, table, rows)


def opened(path: Path) -> sqlite3.Connection:
    """Open a database to be read alone.

    Raises:
        sqlite3.Error: it cannot be opened.
    """
    store = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    # What a stranger's file says of functions and views is not run.
    store.execute("PRAGMA trusted_schema = OFF")
    return store


def tables_of(store: sqlite3.Connection) -> list[str]:
    """Return the tables of a database, as they were made."""
    return [
        str(name)
        for name, text in store.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table' ORDER BY rowid")
        if not str(name).startswith("sqlite_") and "VIRTUAL" not in str(text or "").upper().split()[:3]
    ]


def _check_size(path: Path, rows: int, columns: int) -> None:
    if columns > MAX_COLUMNS:
        raise TrainError("data.columns", count=columns, high=MAX_COLUMNS)
    if rows * columns > MAX_CELLS:
        raise TrainError("data.cells", path=path, count=rows * columns, high=MAX_CELLS)


def _parquet(path: Path, rows: int | None) -> tuple[pd.DataFrame, tuple[Message, ...]]:
    pa, pq = _arrow(path)
    with _refusing(path, pa.ArrowException), pq.ParquetFile(path) as file:
        plain, notes = _plain_columns(pa, file)
        _check_size(path, min(file.metadata.num_rows, rows or file.metadata.num_rows), len(plain))
        pieces, read = [], 0
        for batch in file.iter_batches(batch_size=rows or AT_ONCE, columns=plain):
            pieces.append(batch)
            read += batch.num_rows
            LOADING.advance(read / max(1, file.metadata.num_rows))
            if rows is not None and read >= rows:
                break
        if not read:
            raise TrainError("data.no_rows", path=path)
        frame = pa.Table.from_batches(pieces).to_pandas(ignore_metadata=True)
    return _plain(frame), notes


def _bytes(pa: Any, kind: Any) -> bool:
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind))


def _left_out(names: list[str]) -> Message:
    return message("data.nested_columns", columns=", ".join(names[:5]), count=len(names))


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """The same with categories as texts and exact decimals as numbers."""
    from decimal import Decimal

    changed: dict[str, Any] = {}
    for name in frame.columns:
        series = frame[name]
        if str(series.dtype) == "category":
            changed[name] = series.astype(object)
        elif series.dtype.kind == "O":
            first = series.dropna()
            if len(first) and isinstance(first.iloc[0], Decimal):
                changed[name] = series.map(float, na_action="ignore").astype("float64")
    return frame.assign(**changed) if changed else frame


def _found(store: sqlite3.Connection, path: Path, table: str) -> tuple[str, int, list[str], tuple[Message, ...]]:
    """The table of a database that is meant: its quoted name, how many rows, its columns, and that there are others."""
    there = tables_of(store)
    if not there:
        raise TrainError("data.no_tables", path=path)
    if table and table not in there:
        raise TrainError("data.no_sheet", path=path, name=table, there=", ".join(there[:8]))
    name = table or there[0]
    quoted = '"' + name.replace('"', '""') + '"'
    count = int(store.execute(f"SELECT COUNT(*) FROM {quoted}").fetchone()[0])
    names = [str(entry[0]) for entry in store.execute(f"SELECT * FROM {quoted} LIMIT 0").description]
    others = ", ".join(other for other in there if other != name)
    return (
        quoted,
        count,
        names,
        (message("data.other_sheets", name=name, others=others[:200]),) if (len(there) > 1 and not table) else (),
    )


def _no_bytes(names: list[str], rows: list[tuple[Any, ...]]) -> tuple[list[int], tuple[Message, ...]]:
    """The places of the columns that hold no bytes, by some rows, and what is said of the others."""
    left = [place for place in range(len(names)) if any(isinstance(row[place], bytes) for row in rows[:AT_ONCE])]
    kept = [place for place in range(len(names)) if place not in left]
    if not kept:
        raise TrainError("data.no_features")
    return kept, (_left_out([names[place] for place in left]),) if left else ()


def _database(
    store: sqlite3.Connection, path: Path, table: str, rows: int | None
) -> tuple[pd.DataFrame, tuple[Message, ...]]:
    import pandas as pd

    quoted, count, names, notes = _found(store, path, table)
    cursor = store.execute(f"SELECT * FROM {quoted}")
    _check_size(path, min(count, rows or count), len(names))
    found: list[tuple[Any, ...]] = []
    while piece := cursor.fetchmany(min(AT_ONCE, (rows or count) - len(found)) or 1):
        found += piece
        LOADING.advance(len(found) / max(1, count))
        if rows is not None and len(found) >= rows:
            break
    if not found:
        raise TrainError("data.no_rows", path=path)
    kept, left = _no_bytes(names, found)
    frame = pd.DataFrame.from_records(found, columns=names).infer_objects()
    return frame.iloc[:, kept], (*notes, *left)
