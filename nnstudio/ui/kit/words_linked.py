"""Words that name an idea lead to its article, wherever a text of the program stands."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QTextDocumentFragment
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QGroupBox,
    QHeaderView,
    QLabel,
    QMenu,
    QTabBar,
    QWidget,
)

from nnstudio.document import quoting
from nnstudio.explain.ideas import ideas, mentions, named
from nnstudio.ui.kit import theme
from nnstudio.ui.kit.texts import language, tr

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


def text_at(widget: QWidget | None, spot: QPoint) -> str:
    """Return the words that a widget shows at a spot of the screen."""
    if widget is None:
        return ""
    if isinstance(widget, QTabBar):
        return widget.tabText(widget.tabAt(widget.mapFromGlobal(spot)))
    header = widget.parent()
    if isinstance(header, QHeaderView):
        section = header.logicalIndexAt(widget.mapFromGlobal(spot))
        return str(header.model().headerData(section, header.orientation()) or "")
    if isinstance(widget, QLabel):
        text = widget.text()
        return QTextDocumentFragment.fromHtml(text).toPlainText() if "<" in text else text
    if isinstance(widget, QAbstractButton):
        return widget.text().replace("&", "")
    if isinstance(widget, QGroupBox):
        return widget.title()
    return widget.currentText() if isinstance(widget, QComboBox) else ""


def ideas_under(spot: QPoint) -> tuple[str, ...]:
    """Return the ideas that the words at a spot of the screen are about."""
    return named(text_at(QApplication.widgetAt(spot), spot), language())


def offer(menu: QMenu, found: tuple[str, ...]) -> None:
    """Offer the articles of some ideas in a menu."""
    for name in found:
        menu.addAction(tr("What is this? {idea}", idea=ideas(language())[name].title), partial(open_idea, IDEA + name))
