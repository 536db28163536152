"""Large sets are handled in pieces of a few million numbers."""

from __future__ import annotations

import numpy as np
import pytest

from nnstudio.engine.runtime.scaling import chunks, most_frequent


@pytest.mark.parametrize(
    ("size", "pieces"),
    [(0, [10]), (1, [10]), (2**20, [4, 4, 2]), (2**21, [2] * 5), (2**22, [1] * 10), (2**30, [1] * 10)],
)
def test_a_piece_is_about_four_million_numbers(size: int, pieces: list[int]) -> None:
    rows = np.arange(100, 110)
    found = list(chunks(rows, size))
    assert [len(piece) for piece in found] == pieces
    np.testing.assert_array_equal(np.concatenate(found), rows)
    assert list(chunks(rows[:0], size)) == []


@pytest.mark.parametrize(
    ("column", "value"),
    [([], 0.0), ([np.nan], 0.0), ([3.0, np.nan, 3.0, 1.0], 3.0), ([2.0, 1.0, 2.0, 1.0], 1.0), ([np.nan, -4.0], -4.0)],
)
def test_the_most_frequent_number(column: list[float], value: float) -> None:
    assert most_frequent(np.array(column)) == value
