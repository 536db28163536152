"""A number as people write it: 1,234.50, 20.6 %, €5.60, (300)."""

from __future__ import annotations

import re

CURRENCY = "€$£¥₹元₩₽"
_CODES = re.compile(r"\b(?:EUR|USD|GBP|CNY|RMB|JPY|CHF)\b", re.IGNORECASE)
_PLAIN = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?", re.IGNORECASE)
_GROUPS = {
    ".": re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?"),
    ",": re.compile(r"[-+]?\d{1,3}(\.\d{3})+(,\d+)?"),
}


def number_said(cell: str, decimal: str = ".") -> float | None:
    """Return the number that a cell says; None where it says none. A per cent is a hundredth.

    >>> number_said("1,234.50"), number_said("20.6%"), number_said("(3.5)"), number_said("12 pm")
    (1234.5, 0.206, -3.5, None)
    """
    text = cell.strip().replace("−", "-").replace("\u00a0", " ").replace("\u202f", " ")
    sign = 1.0
    if text.startswith("(") and text.endswith(")"):
        text, sign = text[1:-1].strip(), -1.0
    scale = 1.0
    if text.endswith(("%", "％")):
        text, scale = text[:-1].strip(), 100.0
    text = _CODES.sub("", text.strip(CURRENCY + " ")).strip(CURRENCY + " ")
    if text[:1] in "+-" and text[1:2] in set(CURRENCY):
        text = text[0] + text[1:].strip(CURRENCY + " ")
    if re.fullmatch(r"[-+]?\d{1,3}( \d{3})+([.,]\d+)?", text):
        text = text.replace(" ", "")
    if _GROUPS[decimal].fullmatch(text):
        text = text.replace("," if decimal == "." else ".", "")
    if decimal == ",":
        text = text.replace(",", ".", 1)
    return sign * float(text) / scale if _PLAIN.fullmatch(text) else None
