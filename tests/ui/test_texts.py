"""Every text of the window is translated, with the same places, and the compiled file is the newest."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from nnstudio.resources import resource
from nnstudio.ui import texts
from nnstudio.ui.texts import exact, number

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "installer"))
import translations  # noqa: E402


def test_the_bundled_font_has_every_chinese_character(qtbot: object) -> None:
    from PySide6.QtGui import QRawFont

    from nnstudio.resources import resource

    font = QRawFont(str(resource("fonts", "NotoSansCJKsc-Subset.otf")), 12.0)
    root = Path(__file__).resolve().parent.parent.parent
    texts = "".join(p.read_text(encoding="utf-8") for p in [*(root / "nnstudio").rglob("*.py"), *(root / "resources" / "translations").glob("*.ts")])
    missing = {c for c in texts if "\u3000" <= c <= "\u9fff" or "\uff00" <= c <= "\uffef"}
    missing = {c for c in missing if not font.supportsCharacter(ord(c))}
    assert not missing


def test_every_text_is_translated_with_the_same_places() -> None:
    known = translations.known_texts()
    for source in translations.used_texts():
        assert known.get(source), f"not translated: {source}. Run installer/translations.py"
        assert set(re.findall(r"{(\w+)}", source)) == set(re.findall(r"{(\w+)}", known[source])), source
    assert set(known) == set(translations.used_texts())


def test_the_compiled_file_speaks_all_of_them(qtbot: object) -> None:
    assert resource("translations", "nnstudio_zh_CN.qm").exists()
    texts.set_language("zh")
    try:
        known = translations.known_texts()
        for source in translations.used_texts():
            assert texts.tr(source) == known[source]
    finally:
        texts.set_language("en")


@pytest.mark.parametrize(("value", "short", "long"), [
    (0.0, "0.000", "0"), (1.0, "1.000", "1"), (-0.1385, "−0.1385", "−0.1385"), (0.000438568, "0.0004386", "0.000438568"),
    (12345.678, "1.235e+04", "12345.678"), (1e-9, "1.000e−09", "1e−09"), (float("nan"), "NaN", "NaN"), (float("-inf"), "−∞", "−∞"),
    (2500000.0, "2.500e+06", "2500000"), (999.95, "1000", "999.95"),
])
def test_numbers_have_four_digits_and_results_eight(value: float, short: str, long: str) -> None:
    assert number(value) == short or number(value).rstrip(".") == short
    assert exact(value) == long
