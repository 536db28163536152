"""Layouts whose widgets come and go."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtWidgets import QLayout, QWidget


def emptied(box: QLayout, widgets: Iterable[QWidget]) -> None:
    """Take widgets out of a layout and let them go.

    The layout's own items are never asked for: Python's object for one outlives it, and is then found in the place of
    another at that address.
    """
    for widget in widgets:
        box.removeWidget(widget)
        widget.hide()
        widget.deleteLater()
