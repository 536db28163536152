"""The panels of a window: found, made, put below the canvas, and fed while they can be seen."""

from __future__ import annotations

import importlib
import pkgutil
import time
from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from typing import Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QDockWidget, QLabel, QMainWindow, QTabBar, QWidget

import nnstudio.ui.panels as folder
from nnstudio.catalog.plugins import FAILURES, blamed, brought, origin
from nnstudio.document.errors import StudioError
from nnstudio.document.text import Message, Text, message
from nnstudio.ui.desk import Desk
from nnstudio.ui.kit import theme
from nnstudio.ui.kit.feeds import FEEDS, Feeds
from nnstudio.ui.kit.panel import LEFT, RIGHT, Feed, Panel
from nnstudio.ui.kit.sight import in_sight
from nnstudio.ui.kit.texts import words

# Docks beside each other have to fit a small laptop, whatever their contents would like.
LEAST_WIDE, TALL, WIDE = 200, 220, {LEFT: 700, RIGHT: 520}


@cache
def found_panels() -> tuple[Panel, ...]:
    """Return every panel in the folder, in order, and those of one's own."""
    found = [
        importlib.import_module(f"{folder.__name__}.{info.name}").PANEL
        for info in pkgutil.iter_modules(folder.__path__)
    ]
    taken = {panel.id for panel in found}

    def fault(panel: Panel) -> Message | None:
        if panel.id in taken:
            return message("own.taken", id=panel.id)
        taken.add(panel.id)
        if not isinstance(panel.title, Text):
            return message("own.words")
        feeds = panel.feeds if isinstance(panel.feeds, tuple) else (panel.feeds,)
        for feed in feeds:
            if not isinstance(feed, Feed) or feed.name not in FEEDS:
                return message("own.feed", name=getattr(feed, "name", str(feed)), names=", ".join(sorted(FEEDS)))
        whole = (
            isinstance(panel.id, str)
            and isinstance(panel.order, int)
            and panel.area in (LEFT, RIGHT)
            and callable(panel.make)
        )
        return None if whole else message("own.wrong", name="PANEL", kind="Panel(id, title, make, feeds, area, order)")

    found += brought("panels", "PANEL", Panel, fault)
    return tuple(sorted(found, key=lambda panel: (panel.order, panel.id)))


class _Fed(QObject):
    """One panel's view with what it is fed: what comes while it cannot be seen, or too soon, waits."""

    failed = Signal(str)

    def __init__(self, panel: Panel, view: QWidget, feeds: Feeds, busy: Callable[[], bool]) -> None:
        super().__init__(view)
        self._view, self._feeds, self._busy = view, feeds, busy
        self._wants = {feed.name: feed for feed in panel.feeds}
        self._due = {name for name in self._wants if feeds.newest(name) is not None}
        self._fed_at: dict[str, float] = {}
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.catch_up)
        for name in self._wants:
            feeds.follow(name, self._came)

    def _came(self, name: str) -> None:
        if name in self._wants:
            self._due.add(name)
            if in_sight(self._view):
                self._feed(self._wants[name])

    def _feed(self, feed: Feed) -> None:
        wait = self._fed_at.get(feed.name, 0.0) + feed.every - time.monotonic()
        if feed.every and wait > 0 and self._busy():
            if not self._timer.isActive():
                self._timer.start(round(wait * 1000) + 1)
            return
        self._due.discard(feed.name)
        self._fed_at[feed.name] = time.monotonic()
        newest = self._feeds.newest(feed.name)
        assert newest is not None
        try:
            feed.take(self._view, *newest)
        except FAILURES as error:
            self._fail(error)

    def _fail(self, error: BaseException) -> None:
        """A panel of one's own that fails is fed no more and says so; any other error is the program's."""
        said = blamed(error)
        self._wants.clear()
        self._due.clear()
        self.failed.emit(words(message("own.panel_failed", detail=said)))

    def catch_up(self) -> None:
        """Take what waits; in the order in which the panel names it."""
        if in_sight(self._view):
            # Feeding one may be the end of all.
            for name, feed in list(self._wants.items()):
                if name in self._due:
                    self._feed(feed)


def _sentence(text: str) -> QLabel:
    """What stands in the place of a panel that failed."""
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setAlignment(Qt.AlignmentFlag.AlignTop)
    label.setMargin(8)
    return label


def _quietly(act: Callable[..., object], *given: Any) -> None:
    """Call what a panel wants to be told; where an own one fails, the window goes on without it."""
    try:
        act(*given)
    except FAILURES as error:
        blamed(error)


class PanelHost:
    """The docks of one window. ``docks`` are in the order of the View menu."""

    def __init__(self, window: QMainWindow, feeds: Feeds, busy: Callable[[], bool]) -> None:
        """Put panels into a window; ``busy`` says whether a run goes on, which painting would slow."""
        self._window, self._feeds, self._busy = window, feeds, busy
        self._panels = {panel.id: panel for panel in found_panels()}
        self._fed: dict[str, _Fed] = {}
        self._titles = {panel.id: words(panel.title) for panel in self._panels.values()}
        self.dock_of: dict[str, QDockWidget] = {}

    def make(self, desk: Desk) -> None:
        """Make every panel, once the desk is whole."""
        for panel in list(self._panels.values()):
            try:
                view = panel.make(desk)
                if not isinstance(view, QWidget):
                    raise StudioError("own.no_widget", file=origin(panel), found=type(view).__name__)
            except StudioError as error:
                view = _sentence(words(error.message))
                self._panels[panel.id] = panel = replace(panel, feeds=(), leave=None, let_go=None)
            except FAILURES as error:
                view = _sentence(words(message("own.panel_failed", detail=blamed(error))))
                self._panels[panel.id] = panel = replace(panel, feeds=(), leave=None, let_go=None)
            self.dock_of[panel.id] = self._dock(panel, view)
        self._arrange()

    @property
    def names(self) -> tuple[str, ...]:
        """The ids of all panels."""
        return tuple(self.dock_of)

    @property
    def docks(self) -> list[QDockWidget]:
        """All docks, in order."""
        return list(self.dock_of.values())

    @property
    def panels(self) -> tuple[Panel, ...]:
        """All panels, in order."""
        return tuple(self._panels.values())

    def _dock(self, panel: Panel, view: QWidget) -> QDockWidget:
        dock = QDockWidget(self._titles[panel.id], self._window)
        dock.setObjectName(panel.id)
        view.setMinimumWidth(LEAST_WIDE)
        dock.setWidget(view)
        fed = self._fed[panel.id] = _Fed(panel, view, self._feeds, self._busy)
        # Later: it is being fed at this moment.
        fed.failed.connect(lambda text: QTimer.singleShot(0, dock, partial(self._say_instead, panel, text)))
        # What came while it stood behind another tab is drawn when it can be seen, which is a moment later.
        dock.visibilityChanged.connect(
            lambda seen: QTimer.singleShot(0, dock, partial(self._seen, panel.id)) if seen else None
        )
        self._window.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, dock)
        return dock

    def _say_instead(self, panel: Panel, text: str) -> None:
        """Put a sentence where a panel stood that failed."""
        self._panels[panel.id] = replace(panel, leave=None, let_go=None)
        label = _sentence(text)
        self._fed[panel.id] = _Fed(replace(panel, feeds=()), label, self._feeds, self._busy)
        self.dock_of[panel.id].setWidget(label)
        label.show()

    def _seen(self, name: str) -> None:
        self._fed[name].catch_up()
        catch_up = getattr(self.view(name), "catch_up", None)
        if catch_up is not None:
            _quietly(catch_up)

    def _arrange(self) -> None:
        fronts: list[QDockWidget] = []
        for area in (LEFT, RIGHT):
            here = sorted(
                (panel for panel in self._panels.values() if panel.area == area), key=lambda panel: not panel.front
            )
            fronts.append(self.dock_of[here[0].id])
            if len(fronts) > 1:
                self._window.splitDockWidget(fronts[0], fronts[1], Qt.Orientation.Horizontal)
        for front, area in zip(fronts, (LEFT, RIGHT), strict=True):
            for panel in self._panels.values():
                if panel.area == area and self.dock_of[panel.id] is not front:
                    self._window.tabifyDockWidget(front, self.dock_of[panel.id])
        for panel in self._panels.values():
            if panel.waits_for:
                self.dock_of[panel.id].hide()
        self.hide_strays()
        for front in fronts:
            front.raise_()
        self._window.resizeDocks(fronts[:1], [round(TALL * min(theme.text_scale(), 1.3))], Qt.Orientation.Vertical)
        self._window.resizeDocks(fronts, [WIDE[LEFT], WIDE[RIGHT]], Qt.Orientation.Horizontal)

    def hide_strays(self) -> None:
        """Of tabs beside other tabs Qt leaves a first tab bar over that belongs to nothing and would lie somewhere on
        the window.
        """
        bars = self._window.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly)
        there = [dock for dock in self.dock_of.values() if not dock.isHidden()]
        # What really lies behind each other.
        groups = {
            frozenset(
                other.windowTitle() for other in (dock, *self._window.tabifiedDockWidgets(dock)) if not other.isHidden()
            )
            for dock in there
        }
        for bar in bars:
            if frozenset(bar.tabText(place) for place in range(bar.count())) not in groups:
                bar.hide()

    # -- what controllers ask for -------------------------------------------------------------

    def show(self, name: str) -> None:
        """Bring a panel to the front."""
        dock, beside = self.dock_of[name], self.dock_of.get(self._panels[name].beside)
        if beside is not None and not dock.isVisible() and not beside.isHidden() and not dock.isFloating():
            self._window.tabifyDockWidget(beside, dock)
        dock.show()
        self.raise_(name)

    def raise_(self, name: str) -> None:
        """Bring a panel before its neighbours, if it is there."""
        self.dock_of[name].raise_()
        self._fed[name].catch_up()

    def call(self, group: str) -> None:
        """Bring the panels that wait for something."""
        for panel in self._panels.values():
            if panel.waits_for == group:
                self.dock_of[panel.id].show()

    def count(self, name: str, count: int) -> None:
        """Write behind a panel's title how many there are in it."""
        self.dock_of[name].setWindowTitle(self._titles[name] + (f" ({count})" if count else ""))

    def view(self, name: str) -> Any:
        """Return a panel's view."""
        return self.dock_of[name].widget()

    def raise_fronts(self) -> None:
        """Bring those to the front that are seen first."""
        for panel in self._panels.values():
            if panel.front:
                self.dock_of[panel.id].raise_()

    def set_shown(self, name: str, shown: bool) -> None:
        """Leave a panel out of the window, or bring it back."""
        dock = self.dock_of[name]
        dock.toggleViewAction().setVisible(shown)
        dock.setVisible(shown)

    def title(self, name: str) -> str:
        """Return what a panel is called."""
        return self._titles[name]

    def wanted(self, name: str) -> bool:
        """Whether a panel may stand in the window: it is not left out by a lesson or the beginner's view."""
        return self.dock_of[name].toggleViewAction().isVisible()

    def catch_up(self) -> None:
        """Views that have come into sight take what waited for them, a moment later."""
        for name, dock in self.dock_of.items():
            if dock.isVisible():
                QTimer.singleShot(0, dock, partial(self._seen, name))

    def leave(self) -> None:
        """The window is about to go: panels stop what they do."""
        for panel in self._panels.values():
            if panel.leave is not None:
                _quietly(panel.leave, self.view(panel.id))

    def let_go(self) -> None:
        """The window is hidden: what must not be told of that goes."""
        for panel in self._panels.values():
            if panel.let_go is not None:
                _quietly(panel.let_go, self.view(panel.id))
