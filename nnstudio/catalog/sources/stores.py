"""Tables that say themselves what their columns hold: Parquet files and SQLite databases."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnstudio.catalog.sources.files import LOADING, MEGABYTE, size_of
from nnstudio.catalog.sources.naming import MAX_COLUMNS
from nnstudio.document.errors import TrainError
from nnstudio.document.text import Message, message

if TYPE_CHECKING:
    import pandas as pd

MAX_STORE = 4000 * MEGABYTE
MAX_CELLS = 50_000_000
AT_ONCE = 20_000


def read_store(path: Path, table: str, rows: int | None = None) -> tuple[pd.DataFrame, tuple[Message, ...]]:
    """Read a Parquet file, or one ``table`` of a database ("" is its first); what cannot be numbers or texts is left
    out, and said.

    Raises:
        TrainError: it cannot be read; the sentence says why.
    """
    size_of(path, MAX_STORE)
    LOADING.advance(0.05)
    if path.suffix.lower() == ".parquet":
        return _parquet(path, rows)
    try:
        with contextlib.closing(opened(path)) as store:
            return _database(store, path, table, rows)
    except sqlite3.Error as error:
        raise TrainError("data.unreadable_file", path=path, detail=str(error)[:160]) from None


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
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise TrainError("data.no_parquet", path=path) from None
    try:
        with pq.ParquetFile(path) as file:
            found = file.schema_arrow
            plain = [field.name for field in found if not pa.types.is_nested(field.type) and not _bytes(pa, field.type)]
            left = [field.name for field in found if field.name not in plain]
            if not plain:
                raise TrainError("data.no_features")
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
    except (pa.ArrowException, OSError, ValueError) as error:
        raise TrainError("data.unreadable_file", path=path, detail=str(error).split("\n")[0][:160]) from None
    return _plain(frame), (_left_out(left),) if left else ()


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


def _database(
    store: sqlite3.Connection, path: Path, table: str, rows: int | None
) -> tuple[pd.DataFrame, tuple[Message, ...]]:
    import pandas as pd

    there = tables_of(store)
    if not there:
        raise TrainError("data.no_tables", path=path)
    if table and table not in there:
        raise TrainError("data.no_sheet", path=path, name=table, there=", ".join(there[:8]))
    name = table or there[0]
    quoted = '"' + name.replace('"', '""') + '"'
    count = int(store.execute(f"SELECT COUNT(*) FROM {quoted}").fetchone()[0])
    cursor = store.execute(f"SELECT * FROM {quoted}")
    names = [str(entry[0]) for entry in cursor.description]
    _check_size(path, min(count, rows or count), len(names))
    found: list[tuple[Any, ...]] = []
    while piece := cursor.fetchmany(min(AT_ONCE, (rows or count) - len(found)) or 1):
        found += piece
        LOADING.advance(len(found) / max(1, count))
        if rows is not None and len(found) >= rows:
            break
    if not found:
        raise TrainError("data.no_rows", path=path)
    frame = pd.DataFrame.from_records(found, columns=names).infer_objects()
    left = [
        column
        for place, column in enumerate(names)
        if any(isinstance(value, bytes) for value in frame.iloc[:, place].head(AT_ONCE))
    ]
    notes = []
    if len(there) > 1 and not table:
        others = ", ".join(other for other in there if other != name)
        notes.append(message("data.other_sheets", name=name, others=others[:200]))
    if left:
        notes.append(_left_out(left))
    kept = [place for place, column in enumerate(names) if column not in left]
    if not kept:
        raise TrainError("data.no_features")
    return frame.iloc[:, kept], tuple(notes)
