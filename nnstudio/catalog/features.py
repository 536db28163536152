"""Features of inputs that can be chosen one by one, by name."""

from __future__ import annotations

from itertools import combinations


def names_of(width: int) -> tuple[str, ...]:
    """The features that can be chosen one by one, in their order."""
    columns = [f"x{i + 1}" for i in range(width)]
    return (
        *columns,
        *(f"{c}²" for c in columns),
        *(f"{a}·{b}" for a, b in combinations(columns, 2)),
        *(f"sin {c}" for c in columns),
    )
