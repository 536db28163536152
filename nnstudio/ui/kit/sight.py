"""Whether a view can be seen: docks behind another tab count as visible for Qt, and drawing them would only slow the training."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget


def in_sight(widget: QWidget) -> bool:
    """Whether any pixel of a widget can be seen."""
    return widget.isVisible() and not widget.visibleRegion().isEmpty()
