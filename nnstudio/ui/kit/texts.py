"""Words in the window's language."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

from nnstudio.document.languages import ENGLISH, Language, in_language, languages
from nnstudio.document.text import numbered, render

_translators: list[QTranslator] = []
_language = ENGLISH


def tr(text: str, **args: Any) -> str:
    """Return a text of the window in its language, with {names} filled in."""
    found = in_language(text, _language.id)
    return numbered(found, args).format(**args) if args else found


def words(value: Any) -> str:
    """Return a catalogue text or a message in the window's language."""
    return render(value, _language.id)


def language() -> str:
    """The id of the window's language."""
    return _language.id


def next_language() -> Language:
    """The language that follows the window's, for a button that goes through them."""
    known = languages()
    return known[(known.index(_language) + 1) % len(known)]


def system_language() -> str:
    """The language of the system, as far as the program speaks it."""
    system = QLocale.system().name()
    return next((one.id for one in languages() if system.split("_")[0] == one.qt.split("_")[0]), ENGLISH.id)


def set_language(name: str) -> None:
    """Speak a language from now on, English where there is no such language; windows made before keep their words."""
    global _language
    for translator in _translators:
        QCoreApplication.removeTranslator(translator)
    _translators.clear()
    _language = next((one for one in languages() if one.id == name), ENGLISH)
    QLocale.setDefault(QLocale(_language.qt))
    # Qt's own buttons and menus.
    translator = QTranslator()
    if _language is not ENGLISH and translator.load(
        f"{QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)}/qtbase_{_language.qt}.qm"
    ):
        QCoreApplication.installTranslator(translator)
        _translators.append(translator)
