"""Shares of a whole as bars, the greatest first."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from nnstudio.ui.kit import theme

GAP, MARGIN = 6.0, 10.0
# The names have at most so much of the width.
NAMES = 0.45


class Shares(QWidget):
    """A bar for each share, with its name before it and per cent behind."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shares: tuple[tuple[str, float], ...] = ()
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.MinimumExpanding)
        theme.follow(self.restyle)

    def show_shares(self, shares: Sequence[tuple[str, float]]) -> None:
        """Draw shares from 0 to 1."""
        self._shares = tuple(sorted(shares, key=lambda one: -one[1]))
        self.setAccessibleDescription("; ".join(f"{name}: {100 * share:.1f} %" for name, share in self._shares))
        self.updateGeometry()
        self.update()

    def restyle(self) -> None:
        """Take on the colours and the text size of the program."""
        self.updateGeometry()
        self.update()

    def _row(self) -> float:
        return QFontMetricsF(self.font()).height() + GAP

    def sizeHint(self) -> QSize:
        return QSize(360, round(self._row() * len(self._shares) + 2 * MARGIN))

    def minimumSizeHint(self) -> QSize:
        return QSize(200, round(self._row() * len(self._shares) + 2 * MARGIN))

    def paintEvent(self, event: QPaintEvent) -> None:
        t, painter, metrics = theme.current(), QPainter(self), QFontMetricsF(self.font())
        painter.fillRect(self.rect(), QColor(t.panel))
        row, wide = self._row(), self.width() - 2 * MARGIN
        longest = max((metrics.horizontalAdvance(name) for name, _ in self._shares), default=0.0)
        names, number = min(longest, NAMES * wide), metrics.horizontalAdvance("100.0 %") + GAP
        bar = max(20.0, wide - names - number - 2 * GAP)
        for place, (name, share) in enumerate(self._shares):
            y = MARGIN + place * row
            painter.setPen(QColor(t.text))
            shown = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, names)
            aligned = Qt.AlignmentFlag.AlignVCenter
            painter.drawText(QRectF(MARGIN, y, names + 2, row - GAP), aligned | Qt.AlignmentFlag.AlignRight, shown)
            left = MARGIN + names + GAP + 2
            painter.fillRect(QRectF(left, y + 2, bar * share, row - GAP - 4), QColor(t.accent))
            painter.setPen(QColor(t.muted))
            text = f"{100 * share:.1f} %"
            painter.drawText(QRectF(left + bar * share + GAP, y, number, row - GAP), aligned, text)
