"""Words that name an idea lead to its article, wherever a text of the program stands."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from nnstudio.document import quoting
from nnstudio.explain.ideas import mentions
from nnstudio.ui.kit import theme
from nnstudio.ui.kit.texts import language

IDEA = "idea:"
# What opens an article; the shell says what.
_open: list[Callable[[str], object]] = []


def opens(act: Callable[[str], object]) -> None:
    """Say what opens the article of an idea: the window that was made last."""
    _open[:] = [act]


def open_idea(link: str) -> None:
    """Open the article that a link of a label names."""
    if link.startswith(IDEA) and _open:
        _open[0](link.removeprefix(IDEA))


def linked(text: str) -> str:
    """Return a text as HTML, with a quiet link on every idea that it names."""
    parts, at = [], 0
    color = theme.mixed(theme.current().text, theme.current().accent, 0.55)
    for found in mentions(text, language()):
        said = quoting.markup(text[found.start : found.end])
        link = f"<a href='{IDEA}{found.id}' style='color:{color}; text-decoration: none'>{said}</a>"
        parts += [quoting.markup(text[at : found.start]), link]
        at = found.end
    return "".join([*parts, quoting.markup(text[at:])])


def follow(label: QLabel) -> QLabel:
    """Have a label's links lead to articles; returns the label."""
    label.setTextFormat(Qt.TextFormat.RichText)
    label.setOpenExternalLinks(False)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.LinksAccessibleByMouse | label.textInteractionFlags())
    label.linkActivated.connect(open_idea)
    return label
