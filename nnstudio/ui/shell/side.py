"""The middle of the window and its sides: palette, canvas with timeline, settings and card."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QTabWidget, QVBoxLayout, QWidget
from shiboken6 import isValid

from nnstudio.ui.inspector.inspector import Inspector
from nnstudio.ui.kit import theme
from nnstudio.ui.kit.texts import tr

# How wide the panel on the right begins, and how much wider at most with larger words; what the canvas keeps.
SIDE, LEFT, MIDDLE = 300, 184, 876
MOST_WIDER, LEAST_MIDDLE = 1.15, 400


def side_for_words() -> int:
    """How wide the panel on the right should be: forms need more room with larger words."""
    return round(SIDE * min(theme.text_scale(), MOST_WIDER))


def column(*widgets: tuple[QWidget, int], below: int = 0) -> QWidget:
    """Put widgets below each other, each with its share of the room; so many pixels are left below them."""
    whole = QWidget()
    layout = QVBoxLayout(whole)
    layout.setContentsMargins(0, 0, 0, below)
    layout.setSpacing(0)
    for widget, stretch in widgets:
        layout.addWidget(widget, stretch)
    return whole


class SidePanel(QTabWidget):
    """The panel on the right: settings of what is selected, or the card of a step."""

    def __init__(self, inspector: Inspector, card: QWidget) -> None:
        super().__init__()
        self._inspector, self._card = inspector, card
        self.addTab(inspector, tr("Settings"))
        self.addTab(card, tr("Step"))
        self.setMinimumWidth(270)
        self._split: QSplitter | None = None
        self._lent = False

    def between(self, left: QWidget, middle: QWidget) -> QSplitter:
        """Return the whole width of the window: left, middle and this panel."""
        split = self._split = QSplitter(Qt.Orientation.Horizontal)
        for widget, stretch in ((left, 0), (middle, 1), (self, 0)):
            split.addWidget(widget)
            split.setStretchFactor(split.indexOf(widget), stretch)
        split.setSizes([LEFT, MIDDLE, side_for_words()])
        split.setChildrenCollapsible(False)
        split.setHandleWidth(1)
        return split

    def lend(self) -> None:
        """Stand elsewhere for a while: whoever asks puts this panel where it wants."""
        self._lent = True

    def come_back(self) -> None:
        """Stand at the right of the canvas again."""
        assert self._split is not None
        if self._lent:
            self._lent = False
            left, middle = self._split.sizes()
            self._split.addWidget(self)
            self._split.setStretchFactor(2, 0)
            wide = side_for_words()
            self._split.setSizes([left, middle - wide, wide])

    def show_settings(self) -> None:
        """Turn to the settings."""
        self.setCurrentWidget(self._inspector)

    def show_step(self) -> None:
        """Turn to the card."""
        self.setCurrentWidget(self._card)

    def rename(self) -> None:
        """Turn to the name of what is selected."""
        self.show_settings()
        self._inspector.edit_name()

    @property
    def sizes(self) -> list[int]:
        """How wide left, middle and this panel are."""
        assert self._split is not None
        return [*self._split.sizes(), self.width()] if self._lent else self._split.sizes()

    @sizes.setter
    def sizes(self, sizes: list[int]) -> None:
        assert self._split is not None
        # Where this panel stands elsewhere, its width is not given here.
        self._split.setSizes(sizes[:2] if self._lent else sizes)

    @property
    def room(self) -> int:
        """How wide this panel is."""
        return self.sizes[2]

    @room.setter
    def room(self, width: int) -> None:
        left, middle, right = self.sizes
        self.sizes = [left, middle + right - width, width]

    def widen(self, least: int) -> None:
        """Take so much room, from the canvas."""
        _, middle, right = self.sizes
        if not self._lent and right < least and middle - (least - right) > LEAST_MIDDLE:
            self.room = least

    def commit(self) -> None:
        """Take what is being typed in the settings, as leaving the field would."""
        typing = self.window().focusWidget()
        if typing is not None and self._inspector.isAncestorOf(typing):
            typing.clearFocus()
            if isValid(typing) and typing.isVisible():
                typing.setFocus()
