"""Words and numbers of the window."""

from __future__ import annotations

from pathlib import Path

import pytest

from nnstudio.document.numbers import exact, number
from nnstudio.resources import resource


def test_the_bundled_font_has_every_chinese_character(qtbot: object) -> None:
    from PySide6.QtGui import QRawFont

    font = QRawFont(str(resource("fonts", "NotoSansCJKsc-Subset.otf")), 12.0)
    root = Path(__file__).resolve().parent.parent.parent
    texts = "".join(
        p.read_text(encoding="utf-8")
        for p in [
            *(root / "nnstudio").rglob("*.py"),
            *(root / "resources" / "languages").rglob("*.toml"),
            *(root / "resources" / "lessons").rglob("*.nns"),
        ]
    )
    missing = {c for c in texts if "\u3000" <= c <= "\u9fff" or "\uff00" <= c <= "\uffef"}
    missing = {c for c in missing if not font.supportsCharacter(ord(c))}
    assert not missing


@pytest.mark.parametrize(
    ("value", "short", "long"),
    [
        (0.0, "0.000", "0"),
        (1.0, "1.000", "1"),
        (-0.1385, "−0.1385", "−0.1385"),
        (0.000438568, "0.0004386", "0.000438568"),
        (12345.678, "12350", "12345.678"),
        (1e-9, "1.000e−09", "1e−09"),
        (float("nan"), "NaN", "NaN"),
        (float("-inf"), "−∞", "−∞"),
        (2500000.0, "2.500e+06", "2500000"),
        (999.95, "1000", "999.95"),
    ],
)
def test_numbers_have_four_digits_and_results_eight(value: float, short: str, long: str) -> None:
    assert number(value) == short or number(value).rstrip(".") == short
    assert exact(value) == long
