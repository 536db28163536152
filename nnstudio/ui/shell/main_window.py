"""The main window: where the views meet, through the session."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QEvent, QProcess, Qt, QTimer
from PySide6.QtGui import QAccessible, QAccessibleEvent, QCloseEvent, QDragEnterEvent, QDropEvent, QKeyEvent
from PySide6.QtWidgets import QApplication, QMessageBox
from shiboken6 import isValid

from nnstudio import __version__
from nnstudio.compile.sizes import shape_text
from nnstudio.document.edits import Edit
from nnstudio.document.errors import EditError
from nnstudio.document.lesson import hidden_in
from nnstudio.document.values import Document
from nnstudio.session.session import Session
from nnstudio.session.settings import load_settings, save_settings
from nnstudio.ui.canvas.card import title_of
from nnstudio.ui.canvas.spoken import spoken
from nnstudio.ui.editing.arranging import Arranging
from nnstudio.ui.editing.bookmarks import Bookmarks
from nnstudio.ui.editing.choice_curves import ChoiceCurves
from nnstudio.ui.editing.clipboard import Clipboard
from nnstudio.ui.editing.commenting import Commenting
from nnstudio.ui.editing.grouping import Grouping
from nnstudio.ui.editing.placing import Placing
from nnstudio.ui.inspector.inspector import Facts
from nnstudio.ui.kit import theme
from nnstudio.ui.kit.dropping import local_file
from nnstudio.ui.kit.plain import tip
from nnstudio.ui.kit.texts import next_language, tr, words
from nnstudio.ui.project.files import Files
from nnstudio.ui.project.lessons import Lessons
from nnstudio.ui.project.own_data import OwnData
from nnstudio.ui.project.recovering import Recovering
from nnstudio.ui.project.settings_dialog import ask_settings
from nnstudio.ui.shell.actions import Actions
from nnstudio.ui.shell.bridge import Bridge
from nnstudio.ui.shell.commands import Commands
from nnstudio.ui.shell.frame import Frame, side_for_words
from nnstudio.ui.shell.shortcuts import ShortcutsDialog
from nnstudio.ui.teaching.help_view import HelpView
from nnstudio.ui.teaching.stepping import SteppingView
from nnstudio.ui.teaching.tour import Tour
from nnstudio.ui.teaching.walks import Walks
from nnstudio.ui.training.comparing import Comparing
from nnstudio.ui.training.run_report import RunReport
from nnstudio.ui.training.running import Running
from nnstudio.ui.training.steering import Steering
from nnstudio.ui.training.watching import WatchingView

TOAST_MS = 5000
# The panels that a first lesson does without; those of a step come with the first one in any case.
LATER_LESSONS = ("layers", "runs", "health", "neurons", "results")


class MainWindow(Frame):
    """One window on one session. ``relook`` brings the look of the settings into force; another language needs a new window."""

    def __init__(self, session: Session, relook: Callable[[], None] | None = None) -> None:
        super().__init__()
        self.session = session
        self._relook = relook
        self._welcomed = self._stepped = False
        self._words = theme.text_scale()
        self._help: HelpView | None = None
        self._tour: Tour | None = None
        self._changing = False
        self._history = session.history
        self.refusal = ""
        self._spoken_of: tuple[dict[str, str], dict[str, str]] = ({}, {})
        self.files = Files(self)
        self.placing = Placing(self)
        self.arranging, self.clipboard = Arranging(self), Clipboard(self)
        self.recovering, self.lessons = Recovering(self), Lessons(self)
        self.commands, self.bookmarks = Commands(self), Bookmarks(self)
        self.grouping = Grouping(self)
        self.own_data = OwnData(self)
        self.choice_curves = ChoiceCurves(self)
        self.stepping = SteppingView(self)
        self.watching = WatchingView(self)
        self.comparing = Comparing(self)
        self.steering, self.running = Steering(self), Running(self)
        self.walks, self.report = Walks(self), RunReport(self)
        self.bridge = Bridge(session, self)
        self._build()
        self.commenting = Commenting(self)
        self.actions_ = Actions(self)
        self.canvas.more_actions = [self.actions_.rename, self.actions_.cut, self.actions_.copy, self.actions_.paste, self.actions_.comment, self.actions_.help, self.actions_.duplicate, self.actions_.group, self.actions_.ungroup, self.actions_.save_block]
        self.actions_.fill_views()
        self._connect()
        if not load_settings().full:
            self.show_full(False)
        session.look_now = lambda: {"look": self.bookmarks.look(), **self.stepping.place()}
        # Without this the docks that are hidden would still make the window wider.
        self.layout().activate()
        self.setAcceptDrops(True)
        theme.follow(self.restyle)
        self.resize(1366, 740)
        self.show_recent()
        self._documents_changed(Document(), session.document)
        self._compiled()
        self.running.show_state()
        if session.training.program is not None:
            self.curves.clear(session.training.program.epochs)
        for record in session.training.records:
            self.curves.add(record)
        if session.training.snapshot is not None:
            self.watching.take(session.training.snapshot)
        if session.stepping.shown is not None:
            self.stepping.show(session.stepping.shown)
            self.stepping.show_reach()

    # -- building -----------------------------------------------------------------------------

    def _connect(self) -> None:
        bridge = self.bridge
        bridge.documents_changed.connect(self._documents_changed)
        bridge.compiled.connect(self._compiled)
        # After this round: a dialog must not hold up who else is told.
        bridge.compiled.connect(self.own_data.compiled, Qt.ConnectionType.QueuedConnection)
        bridge.run_changed.connect(self.running.show_state)
        bridge.epoch_done.connect(self.curves.add)
        bridge.rewound.connect(self.running.show_rewound)
        self.stepping.connect()
        self.results.step_wanted.connect(self.stepping.look_at_row)
        self.watching.connect()
        self.comparing.connect()
        self.steering.connect()
        self.flow.picked.connect(self._pick)
        self.scene.selection_changed.connect(self._selection)
        self.scene.scale_changed.connect(self.legend.show_limits)
        self.canvas.dropped.connect(self.placing.add_at)
        self.canvas.offered.connect(self.quick.offer)
        self.canvas.wanted.connect(self.quick.ask)
        # What glides stands still before it is taken by the mouse.
        self.canvas.pressed.connect(self.arranging.settle)
        self.canvas.remove = self.placing.remove
        self.canvas.arrows_move = lambda: self.timeline.trace is None
        self.canvas.file_dropped.connect(self.files.take_dropped)
        self.palette_.chosen.connect(self.placing.append)
        self.problems.picked.connect(self._pick)
        self.welcome.example.connect(self.files.open_example)
        self.welcome.recent.connect(self.files.open)
        self.welcome.browse.connect(self.files.ask_open)
        self.welcome.blank.connect(self._blank)
        self.welcome.own_data.connect(self.own_data.ask)
        self.welcome.resumed.connect(self.steering.resume)
        self.layers.picked.connect(self._pick)
        self.canvas.opened.connect(self.grouping.open)
        self.canvas.opened.connect(self.commenting.write)
        bridge.documents_changed.connect(self.commenting.words.refresh)
        self.canvas.resized.connect(self._place_overlays)
        self.crumbs.picked.connect(self.grouping.leave_to)
        bridge.polled.connect(self.recovering.watch)
        bridge.loading.connect(self.status.show_loading)

    # -- edits --------------------------------------------------------------------------------

    def propose(self, edit: Edit, gesture: object = None, *, select: Collection[str] | None = None) -> bool:
        """Try an edit of what is on the canvas; a refusal is said over it. Returns whether it was legal, and has other nodes selected then."""
        self.scene.wanted = select
        try:
            return self.propose_whole(self.grouping.wrap(edit), gesture)
        finally:
            self.scene.wanted = None

    def propose_whole(self, edit: Edit, gesture: object = None) -> bool:
        """Try an edit of the whole project, whichever group is open. Edits of one gesture are one step of undo."""
        try:
            self.session.apply(edit, gesture)
        except EditError as error:
            self.refusal = words(error.message)
            self.toast(self.refusal)
            return False
        if self.refusal:
            # What was wrong is right now.
            self.refusal = ""
            self.toast_label.hide()
        return True

    def commit_typing(self) -> None:
        """Take what is being typed in the panel on the right, as leaving the field would."""
        typing = self.focusWidget()
        if typing is not None and self.inspector.isAncestorOf(typing):
            typing.clearFocus()
            if isValid(typing) and typing.isVisible():
                typing.setFocus()

    def rename(self) -> None:
        """Go to the name of the selected node."""
        if len(self.scene.selected) == 1:
            self.side.setCurrentWidget(self.inspector)
            self.inspector.edit_name()
        else:
            self.toast(tr("Select a node first."))

    def toast(self, text: str, *, stay: bool = False) -> None:
        """Show a sentence over the canvas for a while, or until the next one."""
        self.toast_label.setText(text)
        self.toast_label.setMaximumWidth(max(200, self.canvas.width() - 40))
        self.toast_label.adjustSize()
        self._place_overlays()
        self.toast_label.show()
        self.toast_label.raise_()
        if stay:
            self._toast_timer.stop()
        else:
            self._toast_timer.start(TOAST_MS)

    def undo(self) -> None:
        """Take the last edit back."""
        self.canvas.cancel_gesture()
        self.session.undo()

    def redo(self) -> None:
        """Make it again."""
        self.canvas.cancel_gesture()
        self.session.redo()

    def quick_add_here(self) -> None:
        """Offer everything that can be added, in the middle of the canvas."""
        self.quick.ask(self.canvas.mapToScene(self.canvas.viewport().rect().center()))

    def ask_lesson(self) -> None:
        """Open the teacher's options."""
        self.lessons.ask()

    def begin_lesson_anew(self) -> None:
        """Back to the network that the teacher gave."""
        self.lessons.begin_anew()

    def begin_tour(self) -> None:
        """Walk through the window's places."""
        if self._tour is None:
            self._tour = Tour(self)
        self._tour.begin()

    def show_help(self, family: str = "", entry: str = "") -> None:
        """Open the help, at what is selected."""
        if self._help is None:
            self._help = HelpView(self)
        chosen = [self.grouping.document.by_id[name].kind for name in self.scene.selected]
        self._help.show_entry(family or "nodes", entry or (chosen[0] if len(chosen) == 1 else ""))
        if self._help.isVisible():
            self._help.raise_()
        self._help.show()
        self._help.search.setFocus()

    def set_full(self, full: bool) -> None:
        """Show everything, or only what a first lesson needs."""
        save_settings(replace(load_settings(), full=full))
        self.show_full(full)

    def show_full(self, full: bool) -> None:
        """Bring palette, panels and settings into line with that."""
        self.palette_.set_full(full)
        for name in LATER_LESSONS:
            dock, shown = self.dock_of[name], full and f"dock:{name}" not in hidden_in(self.session.document)
            dock.toggleViewAction().setVisible(shown)
            dock.setVisible(shown)
        self.inspector.allow_full(full)
        self.dock_of["curves"].raise_()
        self.dock_of["code"].raise_()

    def ask_shortcuts(self) -> None:
        """Show and change the keys of every action."""
        dialog = ShortcutsDialog(self)
        dialog.exec()
        dialog.deleteLater()

    def new_window(self) -> None:
        """Start another window, as a process of its own: what trains there does not slow this one."""
        self._start([])

    def open_elsewhere(self, name: str) -> None:
        """Open a project in a window of its own."""
        self._start(["gui", name])

    def _start(self, words: list[str]) -> None:
        QProcess.startDetached(sys.executable, [*([] if getattr(sys, "frozen", False) else ["-m", "nnstudio"]), *words])

    def go_to_node(self, full: str) -> None:
        """Show a node of the project by its path, groups opened on the way."""
        node = self.grouping.go_to(full)
        if node in self.scene.cards:
            self.scene.select({node})
            self.canvas.come_closer()
            self.canvas.centerOn(self.scene.cards[node])
            self.canvas.setFocus()

    def _blank(self) -> None:
        self._welcomed = True
        self.welcome.hide()
        self.palette_.search.setFocus()

    def focus_search(self) -> None:
        """Go to the search box of the palette."""
        self.palette_.search.setFocus()
        self.palette_.search.selectAll()

    # -- following the session ----------------------------------------------------------------

    def _documents_changed(self, before: Document, document: Document) -> None:
        self.grouping.follow()
        if self.canvas.gesture_lost(self.grouping.document):
            # What hung on the mouse is no more.
            self.canvas.cancel_gesture()
        self.arranging.settle()
        self._changing = True
        if self.session.history is not self._history:
            # Another project: what was selected may have namesakes in it.
            self._history = self.session.history
            self.scene.select(())
        try:
            self.scene.show(self.grouping.document)
        finally:
            self._changing = False
        self.lessons.follow(document)
        self.minimap.follow()
        self.history_view.follow()
        self.crumbs.show_path(self.grouping.names())
        history = self.session.history
        for action, label, text in ((self.actions_.undo, history.undo_label, tr("Undo")), (self.actions_.redo, history.redo_label, tr("Redo"))):
            action.setEnabled(label is not None)
            action.setText(f"{text}: {words(label)}" if label is not None else text)
        empty = not document.nodes
        if not empty:
            self._welcomed = False
        self.welcome.setVisible(empty and not self._welcomed and self.session.path is None)
        self.show_title()
        if before.meaning != document.meaning:
            self.status.set_parameters(None)
            self.watching.fade_stale()
        self._selection()

    def show_document(self) -> None:
        """Show another group's inside, or the project: cards, shapes and problems."""
        self.canvas.cancel_gesture()
        self.commenting.words.leave()
        self.scene.select(())
        self.arranging.settle()
        self.scene.show(self.grouping.document)
        self.lessons.follow(self.session.document)
        self.minimap.follow()
        self.crumbs.show_path(self.grouping.names())
        self._compiled()
        self._selection()
        if self.session.training.snapshot is not None and self.timeline.trace is None:
            self.watching.show_last()

    def show_step_docks(self) -> None:
        """Bring the docks that speak of a step, once; who closes them later is not contradicted."""
        if not self._stepped:
            self._stepped = True
            for dock in self.docks[6:9]:
                dock.show()

    def widen_side(self, least: int) -> None:
        """Give the panel on the right so much room, taken from the canvas."""
        _, middle, right = self._split.sizes()
        if right < least and middle - (least - right) > 400:
            self.side_room = least

    @property
    def side_room(self) -> int:
        """How wide the panel on the right is."""
        return self._split.sizes()[2]

    @side_room.setter
    def side_room(self, width: int) -> None:
        left, middle, right = self._split.sizes()
        self._split.setSizes([left, middle + right - width, width])

    def show_dock(self, name: str) -> None:
        """Bring a dock to the front."""
        self.dock_of[name].show()
        self.dock_of[name].raise_()

    def show_data(self) -> None:
        """Bring the data table to the front."""
        self.docks[3].show()
        self.docks[3].raise_()

    def show_title(self) -> None:
        """Show the project's name, and whether there is something to save."""
        path, dirty = self.session.path, self.session.dirty
        name = path.name if path else self.session.document.name or tr("new project")
        self.actions_.title.setText(name + (" ●" if dirty else ""))
        self.actions_.title.setToolTip(tip(str(path or "") + (" " + tr("not saved") if dirty else "")))
        self.setWindowTitle(f"{name}{'*' if dirty else ''} – NN Studio")

    def _compiled(self) -> None:
        lowered, source, document = self.session.meaning.lowered, self.session.meaning.source, self.session.document
        if lowered is None:
            return
        shapes, ports = {}, {}
        report, grouping = self.session.meaning.analysis, self.grouping
        found = report.problems if report is not None else lowered.problems
        found = found if document.nodes else ()
        flat = lowered.flat.by_id
        for full, by_port in lowered.shapes.items():
            node = grouping.local_id(full)
            if node is None or grouping.full_id(node) != full:
                continue
            for port, shape in by_port.items():
                ports[node, port] = shape_text(shape, lowered.axes.get(full, ""))
            shape = next(iter(by_port.values()))
            shapes[node] = shape_text(shape, lowered.axes.get(full, "")) if shape else ""
        self.scene.set_shapes(shapes, ports)
        texts: dict[str, str] = {}
        for problem in found:
            card = grouping.local_id(problem.node) if problem.node else None
            if problem.severity == "note" or card is None:
                continue
            texts.setdefault(card, f"{words(problem.what)}\n{words(problem.why)}\n{words(problem.remedy)}")
        self.scene.set_problems(texts)
        self._spoken_of = shapes, texts
        self._speak()
        self.problems.show_problems(found, lambda node: title_of(flat[node]) if node in flat else node)
        self.layers.show_report(report)
        self.data.show_preview(self.session.meaning.preview)
        count = len(found)
        self.docks[1].setWindowTitle(tr("Problems") + (f" ({count})" if count else ""))
        self.status.set_parameters(lowered.total)
        here = tuple(replace(p, node=grouping.local_id(p.node) or "?") if p.node else p for p in found
                     if not p.node or (grouping.local_id(p.node) and grouping.full_id(grouping.local_id(p.node) or "") == p.node))
        counts = {grouping.local_id(full) or "": count for full, count in lowered.parameters.items()
                  if grouping.local_id(full) and grouping.full_id(grouping.local_id(full) or "") == full}
        self.inspector.show_facts(Facts(here, shapes, counts, lowered.total))
        self.code.show_source(source.text if source else "", source.nodes if source else {}, source.steps if source else {})
        self.watching.fade_stale()

    def _selection(self) -> None:
        if self._changing:
            # Shown once, when the whole window has the document.
            return
        chosen = self.scene.selected
        node = next(iter(chosen)) if len(chosen) == 1 else None
        self.inspector.show_node(self.grouping.document, node, chosen)
        self._speak()
        if self.timeline.trace is None:
            self.code.mark_node(self.grouping.full_id(node) if node is not None else None)
        elif node is not None:
            self.stepping.go_to_node(node)

    def _speak(self) -> None:
        """Tell a screen reader what is selected."""
        said = spoken(self.grouping.document, self.scene.selected, *self._spoken_of)
        if said != self.canvas.accessibleDescription():
            self.canvas.setAccessibleDescription(said)
            QAccessible.updateAccessibility(QAccessibleEvent(self.canvas, QAccessible.Event.DescriptionChanged))

    def _pick(self, node: str) -> None:
        node = self.grouping.go_to(node) if node in (self.session.meaning.lowered.flat.by_id if self.session.meaning.lowered else {}) else node
        if node in self.scene.cards:
            self.scene.select({node})
            self.canvas.centerOn(self.scene.cards[node])
            self.side.setCurrentWidget(self.inspector)

    # -- window -------------------------------------------------------------------------------

    def show_all(self) -> None:
        """Fit the network into the canvas, and have its keys at hand."""
        self.canvas.fit()
        self.canvas.setFocus()

    def show_recent(self) -> None:
        """Fill the menu of recent projects."""
        menu = self.actions_.recent
        menu.clear()
        for name in load_settings().recent:
            menu.addAction(name, partial(self.files.open, name))
        menu.setEnabled(not menu.isEmpty())

    def switch_theme(self) -> None:
        """Light becomes dark and back."""
        name = "light" if theme.current().name == "dark" else "dark"
        save_settings(replace(load_settings(), theme=name))
        self.look_changed()

    def look_changed(self) -> None:
        """Bring the look of the settings into force."""
        if self._relook is not None:
            self._relook()

    def restyle(self) -> None:
        """Take the colours of the theme, where no view of its own does."""
        self.actions_.restyle()
        if theme.text_scale() != self._words:
            # A panel that the student made narrower stays so when only the colours change.
            self._words = theme.text_scale()
            self.widen_side(side_for_words())
        self._hide_strays()
        self._place_overlays()

    def stand_like(self, other: MainWindow) -> None:
        """Stand as another window on the same session stood: its place, docks, panels, what is open, selected and looked at."""
        self.setGeometry(other.geometry())
        self.restoreState(other.saveState())
        self._hide_strays()
        self._stepped, self._welcomed = other._stepped, other._welcomed
        if self._welcomed:
            self.welcome.hide()
        self._split.setSizes(other._split.sizes())
        self.side.setCurrentIndex(other.side.currentIndex())
        self.actions_.take_choices(other.actions_)
        self.bookmarks.go(other.bookmarks.look())
        self.scene.select(name for name in other.scene.selected if name in self.scene.cards)
        self.inspector.set_full(other.inspector.full)
        if self.timeline.trace is not None and self.timeline.trace is other.timeline.trace:
            self.timeline.slider.setValue(other.timeline.slider.value())

    def ask_settings(self) -> None:
        """Show and change the settings."""
        ask_settings(self)

    def switch_language(self) -> None:
        """Speak the next language."""
        save_settings(replace(load_settings(), language=next_language().id))
        self.look_changed()

    def about(self) -> None:
        """Say what this is."""
        QMessageBox.about(self, "NN Studio", tr("NN Studio {version}: draw a network, train it, step through it, take it home as Python.",
                                                version=__version__))

    def _place_overlays(self) -> None:
        self.toast_label.move((self.canvas.width() - self.toast_label.width()) // 2, 12)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """While a step is shown the arrow keys walk, wherever the focus is."""
        keys = {Qt.Key.Key_Left: self.timeline.go_back, Qt.Key.Key_Right: self.timeline.go_on,
                Qt.Key.Key_Home: self.timeline.go_first, Qt.Key.Key_End: self.timeline.go_last,
                Qt.Key.Key_Escape: self.stepping.leave}
        if event.modifiers() & Qt.KeyboardModifier.AltModifier:
            keys |= {Qt.Key.Key_Left: self.stepping.go_back_to_source, Qt.Key.Key_Right: self.stepping.go_on_to_use}
        act = keys.get(Qt.Key(event.key()))
        if act is not None and self.timeline.trace is not None:
            act()
            return
        super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow() and QApplication.activeModalWidget() is None:
            QTimer.singleShot(0, self, self.files.look_at_disk)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """A file or folder may be dropped anywhere on the window."""
        if local_file(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        if path := local_file(event.mimeData()):
            event.acceptProposedAction()
            self.files.take_dropped(path)

    def leave(self) -> None:
        """Let go of the session, which lives on in another window."""
        self.session.look_now = dict
        self.bridge.close()
        self.results.leave()
        self.landscape.leave()
        self.stepping.stop()
        self._toast_timer.stop()

    def let_go(self) -> None:
        """The window is hidden: its plots go. Under the mouse they would still be told that it leaves, which ends the program."""
        self.curves.leave()
        self.data.leave()

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self.files.may_leave():
            event.ignore()
            return
        self.leave()
        # Gone from the screen at once, whatever is still waited for.
        self.hide()
        self.session.close()
        self.let_go()
        event.accept()
