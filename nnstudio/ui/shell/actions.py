"""The actions of a window, made as they are declared; menus and toolbar are filled with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu, QSizePolicy, QToolBar, QToolButton, QWidget

from nnstudio.document.text import Text
from nnstudio.engine.states import State
from nnstudio.session.examples import example_names
from nnstudio.session.lessons.shelf import CHAPTERS, shelf, standings
from nnstudio.session.settings import load_settings
from nnstudio.ui.kit.icons import SIDE, icon
from nnstudio.ui.kit.texts import language, next_language, tr, words
from nnstudio.ui.shell.declared import (
    DESK_BUTTONS,
    GRAINS,
    MENUS,
    OF_A_CARD,
    PICTURED,
    TOOLBAR,
    Act,
    Action,
    Menu,
    Window,
)
from nnstudio.ui.shell.desks import COMPARE
from nnstudio.ui.training.run_report import WINDOW

NATIVE = QKeySequence.SequenceFormat.NativeText
# Menus that name what may change: they are made anew whenever they are opened, and nothing in them has keys.
CHANGING = ("recent", "examples", "lessons", "exports", "paces", "neurons", "bookmarks")


class Actions:
    """Makes the actions once and hangs them into menus and toolbar."""

    def __init__(self, main: QMainWindow, window: Window) -> None:
        self._main, self._window = main, window
        self._made: dict[str, QAction] = {}
        self._groups: dict[str, QActionGroup] = {}
        self._declared: dict[str, Action] = {}
        self.menus: dict[str, QMenu] = {}
        for menu in MENUS:
            self._fill(main.menuBar().addMenu(words(menu.text)), menu)
        self._fill_changing()
        self.toolbar = self._toolbar()
        self._defaults = {name: action.shortcuts() for name, action in self._made.items()}
        self.take_shortcuts()
        window.bench.parts.canvas.more_actions = [self._made[name] for name in OF_A_CARD]
        self.refresh()

    def __getitem__(self, name: str) -> QAction:
        return self._made[name]

    # -- made ---------------------------------------------------------------------------------

    def _fill(self, menu: QMenu, declared: Menu) -> None:
        self.menus[declared.id] = menu
        for item in declared.items:
            if item is None:
                menu.addSeparator()
            elif isinstance(item, Menu):
                self._fill(menu.addMenu(words(item.text)), item)
            else:
                menu.addAction(self._make(item))

    def _make(self, declared: Action) -> QAction:
        text = words(declared.text)
        action = QAction(text, self._main)
        action.setObjectName(declared.id)
        self._made[declared.id], self._declared[declared.id] = action, declared
        if declared.act is not None:
            # What is being typed counts before anything is done with it. triggered carries a flag that the functions do
            # not take.
            action.triggered.connect(partial(self._do, declared.act))
        if declared.on is not None:
            action.setCheckable(True)
            action.setChecked(declared.begins())
            action.toggled.connect(partial(declared.on, self._window))
        if declared.group:
            self._groups.setdefault(declared.group, QActionGroup(self._main)).addAction(action)
        keys = [QKeySequence(key) for key in declared.keys]
        action.setShortcuts(keys)
        tip = declared.tip() if declared.tip is not None else ""
        shown = f" ({keys[0].toString(NATIVE)})" if keys else ""
        if keys or tip:
            action.setToolTip((words(tip) if tip else text.replace(" …", "")) + shown)
        if declared.canvas:
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            self._window.bench.parts.canvas.addAction(action)
        else:
            self._main.addAction(action)
        return action

    def _do(self, act: Act, checked: bool = False) -> None:
        self._window.bench.parts.side.commit()
        act(self._window)

    def _fill_changing(self) -> None:
        bench = self._window.bench
        for name in example_names():
            self.menus["examples"].addAction(name, partial(bench.files.open_example, name))
        self.menus["lessons"].aboutToShow.connect(self._show_lessons)
        bench.exporting.fill(self.menus["exports"])
        self.menus["bookmarks"].aboutToShow.connect(
            lambda: bench.bookmarks.fill(self.menus["bookmarks"], self._made["bookmark"])
        )
        self.menus["neurons"].aboutToShow.connect(lambda: bench.unfolding.fill(self.menus["neurons"]))
        self.menus["paces"].aboutToShow.connect(lambda: bench.steering.fill_paces(self.menus["paces"]))
        bench.files.remembered.add(self.show_recent)
        self.show_recent()
        view, pictures = self.menus["view"], QMenu(tr("Save as picture"), self._main)
        pictures.addAction(tr("Canvas"), partial(bench.report.ask_picture, ""))
        pictures.addAction(tr("The whole desk"), partial(bench.report.ask_picture, WINDOW))
        for panel in bench.panels.panels:
            toggle = bench.panels.dock_of[panel.id].toggleViewAction()
            toggle.setObjectName(f"dock_{panel.id}")
            view.addAction(toggle)
            pictures.addAction(bench.panels.title(panel.id), partial(bench.report.ask_picture, panel.id))
        view.addMenu(pictures)

    def _show_lessons(self) -> None:
        """List the lessons of the course, those that are done with a tick."""
        menu, known = self.menus["lessons"], standings()
        menu.clear()
        chapters: dict[str, QMenu] = {}
        for lesson in shelf():
            if lesson.chapter not in chapters:
                title = words(CHAPTERS.get(lesson.chapter, Text(lesson.chapter)))
                chapters[lesson.chapter] = menu.addMenu(f"{lesson.chapter} · {title}")
            done = lesson.id in known and known[lesson.id].done
            title = f"{lesson.id} · {lesson.title(language())}{' ✓' if done else ''}"
            chapters[lesson.chapter].addAction(title, partial(self._window.bench.tutoring.open, lesson.id))

    def show_recent(self) -> None:
        """Fill the menu of recent projects."""
        menu = self.menus["recent"]
        menu.clear()
        for name in load_settings().recent:
            menu.addAction(name, partial(self._window.bench.files.open, name))
        menu.setEnabled(not menu.isEmpty())

    def hideable(self) -> Mapping[str, QAction]:
        """Return the actions that a lesson may leave out."""
        return {name: self._made[name] for name, declared in self._declared.items() if declared.may_hide}

    # -- when they can be used ----------------------------------------------------------------

    def refresh(self) -> None:
        """Bring them into line with the document and the run."""
        for name, declared in self._declared.items():
            if declared.when is not None:
                self._made[name].setEnabled(declared.when(self._window))
        history, state, run = (
            self._window.bench.session.history,
            self._window.bench.session.training.state,
            self._made["run"],
        )
        for name, label in (("undo", history.undo_label), ("redo", history.redo_label)):
            text = words(self._declared[name].text)
            self._made[name].setText(f"{text}: {words(label)}" if label is not None else text)
        bench = self._window.bench
        going = state in (State.RUNNING, State.STARTING)
        # What stands beside may go on when the network on the canvas is done.
        going = going or (bench.desks.now == COMPARE and bench.session.abreast.going)
        run.setText(tr("Pause") if going else tr("Go on") if state is State.PAUSED else tr("Run"))
        run.setIconText(("❚❚ " if going else "▶ ") + run.text())

    # -- keys ---------------------------------------------------------------------------------

    def listed(self) -> list[tuple[str, QAction]]:
        """Every action of the menus with the menu it stands in."""
        return list(self._walk())

    def _walk(self) -> Iterator[tuple[str, QAction]]:
        changing = [self.menus[name] for name in CHANGING if name != "bookmarks"]

        def within(menu: QMenu, place: str) -> Iterator[tuple[str, QAction]]:
            for action in menu.actions():
                inner = action.menu()
                if isinstance(inner, QMenu):
                    if inner not in changing:
                        yield from within(inner, f"{place} › {inner.title()}")
                elif not action.isSeparator() and action.objectName():
                    yield place, action

        for menu in MENUS:
            yield from within(self.menus[menu.id], self.menus[menu.id].title())

    def default_keys(self, action: QAction) -> list[QKeySequence]:
        """The keys that an action has when the student chose none."""
        return self._defaults.get(action.objectName(), [])

    def take_shortcuts(self) -> None:
        """Give every action the keys of the settings, or its own."""
        chosen = dict(load_settings().shortcuts)
        for _, action in self.listed():
            name = action.objectName()
            keys = (
                [QKeySequence(chosen[name])]
                if chosen.get(name)
                else []
                if name in chosen
                else self._defaults.get(name, [])
            )
            if action.shortcuts() != keys:
                before = action.shortcut().toString(NATIVE)
                action.setShortcuts(keys)
                shown = keys[0].toString(NATIVE) if keys else ""
                plain = action.toolTip().replace(f" ({before})", "") if before else action.toolTip()
                action.setToolTip(f"{plain} ({shown})" if shown else plain)

    @staticmethod
    def plain(action: QAction) -> str:
        """An action's words without marks."""
        return action.text().replace("&", "").replace(" …", "")

    # -- toolbar ------------------------------------------------------------------------------

    def _toolbar(self) -> QToolBar:
        bar = QToolBar(tr("Toolbar"), self._main)
        bar.setObjectName("toolbar")
        bar.setMovable(False)
        bar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        bar.addWidget(self._window.bench.parts.title)
        bar.addActions([self._made[name] for name in TOOLBAR[0]])
        bar.addWidget(self._window.bench.steering.dial)
        for names in TOOLBAR[1:]:
            spacer = QWidget()
            spacer.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
            bar.addWidget(spacer)
            bar.addActions([self._made[name] for name in names])
        self.toolbar = bar
        self.button("run").setObjectName("run")
        # How far a step goes hangs on its button.
        self.button("step").setMenu(self.menus["grains"])
        self.button("step").setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        for name in DESK_BUTTONS:
            self.button(name).setObjectName("desk")
        self._window.bench.desks.turned.append(lambda name: self._made[f"desk_{name}"].setChecked(True))
        for name in PICTURED:
            # Pictures instead of words where everyone knows them: the bar has to fit a small laptop.
            self._made[name].setIconVisibleInMenu(False)
            button = self.button(name)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
            button.setObjectName("pictured")
            button.setAccessibleName(self._made[name].text())
        bar.setIconSize(QSize(SIDE, SIDE))
        self.restyle()
        self._made["language"].setIconText(next_language().short)
        self._main.addToolBar(bar)
        return bar

    def buttons(self) -> dict[str, QWidget]:
        """Return the buttons of the toolbar by their actions; those of desks are "desk:watch" and the like."""
        found = {}
        for name, action in self._made.items():
            widget = self.toolbar.widgetForAction(action)
            if widget is not None:
                found[name.replace("desk_", "desk:")] = widget
        return found

    def button(self, name: str) -> QToolButton:
        """Return an action's button."""
        button = self.toolbar.widgetForAction(self._made[name])
        assert isinstance(button, QToolButton)
        return button

    def restyle(self) -> None:
        """Draw the pictures in the colours of the theme."""
        for name in PICTURED:
            self._made[name].setIcon(icon(name))

    def take_choices(self, other: Actions) -> None:
        """Choose what was chosen in the window before."""
        for name in (*GRAINS, "fresh", "map"):
            self._made[name].setChecked(other[name].isChecked())
