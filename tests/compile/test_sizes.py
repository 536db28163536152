"""Shapes in words and letters."""

from __future__ import annotations

import pytest

from nnstudio.compile.sizes import axis_letters, shape_text


@pytest.mark.parametrize(
    ("shape", "axes", "text", "letters"),
    [
        ((), "", "1", "N"),
        ((2, 4), "", "N × 4", "NF"),
        ((2, 4), "F", "N × F 4", "NF"),
        ((2, 1234), "", "N × 1,234", "NF"),
        ((2, 12, 5), "TD", "N × T 12 × D 5", "NTD"),
        ((2, 12, 5), "", "N × 12 × 5", "NTD"),
        ((2, 3, 8, 8), "CHW", "N × C 3 × H 8 × W 8", "NCHW"),
        ((2, 3, 8, 8), "TD", "N × 3 × 8 × 8", "NCHW"),
        ((34, 34), "N", "N × N", "NN"),
        ((2, 3, 4, 5, 6), "", "N × 3 × 4 × 5 × 6", "NFFFF"),
    ],
)
def test_shapes(shape: tuple[int, ...], axes: str, text: str, letters: str) -> None:
    assert shape_text(shape, axes) == text
    if shape:
        assert axis_letters(shape, axes) == letters
