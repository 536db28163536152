"""Read a table a student brings: CSV, TSV, Excel, Parquet, SQLite or arrays. How it is written is found out, and can be
said.
"""

from __future__ import annotations

import io
import re
import warnings
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnstudio.catalog.sources.array_table import ENDING, read_array_table
from nnstudio.catalog.sources.excel import read_excel
from nnstudio.catalog.sources.files import MEGABYTE, Watched, size_of
from nnstudio.catalog.sources.guesses import (
    DELIMITERS,
    cells_by,
    decimal_mark,
    decode,
    has_header,
    joined_names,
    separator,
)
from nnstudio.catalog.sources.manner import Manner
from nnstudio.catalog.sources.many_texts import ManyTexts
from nnstudio.catalog.sources.naming import MAX_COLUMNS, named
from nnstudio.catalog.sources.numbers_said import with_numbers
from nnstudio.catalog.sources.stores import DATABASES, MAX_CELLS, PARQUET, read_store
from nnstudio.catalog.sources.survey import MOST_UNEVEN, Survey, WithoutLines, cells_of, lines_text, survey
from nnstudio.document.errors import TrainError
from nnstudio.document.text import Message, message

if TYPE_CHECKING:
    import pandas as pd

MAX_BYTES = 1000 * MEGABYTE
SAMPLE = 256 * 1024
EXCEL = (".xlsx", ".xlsm")
ROWS_AT_ONCE = 20_000
CODE = re.compile(r"0\d{2,}")
MISSING = ("", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "-", "?", "缺失")


def describe(path: Path, manner: Manner) -> Manner:
    """Find out all that was not said of how a text table is written, from its beginning.

    Raises:
        TrainError: it cannot be read, is no table, or has too many columns.
    """
    size_of(path, MAX_BYTES)
    try:
        with path.open("rb") as file:
            data = file.read(SAMPLE)
            # A first line that does not end is a table of far too many columns, or no table.
            more = data if b"\n" in data or b"\r" in data else data + file.read(4 * MEGABYTE)
    except OSError as error:
        raise TrainError("data.unreadable_file", path=path, detail=error.strerror or str(error)) from None
    encoding = manner.encoding or decode(data)
    if b"\0" in data and not encoding.startswith("utf-16"):
        raise TrainError("data.no_table", path=path)
    text = more.decode(encoding, errors="replace").lstrip("\ufeff")
    lines = text.splitlines()
    if len(lines) > 1 and len(more) >= SAMPLE:
        lines = lines[:-1]
    said, named = _before(lines, manner)
    skip = manner.skip + said
    lines = [line for line in lines[skip + manner.heads - 1 :] if line.strip()][:200]
    if not lines:
        raise TrainError("data.empty_file" if not skip else "data.no_rows", path=path)
    if max(lines[0].count(mark) for mark in DELIMITERS) >= 20 * MAX_COLUMNS:
        raise TrainError("data.columns", count=max(lines[0].count(mark) for mark in DELIMITERS) + 1, high=MAX_COLUMNS)
    delimiter = manner.delimiter or named or separator(lines)
    rows = cells_by(lines, delimiter)
    if not rows:
        raise TrainError("data.no_table", path=path)
    if len(rows[0]) > MAX_COLUMNS:
        raise TrainError("data.columns", count=len(rows[0]), high=MAX_COLUMNS)
    return replace(
        manner,
        encoding=encoding,
        delimiter=delimiter,
        decimal=manner.decimal or decimal_mark(rows, delimiter),
        header=manner.header or ("yes" if manner.heads > 1 or has_header(rows) else "no"),
        skip=skip,
        codes=_codes(rows[1:]),
    )


def _codes(rows: list[list[str]]) -> tuple[int, ...]:
    """The columns in which a number of three digits or more begins with a zero: postcodes, numbers of parts."""
    return tuple(sorted({place for row in rows for place, cell in enumerate(row) if CODE.fullmatch(cell.strip())}))


def _before(lines: list[str], manner: Manner) -> tuple[int, str]:
    """How many lines above the names are remarks that begin with #, and the delimiter that a line "sep=" names."""
    rest = lines[manner.skip :]
    if rest and (found := re.fullmatch(r'"?sep=(.)"?\s*', rest[0], re.IGNORECASE)):
        return 1, found.group(1)
    count = next((n for n, line in enumerate(rest) if line.strip() and not line.startswith("#")), 0)
    after = rest[count] if count < len(rest) else ""
    # A first line of names may begin with the sign as well: it has as many cells as the next.
    mark = manner.delimiter or separator([line for line in rest[count:] if line.strip()][:50] or [after])
    while count and rest[count - 1].count(mark) == after.count(mark) > 0:
        count -= 1
    return count, ""


@dataclass(frozen=True)
class Read:
    """A table that was read: how it was written, and what has to be said of rows that were left out, filled up or
    moved.
    """

    frame: pd.DataFrame
    manner: Manner
    notes: tuple[Message, ...] = ()
    # Columns with so many different texts that these were not kept.
    crowded: frozenset[str] = frozenset()


def _as_text(seen: Survey, manner: Manner, texts: frozenset[str]) -> set[Any]:
    """What pandas calls the columns that are read as they are written: those of some names, and codes."""
    header, shift = manner.header == "yes", int(seen.row_names)
    names = [name.strip() for name in seen.first] if header else [f"column {n + 1}" for n in range(seen.width)]
    by_place = seen.row_names or seen.trailing or not header
    places = {place for place, name in enumerate(names) if name in texts}
    places |= {place - shift for place in manner.codes if place >= shift}
    return {place + shift if by_place else seen.first[place] for place in places if place < len(names)}


def _pieces(
    path: Path,
    manner: Manner,
    rows: int | None,
    size: int,
    many: ManyTexts,
    mixed: frozenset[Any],
    texts: frozenset[str],
) -> tuple[Survey, list[Any]]:
    """Survey a text table, then read it piece by piece; columns that are ``mixed`` by pandas' names, or named in
    ``texts``, are not looked at as numbers.

    Raises:
        TrainError: it is too large. Besides, what pandas and the decoder raise.
    """
    import pandas as pd

    # With "-sig" a mark at the beginning is no part of the first name; without a mark it changes nothing.
    encoding = "utf-8-sig" if manner.encoding == "utf-8" else manner.encoding
    header = manner.header == "yes"
    pieces: list[Any] = []
    with path.open("rb") as file:
        # Counting is a small part of the way.
        lines = io.TextIOWrapper(io.BufferedReader(Watched(file, 10 * size), 2**18), encoding=encoding, newline="")
        above = _passed_over(lines, manner)
        seen = _surveyed(path, lines, manner, rows)
        seen.above = above
    with path.open("rb") as file:
        text: Any = io.TextIOWrapper(io.BufferedReader(Watched(file, size), 2**18), encoding=encoding, newline="")
        _passed_over(text, manner)
        if seen.uneven(longer=True)[0]:
            text = WithoutLines(text, manner.delimiter, seen.width)
        plain = mixed | _as_text(seen, manner, texts)
        # Numbers for now: names may occur twice.
        names = list(range(seen.width)) if seen.row_names or seen.trailing or not header else None
        reader = pd.read_csv(
            text,
            sep=manner.delimiter,
            decimal=manner.decimal,
            header=0 if header else None,
            names=names,
            na_values=list(MISSING),
            dtype=dict.fromkeys(plain, str) if plain else None,
            chunksize=rows or ROWS_AT_ONCE,
            skipinitialspace=True,
            skip_blank_lines=True,
            index_col=False,
        )
        with warnings.catch_warnings():
            # Rows that turn out longer than they were counted would lose cells with a mere warning.
            warnings.simplefilter("error", pd.errors.ParserWarning)
            for piece in reader:
                # A first column without a name may hold the names of the rows.
                pieces.append(many.thin(piece, pieces, None if _first_is_named(seen) else 0))
                if rows is not None:
                    break
    return seen, pieces


def _passed_over(text: Any, manner: Manner) -> list[list[str]]:
    """Read beyond the lines above the last row of names; returns the cells of the rows of names among them."""
    for _ in range(manner.skip):
        text.readline()
    return [cells_of(text.readline(), manner.delimiter) for _ in range(manner.heads - 1)]


def _first_is_named(seen: Survey) -> bool:
    return bool((seen.first or ["x"])[0].strip())


def _names_rows(frame: pd.DataFrame, seen: Survey) -> bool:
    """Whether the first column has no name and tells every row from the others."""
    unnamed = not _first_is_named(seen) and frame.shape[1] > 1 and len(frame) > 1
    return unnamed and bool(frame.iloc[:, 0].is_unique)


def read_table(path: Path, manner: Manner, rows: int | None = None, texts: frozenset[str] = frozenset()) -> Read:
    """Read a table. ``rows`` reads only the beginning, for a preview; columns named in ``texts`` are read as they are
    written, not as numbers.

    A first column without a name, whose cells all differ, is taken as the names of the rows. Rows longer than the
    header are left out, shorter ones end with empty cells; all three are said in the notes.

    Raises:
        TrainError: it cannot be read; the sentence says why.
    """
    if path.suffix.lower() in EXCEL:
        frame, notes = read_excel(path, manner, rows, MISSING)
        frame, more = with_numbers(frame, ".")
        return Read(frame, manner, (*notes, *more))
    if path.suffix.lower() in (*PARQUET, *DATABASES, ENDING):
        arrays = path.suffix.lower() == ENDING
        frame, notes = read_array_table(path, rows) if arrays else read_store(path, manner.sheet, rows)
        frame, more = named(frame, True, path)
        frame, said_numbers = with_numbers(frame, ".")
        return Read(frame, manner, (*notes, *more, *said_numbers))
    if path.suffix.lower() == ".xls":
        raise TrainError("data.old_excel", path=path)
    size = size_of(path, MAX_BYTES)
    manner = describe(path, manner)
    # After the look at the file: what is no table is refused before pandas is loaded.
    import pandas as pd

    header = manner.header == "yes"
    many = ManyTexts()
    try:
        seen, pieces = _pieces(path, manner, rows, size, many, frozenset(), texts)
        if mixed := _mixed(pieces):
            # "01" in one piece and 1 in another are the same text: as it is written.
            many = ManyTexts()
            seen, pieces = _pieces(path, manner, rows, size, many, mixed, texts)
    except pd.errors.ParserWarning:
        raise TrainError("data.quotes", path=path) from None
    except UnicodeError:
        raise TrainError("data.encoding", path=path, encoding=manner.encoding) from None
    except pd.errors.EmptyDataError:
        raise TrainError("data.empty_file", path=path) from None
    except pd.errors.ParserError as error:
        # Its rows were counted: what is left is a quotation mark that is never closed and the like.
        if "inside string" in str(error):
            raise TrainError("data.quotes", path=path) from None
        raise TrainError("data.unreadable_file", path=path, detail=str(error).strip().split("\n")[0][-160:]) from None
    except OSError as error:
        raise TrainError("data.unreadable_file", path=path, detail=error.strerror or str(error)) from None
    if not pieces:
        raise TrainError("data.no_rows", path=path)
    frame = _joined(pieces)
    crowded = {frame.columns[place] for place in many.columns}
    said = list(seen.notes())
    if seen.row_names:
        frame = frame.drop(columns=[0])
        frame.columns = seen.first
    elif seen.trailing:
        frame = frame.drop(columns=[seen.width - 1])
        frame.columns = seen.first
    elif header and _names_rows(frame, seen):
        frame = frame.iloc[:, 1:]
        said.insert(0, message("data.row_names"))
    shift = 1 if len(seen.first) > frame.shape[1] or seen.row_names else 0
    places = frozenset(place for place, name in enumerate(frame.columns) if name in crowded)
    if seen.above and header:
        first = len(seen.first) - frame.shape[1]
        frame.columns = joined_names([row[first:] for row in seen.above], [str(name) for name in frame.columns])
    if manner.skip:
        said.insert(0, message("data.skipped_lines", count=manner.skip))
    frame, names_said = named(frame, header, path)
    frame, more = with_numbers(frame, manner.decimal, texts)
    codes = [str(frame.columns[place - shift]) for place in manner.codes if 0 <= place - shift < frame.shape[1]]
    codes = [name for name in codes if name not in texts]
    if codes:
        said.append(message("data.codes", columns=", ".join(codes[:5])))
    return Read(frame, manner, (*said, *names_said, *more), frozenset(str(frame.columns[place]) for place in places))


def _surveyed(path: Path, text: Any, manner: Manner, rows: int | None) -> Survey:
    """Count the cells of all rows.

    Raises:
        TrainError: there are too many, or rows differ so much that it is no table.
    """
    seen = survey(text, manner.delimiter, manner.header == "yes", rows, manner.skip + manner.heads - 1)
    if seen.width > MAX_COLUMNS + 1:
        raise TrainError("data.columns", count=seen.width, high=MAX_COLUMNS)
    # What is short is filled up.
    if seen.rows * seen.width > MAX_CELLS:
        raise TrainError("data.cells", path=path, count=seen.rows * seen.width, high=MAX_CELLS)
    count, lines = seen.uneven(longer=True)
    if count > MOST_UNEVEN * seen.rows:
        raise TrainError(
            "data.ragged", path=path, count=count, rows=seen.rows, cells=seen.width, lines=lines_text(lines, count)
        )
    return seen


def _mixed(pieces: list[Any]) -> frozenset[Any]:
    """The columns that hold numbers in some pieces and texts in others."""
    import pandas as pd

    found = set()
    for name in pieces[0].columns if len(pieces) > 1 else ():
        kinds = {pd.api.types.is_numeric_dtype(piece[name]) for piece in pieces if piece[name].notna().any()}
        if len(kinds) > 1:
            found.add(name)
    return frozenset(found)


def _joined(pieces: list[Any]) -> Any:
    """Join pieces; a column that is text in one piece is text in all."""
    import pandas as pd

    for name in _mixed(pieces):
        for piece in pieces:
            piece[name] = piece[name].map(str, na_action="ignore")
    return pd.concat(pieces, ignore_index=True)
