"""What views are fed with: the newest of each kind, by name.

Who has something gives it; who wants it takes it when it can be seen.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal

# Everything that is ever given; docs/adding-a-panel.md says what comes with each.
FEEDS = frozenset(
    {
        "changes",
        "document",
        "findings",
        "hovered",
        "map",
        "moment",
        "others",
        "pictures",
        "preview",
        "problems",
        "records",
        "report",
        "run",
        "runs",
        "selected",
        "snapshot",
        "source",
        "trace",
        "vitals",
    }
)


class _Kind(QObject):
    """Those who follow one kind."""

    came = Signal(str)


class Feeds(QObject):
    """Keeps the newest of each kind, and tells those who follow it."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._newest: dict[str, tuple[Any, ...]] = {}
        self._followed: dict[str, _Kind] = {}

    def follow(self, name: str, told: Callable[[str], object]) -> None:
        """Call a function with the name whenever something of that kind is given."""
        if name not in self._followed:
            self._followed[name] = _Kind(self)
        self._followed[name].came.connect(told)

    def give(self, name: str, *values: Any) -> None:
        """Something new of a kind."""
        self._newest[name] = values
        if name in self._followed:
            self._followed[name].came.emit(name)

    def newest(self, name: str) -> tuple[Any, ...] | None:
        """Return the newest of a kind; None when nothing has come yet."""
        return self._newest.get(name)
