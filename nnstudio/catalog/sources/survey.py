"""Count the cells of a text table's rows before it is read: a reader of tables shifts, cuts or swells what is uneven
without a word.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TextIO

from nnstudio.document.text import Message, message

# Of uneven rows so many are named by their line.
NAMED = 5
# Where more rows than this share are uneven, it is no table with a few slips.
MOST_UNEVEN = 0.2
QUOTE = '"'


@dataclass
class Survey:
    """What the rows of a table look like; ``first`` is the first row (its cells), ``widths`` counts rows by their
    cells.

    ``longer`` and ``shorter`` are the lines (from 1) of the first rows that are longer or shorter than ``width``;
    ``row_names`` says that every row has one cell more than the header, ``trailing`` that this one more cell is empty
    everywhere.
    """

    first: list[str] = field(default_factory=list)
    widths: Counter[int] = field(default_factory=Counter)
    places: dict[int, list[int]] = field(default_factory=dict)
    width: int = 0
    cells: int = 0
    row_names: bool = False
    trailing: bool = False
    # Rows of names above the last one.
    above: list[list[str]] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """How many rows follow the first."""
        return sum(self.widths.values())

    def uneven(self, longer: bool) -> tuple[int, list[int]]:
        """How many rows are longer (or shorter) than the table is wide, and the lines of the first of them."""
        odd = [width for width in self.widths if (width > self.width if longer else width < self.width)]
        return sum(self.widths[width] for width in odd), sorted(line for width in odd for line in self.places[width])[
            :NAMED
        ]

    def notes(self) -> tuple[Message, ...]:
        """What a student has to know of it."""
        found = [message("data.row_names")] if self.row_names else []
        for longer, key in ((True, "data.longer_rows"), (False, "data.shorter_rows")):
            count, lines = self.uneven(longer)
            if count:
                found.append(message(key, count=count, cells=self.width, lines=lines_text(lines, count)))
        return tuple(found)


def lines_text(lines: list[int], count: int) -> str:
    """The numbers of lines, with an ellipsis where there are more."""
    return ", ".join(map(str, lines)) + (", …" if count > len(lines) else "")


def rows_of(lines: Iterable[str], mark: str) -> Iterator[tuple[int, str, int]]:
    """Yield (line from 1, the row's whole text, how many cells it has); a quoted cell may hold marks and line ends."""
    begun, held, length = 0, list[str](), 0
    for number, line in enumerate(lines, 1):
        if not held and not line.strip():
            continue
        if not held and QUOTE not in line:
            yield number, line, line.count(mark) + 1
            continue
        begun = begun if held else number
        open_cell = _left_open(line, mark, bool(held))
        held.append(line)
        length += len(line)
        if not open_cell or length > 1_000_000:
            text = "".join(held)
            yield begun, text, len(cells_of(text, mark))
            held, length = [], 0
    if held:
        text = "".join(held)
        yield begun, text, len(cells_of(text, mark))


def _left_open(line: str, mark: str, inside: bool) -> bool:
    """Whether a quoted cell goes on behind the line. A quotation mark amid a cell (5" pipe) is one of its letters."""
    place = 0
    while True:
        if inside:
            place = line.find(QUOTE, place)
            if place < 0:
                return True
            if line.startswith(QUOTE, place + 1):
                place += 2
                continue
            inside = False
        else:
            while line.startswith(" ", place):
                place += 1
            if line.startswith(QUOTE, place):
                inside = True
                place += 1
                continue
        place = line.find(mark, place)
        if place < 0:
            return False
        place += len(mark)


def cells_of(text: str, mark: str) -> list[str]:
    """The cells of one row."""
    try:
        return next(csv.reader(text.splitlines(keepends=True), delimiter=mark, skipinitialspace=True), [])
    except csv.Error:
        return text.split(mark)


def survey(file: TextIO, mark: str, header: bool, rows: int | None = None, before: int = 0) -> Survey:
    """Look through a table; with ``rows`` only at so many rows. ``before`` lines stand above what the file gives."""
    found = Survey()
    last_empty = True
    for line, text, count in rows_of(file, mark):
        if not found.first:
            found.first = cells_of(text, mark)
            if header:
                continue
        found.widths[count] += 1
        found.cells += count
        places = found.places.setdefault(count, [])
        if len(places) < NAMED:
            places.append(line + before)
        last_empty = last_empty and text.rstrip("\r\n").rstrip(" ").endswith((mark, mark + '""'))
        if rows is not None and found.rows >= rows:
            break
    named = len(found.first)
    usual = max(found.widths, key=lambda width: found.widths[width], default=named)
    if header and usual == named + 1 and found.widths[named] == 0:
        found.trailing = last_empty
        found.row_names = not last_empty
        found.width = usual
    else:
        found.width = named if header else usual
    return found


class WithoutLines:
    """A text that leaves out the rows with more cells than the table is wide; read as a file is."""

    def __init__(self, file: TextIO, mark: str, width: int) -> None:
        self._rows = (text for number, text, count in rows_of(file, mark) if count <= width or number == 1)
        self._held = ""

    def read(self, size: int = -1) -> str:
        """The next characters."""
        parts, length = [self._held], len(self._held)
        while size < 0 or length < size:
            text = next(self._rows, None)
            if text is None:
                break
            parts.append(text)
            length += len(text)
        whole = "".join(parts)
        self._held = "" if size < 0 else whole[size:]
        return whole if size < 0 else whole[:size]

    def __iter__(self) -> Iterator[str]:
        """The rows themselves."""
        return self._rows
