"""What tables one file holds: the sheets of a workbook, the tables of a database."""

from __future__ import annotations

import contextlib
import re
import sqlite3
import zipfile
from html import unescape
from pathlib import Path

from nnstudio.catalog.sources.stores import DATABASES, opened, tables_of
from nnstudio.catalog.sources.tables import EXCEL
from nnstudio.document.errors import TrainError

# A list of sheets is not longer than this.
MOST_BYTES = 4 * 2**20
_SHEET = re.compile(rb"<(?:\w+:)?sheet\s[^>]*?name=\"([^\"]*)\"")


def sheets_of(path: Path) -> tuple[str, ...]:
    """Return the names of the tables in a file, in its order; () where it holds one, or cannot be read."""
    ending = path.suffix.lower()
    try:
        if ending in EXCEL:
            with zipfile.ZipFile(path) as archive, archive.open("xl/workbook.xml") as file:
                found = _SHEET.findall(file.read(MOST_BYTES))
            names = tuple(unescape(name.decode("utf-8", "replace")) for name in found)
        elif ending in DATABASES:
            with contextlib.closing(opened(path)) as store:
                names = tuple(tables_of(store))
        else:
            return ()
    except (OSError, KeyError, ValueError, zipfile.BadZipFile, sqlite3.Error, TrainError):
        return ()
    return names if len(names) > 1 else ()
