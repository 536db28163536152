"""The history: every edit by its name; a click goes back or forward to it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QColor, QKeyEvent
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from nnstudio.document.history import History
from nnstudio.ui.kit import theme
from nnstudio.ui.kit.sight import in_sight
from nnstudio.ui.kit.texts import tr, words

# Longer histories show their newest steps.
SHOWN = 400


class HistoryView(QWidget):
    """A list that follows the history while it can be seen."""

    def __init__(
        self, history: Callable[[], History], go_to: Callable[[int], None], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._history, self._go_to = history, go_to
        self._first = 0
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 6, 6)
        self.list = QListWidget()
        self.list.setAccessibleName(tr("History"))
        self.list.itemClicked.connect(lambda item: self._go(self.list.row(item)))
        self.list.installEventFilter(self)
        layout.addWidget(self.list)
        theme.follow(self.follow)

    def follow(self) -> None:
        """Show where the history stands."""
        if not in_sight(self):
            return
        history = self._history()
        steps, place = history.steps, history.place
        self._first = max(0, min(place - SHOWN // 2, len(steps) - SHOWN))
        names = [
            tr("Start") if not self._first else "…",
            *(words(step) for step in steps[self._first : self._first + SHOWN]),
        ]
        while self.list.count() > len(names):
            self.list.takeItem(self.list.count() - 1)
        while self.list.count() < len(names):
            self.list.addItem(QListWidgetItem())
        t = theme.current()
        for row, name in enumerate(names):
            item = self.list.item(row)
            if item.text() != name:
                item.setText(name)
            item.setForeground(QColor(t.text if self._first + row <= place else t.muted))
        here = self.list.item(place - self._first)
        self.list.setCurrentItem(here)
        self.list.scrollToItem(here)

    def catch_up(self) -> None:
        """It came into sight."""
        self.follow()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # Qt's "activated" comes with a double click too, when the rows have already moved on.
        if (
            event.type() == QEvent.Type.KeyPress
            and isinstance(event, QKeyEvent)
            and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        ):
            self._go(self.list.currentRow())
            return True
        return False

    def _go(self, row: int) -> None:
        if self._first + row != self._history().place:
            self._go_to(self._first + row)
