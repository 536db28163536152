"""Parts of forms: lists of names to tick, tables and words of several lines, labels that wrap."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from nnstudio.ui.kit.texts import tr


def names_text(names: tuple[str, ...], none: str) -> str:
    """Say which names are chosen, in few words; ``none`` where there are none."""
    if not names:
        return none
    return names[0] if len(names) == 1 else tr("{count} chosen …", count=len(names))


class NamesDialog(QDialog):
    """Tick some of many names, shown by their titles; a search box narrows them.

    ``none`` says what it means that none is ticked.
    """

    def __init__(
        self, title: str, there: Mapping[str, str], chosen: tuple[str, ...], none: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        layout = QVBoxLayout(self)
        self._search = QLineEdit()
        self._search.setPlaceholderText(tr("Search …"))
        self._search.textChanged.connect(self._narrow)
        layout.addWidget(self._search)
        self.list = QListWidget()
        self.list.setAccessibleName(title)
        for name, shown in there.items():
            item = QListWidgetItem(shown)
            item.setData(Qt.ItemDataRole.UserRole, name)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Checked if name in chosen else Qt.CheckState.Unchecked)
            self.list.addItem(item)
        layout.addWidget(self.list)
        layout.addWidget(wrapped(none, "muted"))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout.addWidget(buttons)
        self.resize(320, 420)

    def _narrow(self, text: str) -> None:
        for row in range(self.list.count()):
            item = self.list.item(row)
            item.setHidden(text.casefold() not in item.text().casefold())

    def names(self) -> tuple[str, ...]:
        """What is ticked."""
        items = [self.list.item(row) for row in range(self.list.count())]
        return tuple(
            str(item.data(Qt.ItemDataRole.UserRole)) for item in items if item.checkState() == Qt.CheckState.Checked
        )


class TableEdit(QPlainTextEdit):
    """A small table of numbers as text; ``left`` is called when the student goes elsewhere."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.setObjectName("table")
        self.setTabChangesFocus(True)
        self.left: Callable[[], None] | None = None
        rows = max(2, min(6, text.count("\n") + 1))
        self.setFixedHeight(self.fontMetrics().lineSpacing() * rows + 18)

    def focusOutEvent(self, event: Any) -> None:
        super().focusOutEvent(event)
        if self.left is not None:
            self.left()


def quietly(widget: QWidget, change: Callable[[], None]) -> None:
    """Change a widget without its signals."""
    blocked = widget.blockSignals(True)
    try:
        change()
    finally:
        widget.blockSignals(blocked)


def wrapped(text: str, name: str = "") -> QLabel:
    """A label that wraps; ``name`` is its style."""
    label = QLabel(text)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    if name:
        label.setObjectName(name)
    return label


def column(parent: QWidget) -> QVBoxLayout:
    """A column with the inspector's spacing."""
    layout = QVBoxLayout(parent)
    layout.setContentsMargins(12, 10, 12, 12)
    layout.setSpacing(6)
    return layout
