"""The desks of a window: which of its views stand where for building, watching, stepping and comparing.

Each comes with an arrangement of its own; how the student changed it is kept.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise, zip_longest

from PySide6.QtCore import QByteArray, Qt, QTimer
from PySide6.QtWidgets import QDockWidget, QMainWindow

from nnstudio.document.text import Text
from nnstudio.document.values import Document
from nnstudio.session.project import Project
from nnstudio.session.settings import load_settings, save_settings
from nnstudio.ui.kit import theme
from nnstudio.ui.kit.panel import LEFT
from nnstudio.ui.shell.panels import PanelHost
from nnstudio.ui.shell.parts import Parts

BUILD, WATCH, STEP, COMPARE = "build", "watch", "step", "compare"
# How the places on the right share their height.
UPPER = [130, 100, 100]
SETTINGS, CARD = "settings", "card"
# What is behind a desk's name beside a lesson. A lower window has no room for panels one below the other and a lesson.
LESSON, TALL = "+lesson", 880
# So many titles can be read beside each other there.
ABREAST = 3


@dataclass(frozen=True)
class Arrangement:
    """What stands on a desk. ``right`` and ``bottom`` are places in which panels lie behind each other, from top to
    bottom and from left to right; ``wide`` and ``high`` how much room they have, in pixels, and
    ``shares`` how those at the bottom divide it; ``side`` what the panel on
    the right shows, "" leaves it out.
    """

    id: str
    title: Text
    tip: Text
    palette: bool = False
    side: str = ""
    right: tuple[tuple[str, ...], ...] = ()
    bottom: tuple[tuple[str, ...], ...] = ()
    wide: int = 0
    high: int = 0
    shares: tuple[int, ...] = (100, 100, 100)


DESKS = (
    Arrangement(
        BUILD,
        Text("Build"),
        Text("Palette, settings, problems"),
        palette=True,
        side=SETTINGS,
        bottom=(("curves", "data", "results", "runs", "health"), ("code", "problems", "layers", "decision")),
        high=220,
        shares=(700, 520),
    ),
    Arrangement(
        WATCH,
        Text("Watch"),
        Text("The network, what it says, its curves"),
        right=(("decision", "results"), ("curves", "health")),
        wide=350,
    ),
    Arrangement(
        STEP,
        Text("Step"),
        Text("Timeline, formulas, code, numbers"),
        side=CARD,
        bottom=(("code",), ("numbers",), ("flow", "landscape")),
        high=190,
    ),
    Arrangement(
        COMPARE,
        Text("Compare"),
        Text("Networks and runs beside each other"),
        bottom=(("runs", "results"), ("curves",)),
        high=240,
    ),
)
BY_ID = {desk.id: desk for desk in DESKS}


def leads() -> bool:
    """Whether what is begun turns to its desk."""
    return load_settings().lead


class Desks:
    """Turns a window from one desk to another. ``turned`` are told the name of the new one."""

    def __init__(self, window: QMainWindow, panels: PanelHost, parts: Parts, project: Project) -> None:
        self._window, self._panels, self._parts, self._project = window, panels, parts, project
        self.now = BUILD
        self._before = ""
        self._history: object = None
        self._mapped: bool | None = None
        self.turned: list[Callable[[str], object]] = []
        # By desk, and with LESSON behind its name as it is beside a lesson; these are not kept for the next start.
        self._kept: dict[str, QByteArray] = {}
        self._lesson = False
        window.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea)
        for name, state in load_settings().desks:
            if name in BY_ID:
                try:
                    self._kept[name] = QByteArray(base64.b64decode(state, validate=True))
                except (binascii.Error, ValueError):
                    continue

    def share(self, lesson: bool) -> None:
        """A lesson's card stands on every desk, or no more: each has an arrangement of its own with it."""
        if lesson != self._lesson:
            self._keep()
            self._lesson = lesson
            self._put(self.now)

    def go(self, name: str) -> None:
        """Turn to a desk; what stands where on the present one is kept."""
        if name == self.now:
            return
        self._keep()
        self._put(name)

    def turn(self, name: str) -> None:
        """Turn to a desk, if there is one of that name: a lesson's file may say anything."""
        if name in BY_ID:
            self.go(name)

    def lead(self, name: str) -> None:
        """Turn to a desk because of what was begun there, if the student wants that."""
        if leads() and self.now != COMPARE and name != self.now:
            self._before = self.now
            self.go(name)

    def lead_back(self, name: str) -> None:
        """What led to a desk is over: turn to the one before, unless the student went on to another."""
        before, self._before = self._before, ""
        if self.now == name and before:
            self.go(before)

    def begin(self) -> None:
        """Stand on a desk, as the window comes: who has a network watches it."""
        self._history = self._project.history
        self._put(WATCH if self._project.document.nodes and leads() else BUILD)

    def mapped(self, given: tuple[object, ...] | None) -> None:
        """There is a map of the plane of the inputs, or there can be none: then the results say more."""
        if self.now == WATCH and leads():
            there = given is not None and given[0] is not None
            if there == self._mapped:
                # Who turned to the other one stays there.
                return
            self._mapped = there
            name = "decision" if there else "results"
            if not self._panels.dock_of[name].isHidden():
                self._panels.raise_(name)

    def followed(self, trace: object) -> None:
        """A step is shown, or none any more."""
        if trace is not None:
            self.lead(STEP)
        else:
            self.lead_back(STEP)

    def met(self, before: Document, document: Document) -> None:
        """The window shows a document; of another project it is watched, an empty one is built."""
        if self._project.history is not self._history:
            self._history, self._mapped = self._project.history, None
            if leads():
                self.go(WATCH if document.nodes else BUILD)

    def again(self) -> None:
        """Put the present desk as it comes with the program."""
        self._kept.pop(self._key(self.now), None)
        self._put(self.now)

    def save(self) -> None:
        """Keep all arrangements for the next start."""
        self._keep()
        desks = tuple(
            (name, base64.b64encode(state.data()).decode("ascii"))
            for name, state in sorted(self._kept.items())
            if name in BY_ID
        )
        settings = load_settings()
        if desks != settings.desks:
            save_settings(replace(settings, desks=desks))

    def _key(self, name: str) -> str:
        return name + LESSON * self._lesson

    def _keep(self) -> None:
        if self._window.isVisible():
            self._kept[self._key(self.now)] = self._window.saveState()

    def _put(self, name: str) -> None:
        desk, parts = BY_ID[name], self._parts
        self.now = name
        parts.left.setVisible(desk.palette)
        parts.side.setVisible(bool(desk.side))
        if desk.side == CARD:
            parts.side.show_step()
        elif desk.side == SETTINGS:
            parts.side.show_settings()
        # The legend stands below the palette, or where there is none on the canvas.
        parts.lay_legend(desk.palette)
        kept = self._kept.get(self._key(name))
        if kept is None or not self._window.restoreState(kept):
            self._arrange(desk)
        self._panels.hide_strays()
        # Once more when Qt has made the bars of the new arrangement.
        QTimer.singleShot(0, self._window, self._panels.hide_strays)
        self._panels.catch_up()
        for told in self.turned:
            told(name)

    def _arrange(self, desk: Arrangement) -> None:
        """Put the panels where a desk has them; the others are called when they are wanted."""
        docks, window, beside = self._panels.dock_of, self._window, desk.right
        if self._lesson and window.height() < TALL:
            # Below a map and curves there would be no room for the card: they lie behind each other.
            flat = tuple(name for names in zip_longest(*beside) for name in names if name)[:ABREAST]
            beside = (flat,) if flat else ()
        areas = (
            (Qt.DockWidgetArea.RightDockWidgetArea, beside),
            (Qt.DockWidgetArea.BottomDockWidgetArea, desk.bottom),
        )
        named = {name for _, places in areas for place in places for name in place}
        for dock in docks.values():
            dock.setFloating(False)
            dock.hide()
            window.removeDockWidget(dock)
        fronts: list[QDockWidget] = []
        for area, places in areas:
            way = Qt.Orientation.Vertical if places is beside else Qt.Orientation.Horizontal
            here = [docks[place[0]] for place in places]
            for number, dock in enumerate(here):
                if number == 0:
                    window.addDockWidget(area, dock)
                else:
                    # Before anything lies behind them: of two that lie behind each other Qt splits none.
                    window.splitDockWidget(here[number - 1], dock, way)
                dock.setVisible(self._panels.wanted(dock.objectName()))
            fronts += here
        for front, place in zip(fronts, (place for _, places in areas for place in places), strict=True):
            for name in place[1:]:
                window.tabifyDockWidget(front, docks[name])
                docks[name].setVisible(self._panels.wanted(name))
        if desk.palette:
            # Panels of one's own stand where one builds, as their files say.
            for panel in self._panels.panels:
                if panel.id not in named and not panel.waits_for:
                    front = docks[desk.bottom[0 if panel.area == LEFT else 1][0]]
                    window.tabifyDockWidget(front, docks[panel.id])
                    docks[panel.id].setVisible(self._panels.wanted(panel.id))
                    named.add(panel.id)
        rest = [dock for name, dock in docks.items() if name not in named]
        for dock in rest:
            # Where one would come that is called.
            window.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, dock)
            dock.hide()
        for one, other in pairwise(rest):
            window.tabifyDockWidget(one, other)
        for front in fronts:
            front.raise_()
        scale = min(theme.text_scale(), 1.3)
        right, bottom = fronts[: len(beside)], fronts[len(beside) :]
        if right:
            window.resizeDocks(right[:1], [round(desk.wide * scale)], Qt.Orientation.Horizontal)
            window.resizeDocks(right, UPPER[: len(right)], Qt.Orientation.Vertical)
        if bottom:
            window.resizeDocks(bottom[:1], [round(desk.high * scale)], Qt.Orientation.Vertical)
            window.resizeDocks(bottom, list(desk.shares[: len(bottom)]), Qt.Orientation.Horizontal)
