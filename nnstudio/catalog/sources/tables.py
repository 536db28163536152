"""Read a table a student brings: CSV, TSV or Excel. How it is written is found out, and can be said."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnstudio.catalog.sources.files import LOADING, MEGABYTE, Watched, size_of
from nnstudio.document.errors import TrainError

if TYPE_CHECKING:
    import pandas as pd

MAX_BYTES = 200 * MEGABYTE
MAX_COLUMNS = 2000
SAMPLE = 256 * 1024
DELIMITERS = (",", ";", "\t", "|")
EXCEL = (".xlsx", ".xlsm")
ROWS_AT_ONCE = 20_000
NUMBER = re.compile(r"^\s*[-+]?(\d+([.,]\d*)?|[.,]\d+)([eE][-+]?\d+)?\s*%?\s*$")
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


def decode(data: bytes) -> str:
    """Return the name of the encoding that bytes are written in: UTF-8 or UTF-16 with their marks, GB18030, Latin-1."""
    if data.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig"
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    for name in ("utf-8", "gb18030"):
        # A sample may end in the middle of a character.
        for cut in range(4):
            try:
                data[: len(data) - cut].decode(name)
                return name
            except UnicodeDecodeError as error:
                if error.start < len(data) - 8:
                    break
    return "latin-1"


def separator(lines: list[str]) -> str:
    """Return what parts the cells: the mark that occurs on every line, equally often if possible."""
    best, score = ",", (0, 0)
    for mark in DELIMITERS:
        counts = [sum(1 for _ in row) - 1 for row in _cells(lines, mark)]
        if counts and min(counts) > 0:
            even = counts.count(counts[0]) * 100 // len(counts)
            found = (even, min(counts))
            if found > score:
                best, score = mark, found
    return best


def _cells(lines: list[str], mark: str) -> list[list[str]]:
    try:
        return [row for row in csv.reader(lines, delimiter=mark) if row]
    except csv.Error:
        return []


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
    rows = _cells(lines, delimiter)
    if not rows:
        raise TrainError("data.no_table", path=path)
    if len(rows[0]) > MAX_COLUMNS:
        raise TrainError("data.columns", count=len(rows[0]), high=MAX_COLUMNS)
    return replace(manner, encoding=encoding, delimiter=delimiter, decimal=manner.decimal or _decimal(rows, delimiter),
                   header=manner.header or ("yes" if _has_header(rows) else "no"))


def _decimal(rows: list[list[str]], delimiter: str) -> str:
    """A comma within a cell of digits is a decimal comma, unless commas part the cells."""
    cells = [cell.strip() for row in rows[1:] for cell in row]
    commas = sum(1 for cell in cells if re.fullmatch(r"[-+]?\d+,\d+", cell))
    points = sum(1 for cell in cells if re.fullmatch(r"[-+]?\d*\.\d+", cell))
    return "," if delimiter != "," and commas > points else "."


def _is_number(cell: str) -> bool:
    return bool(NUMBER.match(cell))


def _has_header(rows: list[list[str]]) -> bool:
    """The first row is a header when it holds no number; a number there means there is none."""
    first = [cell.strip() for cell in rows[0]]
    if not any(first) or any(_is_number(cell) for cell in first if cell):
        # Column names may be numbers where those below are text; that is rare, and can be said.
        return False
    below = [cell.strip() for row in rows[1:] for cell in row]
    return len(rows) == 1 or (any(_is_number(cell) for cell in below) or len(set(first)) == len(first))


def read_table(path: Path, manner: Manner, rows: int | None = None) -> tuple[pd.DataFrame, Manner]:
    """Read a table; returns it and how it was written. ``rows`` reads only the beginning, for a preview.

    Raises:
        TrainError: it cannot be read; the sentence says why.
    """
    if path.suffix.lower() in EXCEL:
        return _read_excel(path, manner, rows), manner
    if path.suffix.lower() == ".xls":
        raise TrainError("data.old_excel", path=path)
    size = size_of(path, MAX_BYTES)
    manner = describe(path, manner)
    # After the look at the file: what is no table is refused before pandas is loaded.
    import pandas as pd

    pieces: list[Any] = []
    try:
        with path.open("rb") as file:
            # With "-sig" a mark at the beginning is no part of the first name; without a mark it changes nothing.
            encoding = "utf-8-sig" if manner.encoding == "utf-8" else manner.encoding
            text = io.TextIOWrapper(io.BufferedReader(Watched(file, size), 2**18), encoding=encoding, newline="")
            reader = pd.read_csv(
                text, sep=manner.delimiter, decimal=manner.decimal, header=0 if manner.header == "yes" else None, na_values=list(MISSING),
                chunksize=rows or ROWS_AT_ONCE, skipinitialspace=True, skip_blank_lines=True, index_col=False,
            )
            for piece in reader:
                pieces.append(piece)
                if rows is not None:
                    break
    except UnicodeError:
        raise TrainError("data.encoding", path=path, encoding=manner.encoding) from None
    except pd.errors.EmptyDataError:
        raise TrainError("data.empty_file", path=path) from None
    except pd.errors.ParserError as error:
        raise TrainError("data.ragged", path=path, detail=str(error).strip().split("\n")[0][-160:]) from None
    except OSError as error:
        raise TrainError("data.unreadable_file", path=path, detail=error.strerror or str(error)) from None
    if not pieces:
        raise TrainError("data.no_rows", path=path)
    frame = _joined(pieces)
    return _named(frame, manner.header == "yes", path), manner


def _joined(pieces: list[Any]) -> Any:
    """Join pieces; a column that is text in one piece is text in all."""
    import pandas as pd

    if len(pieces) > 1:
        for name in pieces[0].columns:
            kinds = {pd.api.types.is_numeric_dtype(piece[name]) for piece in pieces if piece[name].notna().any()}
            if len(kinds) > 1:
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


def _read_excel(path: Path, manner: Manner, rows: int | None) -> Any:
    import pandas as pd

    size_of(path, MAX_BYTES)
    LOADING.advance(0.1)
    try:
        with path.open("rb") as file:
            with zipfile.ZipFile(file) as archive:
                # What is packed small may be huge unpacked.
                if sum(info.file_size for info in archive.infolist()) > 4 * MAX_BYTES:
                    raise TrainError("data.bomb", path=path, high=4 * MAX_BYTES // MEGABYTE)
            file.seek(0)
            frame = pd.read_excel(file, sheet_name=manner.sheet or 0, header=None if manner.header == "no" else 0, nrows=rows,
                                  engine="openpyxl", na_values=list(MISSING))
    except TrainError:
        raise
    except OSError as error:
        raise TrainError("data.unreadable_file", path=path, detail=error.strerror or str(error)) from None
    except Exception as error:
        # openpyxl raises whatever its parsers do on a broken workbook.
        raise TrainError("data.broken_excel", path=path, detail=str(error).split("\n")[0][:160] or type(error).__name__) from None
    LOADING.advance(0.9)
    return _named(frame, manner.header != "no", path)
