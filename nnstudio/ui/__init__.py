"""Everything Qt: the window and its views.

Imported before anything else of a program with a window, because of what it does to imports.
"""

from __future__ import annotations

import gc
from types import ModuleType
from typing import Any

# Before PySide6, or building its many types takes twice as long: 25 milliseconds of the start.
import numpy  # noqa: F401
import PySide6.QtCore  # noqa: F401 - the hook to be eased comes with it

# Looking for garbage among what is only being made took a fifth of the start; the window collects by a clock of its
# own.
gc.disable()


def _ease_imports() -> None:
    """Keep PySide6 from reading the source of every module that is imported after it.

    Its import hook looks for the word PySide6 in each module's text, to learn whether the module switches
    naming features. torch has thousands of files: from a cold disk that took over a minute, and it holds
    the window meanwhile. Nothing here switches them, so nothing is looked at.
    """
    try:
        from shibokensupport import feature
    except ImportError:
        return
    original: Any = getattr(feature, "_mod_uses_pyside", None)
    if original is None or getattr(original, "eased", False):
        return

    def uses_pyside(module: ModuleType) -> bool:
        return False

    uses_pyside.eased = True  # type: ignore[attr-defined]
    feature._mod_uses_pyside = uses_pyside


_ease_imports()
