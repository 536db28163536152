"""Numbers in few letters are still the numbers."""

from __future__ import annotations

import pytest

from nnstudio.document.numbers import few


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
