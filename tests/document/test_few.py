"""Numbers in few letters are still the numbers."""

from __future__ import annotations

import pytest

from nnstudio.document.numbers import apart, few


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (151.0, "151"),
        (141.4, "141"),
        (99.999, "100"),
        (100.0, "100"),
        (1234.5, "1234"),
        (99_999.0, "99999"),
        (250_000.0, "2e+05"),
        (0.5, "0.50"),
        (-0.0042, "−0.004"),
        (0.00042, "4e−04"),
        (0.0, "0"),
        (float("nan"), "NaN"),
        (float("-inf"), "−∞"),
    ],
)
def test_a_number_in_few_letters(value: float, said: str) -> None:
    assert few(value) == said


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        (0.4, 0.35891648, ("0.4000", "0.3589")),
        (-1.186, -1.1861519, ("−1.186", "−1.1862")),
        (0.27241, 0.27243, ("0.27241", "0.27243")),
        (2.0, 2.0, ("2.000", "2.000")),
        (1.0, 1.0 + 1e-15, ("1", "1")),
        (float("nan"), 1.0, ("NaN", "1.000")),
    ],
)
def test_two_numbers_are_told_apart(first: float, second: float, said: tuple[str, str]) -> None:
    assert apart(first, second) == said
