"""How a table is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Manner:
    """How a table is written. "" is found out; ``header`` is "yes", "no" or "". ``skip`` lines stand above the
    ``heads`` rows that hold the names.
    """

    encoding: str = ""
    delimiter: str = ""
    decimal: str = ""
    header: str = ""
    sheet: str = ""
    skip: int = 0
    heads: int = 1
    # Places of columns whose cells are codes: a zero in front is part of their name.
    codes: tuple[int, ...] = ()

    @classmethod
    def of(cls, params: Mapping[str, Any]) -> Manner:
        """How a table is written, as far as its settings say; those kept with weights are texts."""
        names = ("encoding", "delimiter", "decimal", "header", "sheet", "skip", "heads")
        encoding, delimiter, decimal, header, sheet, skip, heads = (str(params.get(name) or "") for name in names)
        return cls(
            encoding,
            delimiter,
            decimal,
            header,
            sheet,
            int(skip) if skip.isdecimal() else 0,
            max(1, int(heads)) if heads.isdecimal() else 1,
        )
