"""Every action of the window: name, shortcut, menu; the toolbar takes its buttons from here."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QLabel, QMenu, QSizePolicy, QToolBar, QToolButton, QWidget

from nnstudio.session.examples import example_names
from nnstudio.session.settings import load_settings
from nnstudio.ui.kit.icons import SIDE, icon
from nnstudio.ui.kit.plain import plain as as_it_is
from nnstudio.ui.kit.texts import next_language, tr

if TYPE_CHECKING:
    from nnstudio.ui.shell.main_window import MainWindow


PICTURED = ("undo", "redo", "tidy", "fit", "theme")


class Actions:
    """Makes the actions once and hangs them into menus and toolbar."""

    def __init__(self, window: MainWindow) -> None:
        self.window = window
        w, files = window, window.files
        self.new = self._action(tr("New"), files.new, QKeySequence.StandardKey.New)
        self.open = self._action(tr("Open …"), files.ask_open, QKeySequence.StandardKey.Open)
        self.save = self._action(tr("Save"), files.save, QKeySequence.StandardKey.Save)
        self.save_as = self._action(tr("Save as …"), files.ask_save_as, "Ctrl+Shift+S")
        self.export = self._action(tr("Export Python …"), files.ask_export, "Ctrl+E")
        self.quit = self._action(tr("Quit"), w.close, QKeySequence.StandardKey.Quit)
        self.undo = self._action(tr("Undo"), w.undo, QKeySequence.StandardKey.Undo)
        self.redo = self._action(tr("Redo"), w.redo, "Ctrl+Shift+Z", "Ctrl+Y")
        self.cut = self._on_canvas(tr("Cut"), w.clipboard.cut, QKeySequence.StandardKey.Cut)
        self.copy = self._on_canvas(tr("Copy"), w.clipboard.copy, QKeySequence.StandardKey.Copy)
        self.paste = self._on_canvas(tr("Paste"), w.clipboard.paste, QKeySequence.StandardKey.Paste)
        self.duplicate = self._action(tr("Duplicate"), w.clipboard.duplicate, "Ctrl+Shift+D")
        self.rename = self._action(tr("Rename"), w.rename, "F2")
        self.delete = self._action(tr("Delete"), w.canvas.delete_selection)
        self.select_all = self._on_canvas(tr("Select all"), w.canvas.select_all, QKeySequence.StandardKey.SelectAll)
        self.select_down = self._action(tr("Select everything downstream"), partial(w.arranging.select_along, downstream=True), "Ctrl+Shift+Right")
        self.select_up = self._action(tr("Select everything upstream"), partial(w.arranging.select_along, downstream=False), "Ctrl+Shift+Left")
        self.invert = self._action(tr("Invert the selection"), w.arranging.invert, "Ctrl+Shift+I")
        self.tidy = self._action(tr("Tidy up"), w.arranging.tidy, "Ctrl+L")
        self.aligned = [self._named(f"align_{side}", self._action(text, partial(w.arranging.align, side))) for side, text in (
            ("left", tr("Align left")), ("center", tr("Align centres")), ("right", tr("Align right")),
            ("top", tr("Align top")), ("middle", tr("Align middles")), ("bottom", tr("Align bottom")))]
        self.spread_across = self._action(tr("Distribute horizontally"), partial(w.arranging.distribute, True))
        self.spread_down = self._action(tr("Distribute vertically"), partial(w.arranging.distribute, False))
        self.quick_add = self._action(tr("Quick search to add …"), w.quick_add_here, "Ctrl+Space")
        self.comment = self._action(tr("Add a comment"), w.commenting.add, "Ctrl+/")
        self.bookmark = self._action(tr("Bookmark this view …"), w.bookmarks.add, "Ctrl+B")
        self.fit_selection = self._action(tr("Fit the selection"), w.canvas.fit_selection, "Ctrl+Shift+0")
        self.map = self._action(tr("Map of the network"), None)
        self.map.setCheckable(True)
        self.map.setChecked(True)
        self.map.toggled.connect(w.minimap.want)
        self.commands = self._action(tr("Do anything …"), w.commands.ask, "Ctrl+K")
        self.help = self._action(tr("Help"), w.show_help, "F1")
        self.lesson = self._action(tr("Lesson …"), w.ask_lesson)
        self.tour = self._action(tr("Tour"), w.begin_tour)
        self.beginner = self._action(tr("Beginner view"), None)
        self.beginner.setCheckable(True)
        self.beginner.setChecked(not load_settings().full)
        self.beginner.setToolTip(tr("Only what a first lesson needs: fewer layers, panels and settings"))
        self.beginner.toggled.connect(lambda on: w.set_full(not on))
        self.shortcuts = self._action(tr("Keyboard shortcuts …"), w.ask_shortcuts)
        self.history = self._action(tr("History"), partial(w.show_dock, "history"), "Ctrl+H")
        self.find_node = self._action(tr("Find on the canvas …"), w.commands.find, QKeySequence.StandardKey.Find)
        self.recover = self._action(tr("Recover unsaved work …"), partial(w.recovering.offer, asked=True))
        self.settings = self._action(tr("Settings …"), w.ask_settings, "Ctrl+,")
        self.new_window = self._action(tr("New window"), w.new_window, "Ctrl+Shift+N")
        self.fit = self._action(tr("Fit to window"), w.canvas.fit, "Ctrl+0")
        self.zoom_in = self._action(tr("Zoom in"), partial(w.canvas.zoom_by, 1.25), QKeySequence.StandardKey.ZoomIn)
        self.zoom_out = self._action(tr("Zoom out"), partial(w.canvas.zoom_by, 0.8), QKeySequence.StandardKey.ZoomOut)
        self.find = self._action(tr("Search layers"), w.focus_search, "Ctrl+Shift+F")
        self.run = self._action(tr("Run"), w.running.toggle, "F5")
        self.step = self._action(tr("Step"), w.running.step, "F10")
        self.step_back = self._action(tr("Undo training step"), w.stepping.undo_update, "Shift+F10")
        self.look = self._action(tr("Look at a sample"), w.stepping.look, "F9")
        self.walk = self._action(tr("Export the walk …"), w.walks.ask, "Ctrl+Shift+E")
        self.report = self._action(tr("Report …"), w.report.ask, "Ctrl+Shift+P")
        self.fresh = self._action(tr("New start weights for every run"), None)
        self.fresh.setCheckable(True)
        self.fresh.setToolTip(tr("Off: every run begins from the same start weights, so that one change can be compared"))
        self.reset = self._action(tr("Reset"), w.running.reset, "Ctrl+R")
        self.until = self._action(tr("Train until …"), w.steering.ask_until, "Ctrl+F5")
        self.best = self._action(tr("Back to the best weights"), w.steering.use_best)
        self.sweep = self._action(tr("Sweep …"), w.comparing.ask_sweep, "Ctrl+Shift+W")
        self.theme = self._action(tr("Light or dark"), w.switch_theme, "Ctrl+T")
        self.language = self._action(tr("Another language"), w.switch_language, "Ctrl+Shift+L")
        self.group = self._action(tr("Group"), w.grouping.group, "Ctrl+G")
        self.ungroup = self._action(tr("Ungroup"), w.grouping.ungroup, "Ctrl+Shift+G")
        self.leave_group = self._action(tr("Leave the group"), w.grouping.up, "Ctrl+Up")
        self.save_block = self._action(tr("Save as block …"), w.grouping.save_block)
        self.own_data = self._action(tr("Use my data …"), w.own_data.ask, "Ctrl+D")
        self.reload = self._action(tr("Read the data again"), w.own_data.reload)
        self.ask = self._action(tr("Ask the trained network …"), w.own_data.ask_network, "Ctrl+P")
        self.about = self._action(tr("About NN Studio"), w.about)
        self.reset.setToolTip(tr("Back to the same start weights (Ctrl+R)"))
        self.theme.setToolTip(tr("Light or dark (Ctrl+T)"))
        self.language.setToolTip(f"{next_language().name} (Ctrl+Shift+L)")
        self.grains = QActionGroup(window)
        for grain, text, key in (("sample", tr("sample"), "Ctrl+1"), ("batch", tr("batch"), "Ctrl+2"), ("epoch", tr("epoch"), "Ctrl+3")):
            action = self._action(text, None, key)
            action.setCheckable(True)
            action.setData(grain)
            action.setChecked(grain == "batch")
            self.grains.addAction(action)
        self._menus()
        self.toolbar = self._toolbar()
        for name, value in vars(self).items():
            if isinstance(value, QAction) and not value.objectName():
                value.setObjectName(name)
        for action in self.grains.actions():
            action.setObjectName(f"grain_{action.data()}")
        self._defaults = {action.objectName(): action.shortcuts() for _, action in self.listed()}
        self.take_shortcuts()

    def _action(self, text: str, act: Callable[..., object] | None, *keys: object) -> QAction:
        action = QAction(text, self.window)
        if act is not None:
            # What is being typed counts before anything is done with it. triggered carries a flag that the functions do not take.
            action.triggered.connect(lambda checked=False: (self.window.commit_typing(), act()))
        sequences = [QKeySequence(key) for key in keys]
        if sequences:
            action.setShortcuts(sequences)
            shown = sequences[0].toString(QKeySequence.SequenceFormat.NativeText)
            plain = text.replace(" …", "")
            action.setToolTip(f"{plain} ({shown})")
        self.window.addAction(action)
        return action

    def _on_canvas(self, text: str, act: Callable[..., object], key: QKeySequence.StandardKey) -> QAction:
        """An action whose keys mean something else wherever text is written."""
        action = self._action(text, act, key)
        self.window.removeAction(action)
        action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self.window.canvas.addAction(action)
        return action

    def _named(self, name: str, action: QAction) -> QAction:
        action.setObjectName(name)
        return action

    # -- keys ---------------------------------------------------------------------------------

    def listed(self) -> list[tuple[str, QAction]]:
        """Every action of the menus with the menu it stands in."""
        found: list[tuple[str, QAction]] = []

        def walk(menu: QMenu, place: str) -> None:
            for action in menu.actions():
                inner = action.menu()
                if isinstance(inner, QMenu):
                    if inner not in (self.recent, self.paces):
                        walk(inner, f"{place} › {inner.title()}")
                elif not action.isSeparator() and action.objectName():
                    found.append((place, action))

        for menu in self.window.menuBar().actions():
            if isinstance(menu.menu(), QMenu):
                walk(menu.menu(), menu.menu().title())
        return found

    def default_keys(self, action: QAction) -> list[QKeySequence]:
        """The keys that an action has when the student chose none."""
        return self._defaults.get(action.objectName(), [])

    def take_shortcuts(self) -> None:
        """Give every action the keys of the settings, or its own."""
        chosen = dict(load_settings().shortcuts)
        for _, action in self.listed():
            name = action.objectName()
            keys = [QKeySequence(chosen[name])] if chosen.get(name) else [] if name in chosen else self._defaults.get(name, [])
            if action.shortcuts() != keys:
                before = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
                action.setShortcuts(keys)
                shown = keys[0].toString(QKeySequence.SequenceFormat.NativeText) if keys else ""
                plain = action.toolTip().replace(f" ({before})", "") if before else action.toolTip()
                action.setToolTip(f"{plain} ({shown})" if shown else plain)

    @staticmethod
    def plain(action: QAction) -> str:
        """An action's words without marks."""
        return action.text().replace("&", "").replace(" …", "")

    # -- menus --------------------------------------------------------------------------------

    def _menus(self) -> None:
        bar = self.window.menuBar()
        file = bar.addMenu(tr("File"))
        file.addAction(self.new)
        file.addAction(self.new_window)
        file.addAction(self.open)
        self.recent = file.addMenu(tr("Recent projects"))
        file.addAction(self.recover)
        examples = file.addMenu(tr("Examples"))
        for name in example_names():
            examples.addAction(name, partial(self.window.files.open_example, name))
        file.addSeparator()
        file.addActions([self.save, self.save_as, self.export, self.walk, self.report])
        file.addSeparator()
        file.addAction(self.quit)
        edit = bar.addMenu(tr("Edit"))
        edit.addActions([self.undo, self.redo])
        edit.addSeparator()
        edit.addActions([self.cut, self.copy, self.paste, self.duplicate, self.rename, self.delete])
        edit.addSeparator()
        select = edit.addMenu(tr("Select"))
        select.addActions([self.select_all, self.select_up, self.select_down, self.invert])
        arrange = edit.addMenu(tr("Arrange"))
        arrange.addAction(self.tidy)
        arrange.addSeparator()
        arrange.addActions(self.aligned)
        arrange.addSeparator()
        arrange.addActions([self.spread_across, self.spread_down])
        edit.addSeparator()
        edit.addActions([self.quick_add, self.comment, self.find, self.find_node, self.history])
        edit.addSeparator()
        edit.addActions([self.group, self.ungroup, self.leave_group, self.save_block])
        edit.addSeparator()
        edit.addActions([self.lesson, self.settings])
        data = bar.addMenu(tr("Data"))
        data.addActions([self.own_data, self.reload, self.ask])
        self.view_menu: QMenu = bar.addMenu(tr("View"))
        self.view_menu.addActions([self.fit, self.fit_selection, self.zoom_in, self.zoom_out, self.map])
        self.bookmark_menu = self.view_menu.addMenu(tr("Bookmarks"))
        self.bookmark_menu.aboutToShow.connect(self.window.bookmarks.fill)
        self.bookmark_menu.addAction(self.bookmark)
        self.view_menu.addSeparator()
        self.view_menu.addActions([self.theme, self.language, self.beginner])
        self.view_menu.addSeparator()
        train = bar.addMenu(tr("Training"))
        train.addActions([self.run, self.until, self.step, self.step_back, self.look, self.reset, self.best])
        self.paces = paces = train.addMenu(tr("Speed"))
        paces.aboutToShow.connect(lambda: self.window.steering.fill_paces(paces))
        train.addSeparator()
        train.addActions([self.sweep, self.fresh])
        train.addSeparator()
        train.addActions(self.grains.actions())
        self.help_menu = bar.addMenu(tr("Help"))
        self.help_menu.addActions([self.help, self.tour, self.commands, self.shortcuts])
        self.help_menu.addSeparator()
        self.help_menu.addAction(self.about)

    def fill_views(self) -> None:
        """Fill the View menu with the docks, and with pictures of them."""
        for dock in self.window.docks:
            dock.toggleViewAction().setObjectName(f"dock_{dock.objectName()}")
            self.view_menu.addAction(dock.toggleViewAction())
        pictures = self.view_menu.addMenu(tr("Save as picture"))
        report = self.window.report
        pictures.addAction(tr("Canvas"), lambda: report.ask_picture(""))
        for dock in self.window.docks:
            pictures.addAction(dock.windowTitle(), partial(report.ask_picture, dock.objectName()))

    def _toolbar(self) -> QToolBar:
        bar = QToolBar(tr("Toolbar"), self.window)
        bar.setObjectName("toolbar")
        bar.setMovable(False)
        bar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self.title = as_it_is(QLabel())
        self.title.setObjectName("muted")
        self.title.setMinimumWidth(60)
        self.title.setMaximumWidth(260)
        self.title.setContentsMargins(6, 0, 10, 0)
        bar.addWidget(self.title)
        bar.addActions([self.run, self.step, self.reset])
        self._button(bar, self.run).setObjectName("run")
        bar.addActions(self.grains.actions())
        spacer = QWidget()
        spacer.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        bar.addWidget(spacer)
        bar.addActions([self.undo, self.redo, self.tidy, self.fit, self.export, self.theme, self.language])
        # Pictures instead of words where everyone knows them: the bar has to fit a small laptop.
        for name in PICTURED:
            action = getattr(self, name)
            action.setIconVisibleInMenu(False)
            button = self._button(bar, action)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
            button.setObjectName("pictured")
            button.setAccessibleName(action.text())
        bar.setIconSize(QSize(SIDE, SIDE))
        self.restyle()
        self.language.setIconText(next_language().short)
        self.window.addToolBar(bar)
        return bar

    def take_choices(self, other: Actions) -> None:
        """Choose what was chosen in the window before."""
        for mine, its in zip((*self.grains.actions(), self.fresh, self.map), (*other.grains.actions(), other.fresh, other.map), strict=True):
            if mine.isChecked() != its.isChecked():
                mine.setChecked(its.isChecked())

    def restyle(self) -> None:
        """Draw the pictures in the colours of the theme."""
        for name in PICTURED:
            getattr(self, name).setIcon(icon(name))

    def _button(self, bar: QToolBar, action: QAction) -> QToolButton:
        button = bar.widgetForAction(action)
        assert isinstance(button, QToolButton)
        return button

    @property
    def grain(self) -> str:
        """The chosen grain of a step."""
        checked = self.grains.checkedAction()
        return str(checked.data()) if checked is not None else "batch"
