"""Words in the window's language: Qt's translations for the window, catalogue texts and messages for the rest."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

from nnstudio.document.text import numbered, render
from nnstudio.resources import resource

_translators: list[QTranslator] = []
_language = "en"


def tr(text: str, **args: Any) -> str:
    """Return a text of the window in its language, with {names} filled in."""
    found = QCoreApplication.translate("nnstudio", text)
    return numbered(found, args).format(**args) if args else found


def words(value: Any) -> str:
    """Return a catalogue text or a message in the window's language."""
    return render(value, _language)


def language() -> str:
    """The window's language: "en" or "zh"."""
    return _language


def system_language() -> str:
    """The language of the system, as far as the program speaks it."""
    return "zh" if QLocale.system().language() == QLocale.Language.Chinese else "en"


def set_language(name: str) -> None:
    """Speak "en" or "zh" from now on; windows made before keep their words."""
    global _language
    application = QCoreApplication.instance()
    for translator in _translators:
        application.removeTranslator(translator)
    _translators.clear()
    _language = name
    QLocale.setDefault(QLocale(QLocale.Language.Chinese if name == "zh" else QLocale.Language.English))
    if name != "zh":
        return
    for path in (str(resource("translations", "nnstudio_zh_CN.qm")),
                 QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath) + "/qtbase_zh_CN.qm"):
        translator = QTranslator()
        if translator.load(path):
            application.installTranslator(translator)
            _translators.append(translator)


def exact(value: float) -> str:
    """Write a number with eight significant digits, for results that are compared with a worked sheet."""
    # A zero has no sign.
    value = value or 0.0
    return f"{value:.8g}".replace("-", "−") if value == value and abs(value) != float("inf") else number(value)


def number(value: float) -> str:
    """Write a number with four significant digits and a true minus sign."""
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "∞" if value > 0 else "−∞"
    if value == 0:
        return "0.000"
    if not 1e-4 <= abs(value) < 1e6:
        text = f"{value:.3e}"
    else:
        text = f"{value:.4g}" if abs(value) >= 1000 else f"{value:#.4g}".rstrip(".")
    return text.replace("-", "−")
