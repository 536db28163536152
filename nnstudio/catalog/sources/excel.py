"""Read a sheet of an Excel workbook, after a look at how large it would be."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Any

from nnstudio.catalog.sources.files import LOADING, MEGABYTE, size_of
from nnstudio.catalog.sources.manner import Manner
from nnstudio.catalog.sources.naming import MAX_COLUMNS, named
from nnstudio.document.errors import TrainError
from nnstudio.document.text import Message, message

MAX_EXCEL_BYTES = 200 * MEGABYTE
# A workbook's cells are objects of their own before they are numbers.
MAX_EXCEL_CELLS = 6_000_000


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


def read_excel(
    path: Path, manner: Manner, rows: int | None, missing: tuple[str, ...]
) -> tuple[Any, tuple[Message, ...]]:
    import pandas as pd

    size_of(path, MAX_EXCEL_BYTES)
    LOADING.advance(0.1)
    try:
        with path.open("rb") as file:
            with zipfile.ZipFile(file) as archive:
                # What is packed small may be huge unpacked.
                if sum(info.file_size for info in archive.infolist()) > 2 * MAX_EXCEL_BYTES:
                    raise TrainError("data.bomb", path=path, high=2 * MAX_EXCEL_BYTES // MEGABYTE)
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
                    header=None if manner.header == "no" else list(range(manner.heads)) if manner.heads > 1 else 0,
                    skiprows=manner.skip,
                    nrows=rows,
                    na_values=list(missing),
                )
                if manner.heads > 1 and manner.header != "no":
                    frame.columns = [_path(name) for name in frame.columns]
                others = tuple(str(name) for name in book.sheet_names if name != (manner.sheet or book.sheet_names[0]))
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
    said: tuple[Message, ...] = ()
    if others and not manner.sheet:
        said = (message("data.other_sheets", name=book.sheet_names[0], others=", ".join(others[:8])),)
    first = frame.columns[0] if frame.shape[1] > 1 else "x"
    if manner.header != "no" and len(frame) > 1 and str(first).startswith("Unnamed:") and frame.iloc[:, 0].is_unique:
        frame, notes = named(frame.iloc[:, 1:], True, path)
        return frame, (*said, message("data.row_names"), *notes)
    if manner.header != "no" and _one_name_short(frame):
        frame_of = frame.iloc[:, 1:]
        frame_of.columns = frame.columns[:-1]
        frame, notes = named(frame_of, True, path)
        return frame, (*said, message("data.row_names"), *notes)
    frame, notes = named(frame, manner.header != "no", path)
    return frame, (*said, *notes)


def _path(name: Any) -> str:
    """The name of a column that several rows give."""
    parts = [str(part).strip() for part in name] if isinstance(name, tuple) else [str(name)]
    return " / ".join(dict.fromkeys(part for part in parts if part and not part.startswith("Unnamed:")))


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
