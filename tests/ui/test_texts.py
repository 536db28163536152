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


def test_rules_that_are_sentences_speak_chinese() -> None:
    """Every rule of every layer, activation and loss: what holds words has a Chinese form."""
    import re

    from nnstudio.catalog.entry import Call
    from nnstudio.catalog.phrases import phrase
    from nnstudio.catalog.registry import CATALOG, family
    from nnstudio.document.fields import complete
    from nnstudio.document.values import Params

    rules: set[str] = set()

    def take(calls: object) -> None:
        for call in calls:  # type: ignore[attr-defined]
            if isinstance(call, Call) and call.rule is not None:
                rules.update((call.rule.forward, *call.rule.backward))

    for entry in family("layers").values():
        params = complete(entry.fields, Params(), CATALOG)
        rank = {port.name: min(port.ranks or (2,)) for port in entry.inputs}
        shapes = {port.name: ((2, *(8,) * (rank[port.name] - 1)),) * (2 if port.many else 1) for port in entry.inputs} | {"x.tokens": ((5,),)}
        shapes |= {"permute": {"x": ((2, 8, 8),)}, "reshape": {"x": ((2, 64),)}}.get(entry.id, {})
        take(entry.calls(params, shapes))
        if entry.explain is not None:
            take(entry.explain(params, shapes))
    for name in ("activations", "losses"):
        for entry in family(name).values():
            take(entry.calls(complete(entry.fields, Params(), CATALOG)))
    plain = re.compile(r"tanh|max|min|log|softmax|mean|var|sin|cos|exp|sign|mask(ed)?|slope|low|high|features|e_?ij|a_to|a_from|below|above|step|W_[ih]h|b_[ih]h")
    for rule in rules:
        if re.search(r"[A-Za-z]{3,}", plain.sub(" ", rule)):
            assert re.search(r"[\u4e00-\u9fff]", phrase(rule, "zh")), rule
            assert phrase(rule, "en") == rule
