"""Where the card of a lesson stands: at the right of every desk, from top to bottom, below what else is there."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow, QSplitter, QVBoxLayout, QWidget

from nnstudio.ui.canvas.spotlight import Spotlight
from nnstudio.ui.desk import Asks, Leaves, Teaches
from nnstudio.ui.kit import theme
from nnstudio.ui.kit.texts import tr
from nnstudio.ui.shell.bridge import Bridge
from nnstudio.ui.shell.desks import BY_ID, Desks
from nnstudio.ui.shell.panels import PanelHost
from nnstudio.ui.shell.parts import Parts
from nnstudio.ui.shell.side import SidePanel, side_for_words
from nnstudio.ui.teaching.lesson_card import LessonCard
from nnstudio.ui.teaching.tutoring import PANEL, Tutoring

# How wide the column is, and which share of its height is the lesson's, below a panel and below docks.
WIDE, SHARE, UNDER = 350, 0.56, 0.43
RIGHT = Qt.DockWidgetArea.RightDockWidgetArea


class LessonPlace:
    """Keeps the card at home on each desk. Where a desk has settings or the card of a step, these stand above it."""

    def __init__(self, window: QMainWindow, side: SidePanel, card: LessonCard, desks: Desks) -> None:
        self._window, self._side, self._card, self._desks = window, side, card, desks
        self._there = False
        self._dock = dock = QDockWidget(tr("Lesson"), window)
        dock.setObjectName("lesson")
        # The card has its own title.
        dock.setTitleBarWidget(QWidget())
        dock.setFeatures(QDockWidget.DockWidgetFeature.NoDockWidgetFeatures)
        self._tower = QSplitter(Qt.Orientation.Vertical)
        self._tower.setChildrenCollapsible(False)
        self._tower.setHandleWidth(1)
        frame = QWidget()
        room = QVBoxLayout(frame)
        room.setContentsMargins(6, 6, 6, 6)
        room.addWidget(card)
        self._tower.addWidget(frame)
        dock.setWidget(self._tower)
        window.addDockWidget(RIGHT, dock)
        dock.hide()
        desks.turned.append(lambda name: self.settle())

    def stand(self, there: bool) -> None:
        """There is a lesson, or none."""
        if there != self._there:
            self._there = there
            self._desks.share(there)

    def settle(self) -> None:
        """Stand as the present desk has room."""
        beside = bool(BY_ID[self._desks.now].side)
        if not self._there:
            self._side.come_back()
            self._dock.hide()
            return
        self._side.lend()
        self._tower.insertWidget(0, self._side)
        self._side.setVisible(beside)
        window, dock = self._window, self._dock
        window.removeDockWidget(dock)
        above = [
            known
            for known in window.findChildren(QDockWidget)
            if known is not dock and not known.isHidden() and window.dockWidgetArea(known) == RIGHT
        ]
        # Below all others: beside one that lies behind another it would become a tab.
        window.addDockWidget(RIGHT, dock, Qt.Orientation.Vertical)
        dock.show()
        scale = min(theme.text_scale(), 1.3)
        wide, high = max(round(WIDE * scale), side_for_words()), window.height()
        window.resizeDocks([dock], [wide], Qt.Orientation.Horizontal)
        if above:
            window.resizeDocks([dock], [round(high * UNDER)], Qt.Orientation.Vertical)
        if beside:
            self._tower.setSizes([round(high * (1 - SHARE)), round(high * SHARE)])


def teach(
    window: QMainWindow,
    session: Teaches,
    parts: Parts,
    panels: PanelHost,
    desks: Desks,
    leaves: Leaves,
    asks: Asks,
    bridge: Bridge,
    dial: QWidget,
) -> Tutoring:
    """Put the lesson of a project into its window: the card in its place, and what it points at within reach."""
    pointer = Spotlight(window, parts.canvas)
    pointer.controls = {
        "canvas": parts.canvas,
        "palette": parts.palette,
        "settings": parts.inspector,
        "card": parts.card,
        "timeline": parts.timeline,
        "speed": dial,
        **{PANEL + name: dock for name, dock in panels.dock_of.items()},
    }
    found = Tutoring(session, parts.stage, panels, desks, pointer, parts.lesson, leaves, parts, parts.toast, asks)
    found.stands = LessonPlace(window, parts.side, parts.lesson, desks).stand
    bridge.lesson_changed.connect(found.follow)
    bridge.documents_changed.connect(lambda old, new: found.follow())
    bridge.polled.connect(found.polled)
    return found
