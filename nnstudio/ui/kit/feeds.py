"""What views are fed with: the newest of each kind, by name.

Who has something gives it; who wants it takes it when it can be seen.
"""

from __future__ import annotations

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


class Feeds(QObject):
    """Keeps the newest of each kind. ``fed`` names what has come."""

    fed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._newest: dict[str, tuple[Any, ...]] = {}

    def give(self, name: str, *values: Any) -> None:
        """Something new of a kind."""
        self._newest[name] = values
        self.fed.emit(name)

    def newest(self, name: str) -> tuple[Any, ...] | None:
        """Return the newest of a kind; None when nothing has come yet."""
        return self._newest.get(name)
