"""Which tensor of a file is which of a network."""

from __future__ import annotations

from dataclasses import dataclass

BY_NAME, ALIKE, BY_ORDER = "name", "alike", "order"


@dataclass(frozen=True)
class Match:
    """A tensor of the network, and which of the file it is: ``how`` says by what it was found, "" where it was not."""

    name: str
    shape: tuple[int, ...]
    found: str = ""
    how: str = ""
