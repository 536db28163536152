"""Beside and below the columns: the chosen one's picture, what is kept and left out, and the parts as a bar."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from nnstudio.catalog.sources.judged import Judged
from nnstudio.ui.kit import theme
from nnstudio.ui.kit.layouts import emptied
from nnstudio.ui.kit.plain import plain
from nnstudio.ui.kit.texts import tr


class Histogram(QWidget):
    """A column's rows by value."""

    def __init__(self) -> None:
        super().__init__()
        self._one: Judged | None = None
        self._target = False
        self.setMinimumHeight(90)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_column(self, one: Judged | None, target: bool) -> None:
        """Show another column."""
        self._one, self._target = one, target
        self.setAccessibleName(tr("Histogram of {column}", column=one.name) if one is not None else "")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(300, 150)

    def paintEvent(self, event: QPaintEvent) -> None:
        one = self._one
        if one is None or not one.bars:
            return
        now, painter = theme.current(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        metrics = self.fontMetrics()
        low, high = (one.low, one.high) if one.low else (one.texts[0][0], one.texts[-1][0])
        area = QRectF(self.rect()).adjusted(0, 2, 0, -metrics.height() - 6)
        wide, most = area.width() / len(one.bars), max(one.bars)
        fill = QColor(now.negative if self._target else now.positive)
        for number, count in enumerate(one.bars):
            height = area.height() * count / most
            painter.fillRect(
                QRectF(area.left() + number * wide, area.bottom() - height, max(1.0, wide - 2), height), fill
            )
        painter.setPen(QPen(QColor(now.border), 1))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        painter.setPen(QColor(now.muted))
        line = QRectF(self.rect()).adjusted(0, area.height() + 6, 0, 0)
        half = int(line.width() / 2) - 6
        for text, side in ((low, Qt.AlignmentFlag.AlignLeft), (high, Qt.AlignmentFlag.AlignRight)):
            shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, half)
            painter.drawText(line, side | Qt.AlignmentFlag.AlignTop, shown)


class Card(QFrame):
    """A framed piece of the page with a bold head."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("beside")
        self.head = plain(QLabel())
        font = self.head.font()
        font.setBold(True)
        self.head.setFont(font)
        self.head.setWordWrap(True)
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(14, 10, 14, 10)
        self.body.setSpacing(4)
        self.body.addWidget(self.head)


Line = tuple[str, str, str]


class Counts(Card):
    """Lines of a number in its colour, and what it counts."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout()
        self._grid.setColumnStretch(1, 1)
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(3)
        self.body.addLayout(self._grid)
        self.foot = plain(QLabel())
        self.foot.setWordWrap(True)
        self.foot.setObjectName("muted")
        self.body.addWidget(self.foot)
        self.suggestion = plain(QLabel())
        self.suggestion.setWordWrap(True)
        font = self.suggestion.font()
        font.setBold(True)
        self.suggestion.setFont(font)
        self.body.addWidget(self.suggestion)
        self.body.addStretch(1)
        self.lines: tuple[Line, ...] = ()
        self._shown: list[QWidget] = []

    def show_lines(self, lines: tuple[Line, ...]) -> None:
        """Show (number, what, "good" | "now" | "bad" | "muted") each in a line."""
        if lines == self.lines:
            return
        self.lines = lines
        emptied(self._grid, self._shown)
        self._shown = []
        for row, (number, what, colour) in enumerate(lines):
            count, text = plain(QLabel(number)), plain(QLabel(what))
            count.setStyleSheet(f"color: {getattr(theme.current(), colour)}; font-weight: bold")
            text.setWordWrap(True)
            self._grid.addWidget(count, row, 0, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(text, row, 1, Qt.AlignmentFlag.AlignTop)
            self._shown += [count, text]


class PartsBar(QWidget):
    """Training, validation and test as lengths of one bar."""

    def __init__(self) -> None:
        super().__init__()
        self.parts = (0, 0, 0)
        self.setMinimumHeight(30)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(400, self.fontMetrics().height() + 14)

    def show_parts(self, parts: tuple[int, int, int]) -> None:
        """Show so many rows of each."""
        self.parts = parts
        self.setAccessibleName(", ".join(self.texts()))
        self.setToolTip(", ".join(self.texts()))
        self.update()

    def texts(self) -> tuple[str, str, str]:
        """What stands on each piece."""
        names = tr("training"), tr("validation"), tr("test")
        found = [f"{name} {count:,}" for name, count in zip(names, self.parts, strict=True)]
        return found[0], found[1], found[2]

    def paintEvent(self, event: QPaintEvent) -> None:
        total = sum(self.parts)
        if not total:
            return
        now, painter = theme.current(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left, shown = 0.0, [count for count in self.parts if count]
        room = self.width() - 3.0 * (len(shown) - 1)
        colours = (now.accent, theme.FAMILY["blocks"], now.now)
        for count, colour, text in zip(self.parts, colours, self.texts(), strict=True):
            if not count:
                continue
            area = QRectF(left, 0, room * count / total, self.height())
            left = area.right() + 3
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colour))
            painter.drawRoundedRect(area, 5, 5)
            painter.setPen(QColor(now.accent_text))
            shown_text = self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(area.width()) - 8)
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, shown_text)
