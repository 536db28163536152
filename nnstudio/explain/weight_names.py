"""What a single weight is called: w₁, w₂ … through a small network, row by row, as textbooks number them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

# Of more weights a running number tells nobody which one it is.
MOST_NUMBERED = 99
LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def lowered(number: int) -> str:
    """A number as an index."""
    return str(number).translate(LOWERED)


def weight_name(matrices: Iterable[tuple[str, Sequence[int]]], path: str, row: int, column: int) -> str:
    """Return the name of the weight that leads from unit ``column`` to unit ``row`` (both from 0) in the matrix at a
    path. All ``matrices`` (path, shape (outputs, inputs)) are numbered in the order in which the network has them.
    """
    before, total, columns = 0, 0, 1
    for here, shape in matrices:
        if here == path:
            before, columns = total, shape[1]
        total += math.prod(shape)
    if total > MOST_NUMBERED:
        return f"w[{row + 1}, {column + 1}]"
    return f"w{lowered(before + row * columns + column + 1)}"
