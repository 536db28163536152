"""Whether a view can be seen: docks behind another tab count as visible for Qt, and drawing them would only slow the
training.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget


def in_sight(widget: QWidget) -> bool:
    """Whether any pixel of a widget can be seen, of its own or of what lies in it."""
    if not widget.isVisible():
        return False
    # What is covered by its own content, as whatever scrolls is, has no pixel of its own.
    return not widget.visibleRegion().isEmpty() or any(
        in_sight(part) for part in widget.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
    )
