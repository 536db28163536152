"""Tips of a list stand beside it: over it they would hide the entries below."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QFontMetrics, QHelpEvent
from PySide6.QtWidgets import QAbstractItemView, QComboBox, QToolTip

from nnstudio.document import quoting

GAP = 6
# As wide as a tip is before its words are wrapped.
WIDE = 340


class _Tips(QObject):
    def __init__(self, view: QAbstractItemView) -> None:
        super().__init__(view)
        self._view = view
        view.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() != QEvent.Type.ToolTip or not isinstance(event, QHelpEvent):
            return False
        index = self._view.indexAt(event.pos())
        text = index.data(Qt.ItemDataRole.ToolTipRole) if index.isValid() else None
        if not text:
            QToolTip.hideText()
            return True
        row = self._view.visualRect(index)
        frame = self._view.window() if self._view.window().windowType() == Qt.WindowType.Popup else self._view
        left, right = (frame.mapToGlobal(QPoint(x, 0)).x() for x in (0, frame.width()))
        lines = str(text).split("\n")
        metrics = QFontMetrics(QToolTip.font())
        wide = min(WIDE, max(metrics.horizontalAdvance(line) for line in lines) + 2)
        screen = frame.screen().availableGeometry()
        # On the other side where the screen ends. Qt puts a tip some pixels right of and below the place it is given.
        x = right + GAP if right + wide + 4 * GAP <= screen.right() else left - wide - 4 * GAP
        place = QPoint(x, self._view.viewport().mapToGlobal(row.topLeft()).y() - 2 * GAP)
        QToolTip.showText(
            place,
            f"<table width='{wide}'><tr><td>{'<br>'.join(map(quoting.markup, lines))}</td></tr></table>",
            self._view.viewport(),
            row,
        )
        return True


def tips_beside(view: QAbstractItemView | QComboBox) -> None:
    """Show the tips of a list, or of what a box drops down, beside it."""
    _Tips(view.view() if isinstance(view, QComboBox) else view)
