"""The lines of a run's history, eight bytes a number, so that a week of epochs fits into memory."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, overload

WHOLE = frozenset({"epoch"})


class Lines(Sequence[Mapping[str, Any]]):
    """A list of lines with the same names; numbers may be missing (None). A part up to here shares what it holds."""

    def __init__(self, lines: Iterable[Mapping[str, Any]] = ()) -> None:
        self._columns: dict[str, array[float]] = {}
        self._length = 0
        for line in lines:
            self.append(line)

    def append(self, line: Mapping[str, Any]) -> None:
        """Add a line."""
        if not self._columns:
            self._columns = {name: array("d") for name in line}
        self._go_own_way()
        for name, column in self._columns.items():
            value = line.get(name)
            column.append(math.nan if value is None else float(value))
        self._length += 1

    def extend(self, columns: Mapping[str, Iterable[float]]) -> None:
        """Add lines, column by column; see :meth:`since`."""
        if not self._columns:
            self._columns = {name: array("d") for name in columns}
        self._go_own_way()
        for name, column in self._columns.items():
            column.extend(columns[name])
        self._length = min((len(column) for column in self._columns.values()), default=0)

    def _go_own_way(self) -> None:
        """Where others hold what came after, this one goes its own way from here."""
        if any(len(column) != self._length for column in self._columns.values()):
            self._columns = {name: column[: self._length] for name, column in self._columns.items()}

    def upto(self) -> Lines:
        """The lines as they are now, whatever is added later; takes no memory of its own."""
        found = Lines()
        found._columns, found._length = self._columns, self._length
        return found

    def since(self, place: int) -> dict[str, array[float]]:
        """The numbers of the lines from a place on, by name; NaN where one is missing."""
        return {name: column[place : self._length] for name, column in self._columns.items()}

    def picked(self, name: str, most: int) -> list[float]:
        """At most so many numbers of a column, evenly spread from the first to the last; NaN where one is missing."""
        column, last = self._columns.get(name), self._length - 1
        if column is None:
            return []
        count = min(most, self._length)
        return [column[round(place * last / max(1, count - 1))] for place in range(count)]

    def columns(self) -> dict[str, array[float]]:
        """The numbers by name; NaN where one is missing."""
        return self.since(0)

    @classmethod
    def of(cls, columns: Mapping[str, Iterable[float]]) -> Lines:
        """Lines from their columns."""
        found = cls()
        found._columns = {str(name): array("d", column) for name, column in columns.items()}
        found._length = min((len(column) for column in found._columns.values()), default=0)
        return found

    def _line(self, place: int) -> dict[str, Any]:
        return {
            name: None if (value := column[place]) != value else int(value) if name in WHOLE else value
            for name, column in self._columns.items()
        }

    @overload
    def __getitem__(self, place: int) -> Mapping[str, Any]: ...
    @overload
    def __getitem__(self, place: slice) -> list[Mapping[str, Any]]: ...
    def __getitem__(self, place: int | slice) -> Any:
        if isinstance(place, slice):
            return [self._line(i) for i in range(*place.indices(self._length))]
        if not -self._length <= place < self._length:
            raise IndexError(place)
        return self._line(place % self._length)

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        return (self._line(i) for i in range(self._length))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Lines | list | tuple):
            return NotImplemented
        return len(self) == len(other) and all(a == b for a, b in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]
