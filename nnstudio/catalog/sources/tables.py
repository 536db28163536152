"""Read a table a student brings: CSV, TSV or Excel. How it is written is found out, and can be said."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnstudio.catalog.sources.files import LOADING, MEGABYTE, Watched, size_of
from nnstudio.catalog.sources.guesses import DELIMITERS, cells_by, decimal_mark, decode, has_header, separator
from nnstudio.catalog.sources.many_texts import ManyTexts
from nnstudio.catalog.sources.numbers_said import with_numbers
from nnstudio.catalog.sources.survey import MOST_UNEVEN, Survey, WithoutLines, lines_text, survey
from nnstudio.document.errors import TrainError
from nnstudio.document.text import Message, message

if TYPE_CHECKING:
    import pandas as pd

MAX_BYTES = 200 * MEGABYTE
MAX_COLUMNS = 2000
# Cells of a table, empty ones too: while it is read each takes 8 bytes twice.
MAX_CELLS = 50_000_000
# A workbook's cells are objects of their own before they are numbers.
MAX_EXCEL_CELLS = 6_000_000
SAMPLE = 256 * 1024
EXCEL = (".xlsx", ".xlsm")
ROWS_AT_ONCE = 20_000
MISSING = ("", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "-", "?", "缺失")


@dataclass(frozen=True)
class Manner:
    """How a table is written. "" is found out; ``header`` is "yes", "no" or ""."""

    encoding: str = ""
    delimiter: str = ""
    decimal: str = ""
    header: str = ""
    sheet: str = ""

    @classmethod
    def of(cls, params: Mapping[str, Any]) -> Manner:
        """How a table is written, as far as its settings say."""
        return cls(*(str(params.get(name) or "") for name in ("encoding", "delimiter", "decimal", "header", "sheet")))


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
    lines = [line for line in lines if line.strip()][:200]
    if not lines:
        raise TrainError("data.empty_file", path=path)
    if max(lines[0].count(mark) for mark in DELIMITERS) >= 20 * MAX_COLUMNS:
        raise TrainError("data.columns", count=max(lines[0].count(mark) for mark in DELIMITERS) + 1, high=MAX_COLUMNS)
    delimiter = manner.delimiter or separator(lines)
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
        header=manner.header or ("yes" if has_header(rows) else "no"),
    )


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


def _pieces(
    path: Path, manner: Manner, rows: int | None, size: int, many: ManyTexts, texts: frozenset[Any] = frozenset()
) -> tuple[Survey, list[Any]]:
    """Survey a text table, then read it piece by piece; columns named in ``texts`` are not looked at as numbers.

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
        seen = _surveyed(path, lines, manner, rows)
    with path.open("rb") as file:
        text: Any = io.TextIOWrapper(io.BufferedReader(Watched(file, size), 2**18), encoding=encoding, newline="")
        if seen.uneven(longer=True)[0]:
            text = WithoutLines(text, manner.delimiter, seen.width)
        # Numbers for now: names may occur twice.
        names = list(range(seen.width)) if seen.row_names or seen.trailing or not header else None
        reader = pd.read_csv(
            text,
            sep=manner.delimiter,
            decimal=manner.decimal,
            header=0 if header else None,
            names=names,
            na_values=list(MISSING),
            dtype=dict.fromkeys(texts, str) if texts else None,
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


def _first_is_named(seen: Survey) -> bool:
    return bool((seen.first or ["x"])[0].strip())


def _names_rows(frame: pd.DataFrame, seen: Survey) -> bool:
    """Whether the first column has no name and tells every row from the others."""
    unnamed = not _first_is_named(seen) and frame.shape[1] > 1 and len(frame) > 1
    return unnamed and bool(frame.iloc[:, 0].is_unique)


def read_table(path: Path, manner: Manner, rows: int | None = None) -> Read:
    """Read a table. ``rows`` reads only the beginning, for a preview.

    A first column without a name, whose cells all differ, is taken as the names of the rows. Rows longer than the
    header are left out, shorter ones end with empty cells; all three are said in the notes.

    Raises:
        TrainError: it cannot be read; the sentence says why.
    """
    if path.suffix.lower() in EXCEL:
        frame, notes = _read_excel(path, manner, rows)
        frame, more = with_numbers(frame, ".")
        return Read(frame, manner, (*notes, *more))
    if path.suffix.lower() == ".xls":
        raise TrainError("data.old_excel", path=path)
    size = size_of(path, MAX_BYTES)
    manner = describe(path, manner)
    # After the look at the file: what is no table is refused before pandas is loaded.
    import pandas as pd

    header = manner.header == "yes"
    many = ManyTexts()
    try:
        seen, pieces = _pieces(path, manner, rows, size, many)
        if mixed := _mixed(pieces):
            # "01" in one piece and 1 in another are the same text: as it is written.
            many = ManyTexts()
            seen, pieces = _pieces(path, manner, rows, size, many, mixed)
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
    places = frozenset(place for place, name in enumerate(frame.columns) if name in crowded)
    frame, more = with_numbers(_named(frame, header, path), manner.decimal)
    return Read(frame, manner, (*said, *more), frozenset(str(frame.columns[place]) for place in places))


def _surveyed(path: Path, text: Any, manner: Manner, rows: int | None) -> Survey:
    """Count the cells of all rows.

    Raises:
        TrainError: there are too many, or rows differ so much that it is no table.
    """
    seen = survey(text, manner.delimiter, manner.header == "yes", rows)
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


def _named(frame: Any, header: bool, path: Path) -> Any:
    if frame.shape[1] > MAX_COLUMNS:
        raise TrainError("data.columns", count=frame.shape[1], high=MAX_COLUMNS)
    if not len(frame):
        raise TrainError("data.no_rows", path=path)
    names, seen = [], set()
    for number, name in enumerate(frame.columns):
        text = str(name).strip() if header else f"column {number + 1}"
        text = f"column {number + 1}" if not text or text.startswith("Unnamed:") else text[:200]
        while text in seen:
            text += "'"
        seen.add(text)
        names.append(text)
    frame.columns = names
    return frame


# Cells in a sheet's XML, and the places of those that say where they stand.
_CELL = re.compile(rb"<(?:\w+:)?c[\s/>]")
_PLACE = re.compile(rb'<(?:\w+:)?c\s(?:[^>]*?\s)?r="([A-Za-z]{1,3})(\d{1,7})"')


def _check_sheets(path: Path, archive: zipfile.ZipFile) -> None:
    """Look where the cells of a workbook's sheets stand: one in the last corner would make a table of billions.

    Raises:
        TrainError: there are too many, or too many columns.
    """
    for info in archive.infolist():
        if not re.fullmatch(r"xl/worksheets/[^/]+\.xml", info.filename):
            continue
        widest, deepest, cells, tail = 0, 0, 0, b""
        with archive.open(info) as sheet:
            while block := sheet.read(MEGABYTE):
                text = tail + block
                # A place that is cut by the block's end is looked at with the next.
                cut = text.rfind(b"<")
                text, tail = (text[:cut], text[cut:]) if cut > 0 else (text, b"")
                cells += len(_CELL.findall(text))
                for letters, number in _PLACE.findall(text):
                    column = 0
                    for letter in letters.upper():
                        column = 26 * column + letter - 64
                    widest, deepest = max(widest, column), max(deepest, int(number))
        if widest > MAX_COLUMNS:
            raise TrainError("data.columns", count=widest, high=MAX_COLUMNS)
        if max(cells, widest * deepest) > MAX_EXCEL_CELLS:
            raise TrainError("data.cells", path=path, count=max(cells, widest * deepest), high=MAX_EXCEL_CELLS)


def _read_excel(path: Path, manner: Manner, rows: int | None) -> tuple[Any, tuple[Message, ...]]:
    import pandas as pd

    size_of(path, MAX_BYTES)
    LOADING.advance(0.1)
    try:
        with path.open("rb") as file:
            with zipfile.ZipFile(file) as archive:
                # What is packed small may be huge unpacked.
                if sum(info.file_size for info in archive.infolist()) > 2 * MAX_BYTES:
                    raise TrainError("data.bomb", path=path, high=2 * MAX_BYTES // MEGABYTE)
                _check_sheets(path, archive)
            file.seek(0)
            with pd.ExcelFile(file, engine="openpyxl") as book:
                if manner.sheet and manner.sheet not in book.sheet_names:
                    raise TrainError(
                        "data.no_sheet", path=path, name=manner.sheet, there=", ".join(map(str, book.sheet_names[:8]))
                    )
                frame = pd.read_excel(
                    book,
                    sheet_name=manner.sheet or 0,
                    header=None if manner.header == "no" else 0,
                    nrows=rows,
                    na_values=list(MISSING),
                )
    except TrainError:
        raise
    except OSError as error:
        raise TrainError("data.unreadable_file", path=path, detail=error.strerror or str(error)) from None
    except Exception as error:
        # openpyxl raises whatever its parsers do on a broken workbook.
        raise TrainError(
            "data.broken_excel", path=path, detail=str(error).split("\n")[0][:160] or type(error).__name__
        ) from None
    LOADING.advance(0.9)
    first = frame.columns[0] if frame.shape[1] > 1 else "x"
    if manner.header != "no" and len(frame) > 1 and str(first).startswith("Unnamed:") and frame.iloc[:, 0].is_unique:
        return _named(frame.iloc[:, 1:], True, path), (message("data.row_names"),)
    if manner.header != "no" and _one_name_short(frame):
        named = frame.iloc[:, 1:]
        named.columns = frame.columns[:-1]
        return _named(named, True, path), (message("data.row_names"),)
    return _named(frame, manner.header != "no", path), ()


def _one_name_short(frame: Any) -> bool:
    """Whether all columns but the last have a name and no cell of the first is there twice: the names stand one too far
    to the left.
    """
    unnamed = [str(name).startswith("Unnamed:") for name in frame.columns]
    return (
        len(frame) > 1
        and frame.shape[1] > 2
        and unnamed == [*[False] * (len(unnamed) - 1), True]
        and bool(frame.iloc[:, 0].is_unique and frame.iloc[:, -1].notna().all())
    )
