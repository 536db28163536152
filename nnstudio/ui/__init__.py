"""Everything Qt: the window and its views.

Imported before anything else of a program with a window, because of what it does to imports.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

import PySide6.QtCore  # noqa: F401 - the hook to be eased comes with it

OURS = ("nnstudio", "__main__", "pyqtgraph", "tests", "benchmarks")


def _ease_imports() -> None:
    """Keep PySide6 from reading the source of every module that is imported after it.

    Its import hook looks for the word PySide6 in each module's text, to learn whether the module switches
    naming features. torch has thousands of files: from a cold disk that took over a minute, and it holds
    the window meanwhile. Only modules that may use PySide6 are looked at.
    """
    try:
        from shibokensupport import feature
    except ImportError:
        return
    original: Any = getattr(feature, "_mod_uses_pyside", None)
    if original is None or getattr(original, "eased", False):
        return

    def uses_pyside(module: ModuleType) -> bool:
        return module.__name__.split(".")[0] in OURS and bool(original(module))

    uses_pyside.eased = True  # type: ignore[attr-defined]
    feature._mod_uses_pyside = uses_pyside


_ease_imports()
