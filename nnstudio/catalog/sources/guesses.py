"""Find out how a text table is written: its encoding, what parts the cells, the decimal mark, whether it has names."""

from __future__ import annotations

import csv
import re
from itertools import pairwise

DELIMITERS = (",", ";", "\t", "|")
NUMBER = re.compile(r"^\s*[-+]?(\d+([.,]\d*)?|[.,]\d+)([eE][-+]?\d+)?\s*%?\s*$")
# The signs that nine of ten in a Chinese text are: the first level of GB 2312, and its punctuation.
COMMON, LEAST_COMMON = (0xB0A1, 0xD7F9), 0.6
# So many whole numbers counting up from 0 are names even above whole numbers; these are years.
MANY, YEARS = 4, range(1900, 2101)


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
                text = data[: len(data) - cut].decode(name)
                if name == "gb18030" and not _is_chinese(text):
                    # Letters with accents are bytes of Chinese signs as well, of rare ones.
                    return "latin-1"
                return name
            except UnicodeDecodeError as error:
                if error.start < len(data) - 8:
                    break
    return "latin-1"


def separator(lines: list[str]) -> str:
    """Return what parts the cells: the mark that occurs on every line, equally often if possible."""
    best, score = ",", (0, 0)
    for mark in DELIMITERS:
        counts = [sum(1 for _ in row) - 1 for row in cells_by(lines, mark)]
        if counts and min(counts) > 0:
            even = counts.count(counts[0]) * 100 // len(counts)
            found = (even, min(counts))
            if found > score:
                best, score = mark, found
    return best


def cells_by(lines: list[str], mark: str) -> list[list[str]]:
    try:
        return [row for row in csv.reader(lines, delimiter=mark) if row]
    except csv.Error:
        return []


def _is_chinese(text: str) -> bool:
    """Whether what was read as GB18030 is Chinese: most of its signs are common ones."""
    signs = [sign for sign in text if ord(sign) > 127]
    if not signs:
        return True
    common = 0
    for sign in signs[:5000]:
        code = sign.encode("gb18030", errors="replace")
        place = int.from_bytes(code, "big") if len(code) == 2 else 0
        common += COMMON[0] <= place <= COMMON[1] or 0xA1A1 <= place <= 0xA3FE
    return common >= LEAST_COMMON * min(len(signs), 5000)


def decimal_mark(rows: list[list[str]], delimiter: str) -> str:
    """A comma within a cell of digits is a decimal comma, unless commas part the cells."""
    cells = [cell.strip() for row in rows[1:] for cell in row]
    commas = sum(1 for cell in cells if re.fullmatch(r"[-+]?\d+,\d+", cell))
    points = sum(1 for cell in cells if re.fullmatch(r"[-+]?\d*\.\d+", cell))
    return "," if delimiter != "," and commas > points else "."


def is_number(cell: str) -> bool:
    return bool(NUMBER.match(cell))


def has_header(rows: list[list[str]]) -> bool:
    """The first row is a header when it holds no number, or numbers that are names; any other means there is none."""
    first = [cell.strip() for cell in rows[0]]
    if _counts_up(first, [cell.strip() for row in rows[1:] for cell in row]):
        return True
    if not any(first) or any(is_number(cell) for cell in first if cell):
        # Column names may be numbers where those below are text; that is rare, and can be said.
        return False
    below = [cell.strip() for row in rows[1:] for cell in row]
    return len(rows) == 1 or (any(is_number(cell) for cell in below) or len(set(first)) == len(first))


def _counts_up(first: list[str], below: list[str]) -> bool:
    """Whether the numbers of a first row are names: 0, 1, 2 … that a program gave, or years beside other names. A row
    of data may count up as well: where that is as likely it is none.
    """
    texts = [cell for cell in first if cell and not is_number(cell)]
    told = [cell for cell in first if is_number(cell)]
    if len(told) < 2 or not all(re.fullmatch(r"\d{1,9}", cell) for cell in told):
        return False
    whole = [int(cell) for cell in told]
    if any(after - before != 1 for before, after in pairwise(whole)):
        return False
    if whole[0] in YEARS and whole[-1] in YEARS:
        return bool(texts)
    if whole[0] != 0 or texts:
        return False
    # A frame's index has no name; fractions below are no names counting on.
    fractions = any(is_number(cell) and not re.fullmatch(r"[-+]?\d+", cell) for cell in below)
    return not first[0] or fractions or len(whole) >= MANY


def joined_names(above: list[list[str]], names: list[str]) -> list[str]:
    """Return names of columns with those of the rows above them, where an empty cell is as the one before it."""
    found = list(names)
    for row in reversed(above):
        last, filled = "", []
        for place in range(len(names)):
            last = (row[place].strip() if place < len(row) else "") or last
            filled.append(last)
        found = [
            f"{head} / {name}" if head and name != head else name for head, name in zip(filled, found, strict=True)
        ]
    return found


def apart(names: list[str]) -> list[str]:
    """Return names that all differ: one that is there already gets a mark. pandas writes a, a.1, a.2 for a thrice."""
    found: list[str] = []
    for name in names:
        plain, _, number = name.rpartition(".")
        again = sum(1 for other in found if other.rstrip("'") == plain)
        name = plain if again and number == str(again) else name
        while name in found:
            name += "'"
        found.append(name)
    return found
