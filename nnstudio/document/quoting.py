"""The one place where a text of unknown origin is made part of another language: Python, comments, HTML, Markdown,
LaTeX.

Whatever a project holds (names, keys, paths, notes, class names, numbers) may have been made by a stranger. A writer of
scripts, notebooks, pages and formulas puts such values down by these functions alone.
"""

from __future__ import annotations

import html
import math
import re
from collections.abc import Mapping
from typing import Any

# What Markdown reads as more than a letter; angle brackets and ampersands are HTML's.
_MARKS = re.compile(r"([\\`*_{}\[\]()#+\-.!|~>$^=:])")
_LATEX = {
    "\\": r"\backslash ",
    "{": r"\{",
    "}": r"\}",
    "_": r"\_",
    "^": r"\wedge ",
    "~": r"\sim ",
    "$": r"\$",
    "%": r"\%",
    "#": r"\#",
    "&": r"\&",
}


def python(value: Any) -> str:
    """Write a plain value as a Python literal that reads back as the same value.

    Raises:
        TypeError: it is no plain value, so it has no literal (an object's ``repr`` may hold anything).
    """
    kind = type(value)
    if value is None or kind in (bool, int, str, bytes):
        return repr(value)
    if kind is float:
        return repr(value) if math.isfinite(value) else f"float({str(value)!r})"
    if kind is list:
        return "[" + ", ".join(python(item) for item in value) + "]"
    if kind is tuple:
        return "(" + ", ".join(python(item) for item in value) + ("," if len(value) == 1 else "") + ")"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{python(key)}: {python(item)}" for key, item in value.items()) + "}"
    raise TypeError(f"{kind.__name__} has no literal")


def comment(text: str) -> str:
    """Return text fit for a comment: a single printable line."""
    return "".join(c if c.isprintable() else " " for c in text).strip()


def markup(text: str) -> str:
    """Return text fit for HTML and SVG, between tags and inside a quoted attribute."""
    # Control characters have no place in XML, not even escaped.
    return html.escape("".join(c if c.isprintable() or c in "\n\t" else " " for c in text))


def markdown(text: str) -> str:
    """Return text fit for Markdown: one line, no marks, no HTML."""
    return _MARKS.sub(r"\\\1", html.escape(comment(text), quote=False))


def latex(text: str) -> str:
    r"""Return text fit for LaTeX's ``\text{…}`` or a single sign."""
    return "".join(_LATEX.get(c, c if c.isprintable() else " ") for c in text)
