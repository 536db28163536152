"""The main window: one workbench on one session, with menus, keys and what the system tells it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QContextMenuEvent, QDragEnterEvent, QDropEvent, QKeyEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QMenu

from nnstudio.session.session import Session
from nnstudio.session.settings import load_settings
from nnstudio.ui.kit import theme
from nnstudio.ui.kit.dropping import local_file
from nnstudio.ui.kit.words_linked import ideas_under, offer, opens
from nnstudio.ui.shell.actions import Actions
from nnstudio.ui.shell.appearance import Appearance
from nnstudio.ui.shell.declared import Window
from nnstudio.ui.shell.guide import Guide
from nnstudio.ui.shell.presenting import Presenter
from nnstudio.ui.shell.workbench import Bench

SIZE = (1366, 740)


class MainWindow(QMainWindow):
    """One window on one session.

    ``relook`` brings the look of the settings into force; another language needs a new window.
    """

    def __init__(self, session: Session, relook: Callable[[], None] | None = None) -> None:
        super().__init__()
        self.session = session
        self.bench = bench = Bench(self, session)
        self.appearance, self.guide = Appearance(bench, relook), Guide(self, bench)
        self.presenter = Presenter(self, bench)
        self.actions_ = Actions(self, Window(self, bench, self.appearance, self.guide, self.presenter))
        self.guide.know(self.actions_)
        opens(lambda idea: self.guide.show_help("ideas", idea))
        bench.parts.status.asked.connect(lambda idea: self.guide.show_help("ideas", idea))
        bench.tutoring.sheet, bench.tutoring.lab = self.guide.show_sheet, self.guide.show_lab
        bench.tutoring.beside = self.guide.set_beside
        bench.parts.welcome.article.connect(self.guide.show_help)
        bench.controls.know(self.actions_.hideable)
        bench.tutoring.pointer.controls |= self.actions_.buttons()
        bench.bridge.run_changed.connect(self.actions_.refresh)
        bench.bridge.runs_changed.connect(self.actions_.refresh)
        bench.desks.turned.append(lambda name: self.actions_.refresh())
        bench.bridge.documents_changed.connect(self.actions_.refresh)
        if not load_settings().full:
            self.appearance.show_full(False)
        # Without this the docks that are hidden would still make the window wider.
        if (layout := self.layout()) is not None:
            layout.activate()
        self.setAcceptDrops(True)
        theme.follow(self.restyle)
        self.resize(*SIZE)
        bench.begin()

    def show_all(self) -> None:
        """Fit the network into the canvas, and have its keys at hand."""
        self.bench.parts.show_all()

    def restyle(self) -> None:
        """Take the look of the theme, where no view of its own does."""
        self.actions_.restyle()
        self.appearance.restyle()

    def stand_like(self, other: MainWindow) -> None:
        """Stand as another window on the same session stood: its place, docks, panels, what is open, selected and
        looked at.
        """
        self.setGeometry(other.geometry())
        self.bench.desks.go(other.bench.desks.now)
        self.restoreState(other.saveState())
        self.bench.stand_like(other.bench)
        self.actions_.take_choices(other.actions_)

    # -- what the system tells ----------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """While a step is shown the arrow keys walk, wherever the focus is."""
        timeline, stepping = self.bench.parts.timeline, self.bench.stepping
        keys = {
            Qt.Key.Key_Left: timeline.go_back,
            Qt.Key.Key_Right: timeline.go_on,
            Qt.Key.Key_Home: timeline.go_first,
            Qt.Key.Key_End: timeline.go_last,
            Qt.Key.Key_Escape: stepping.leave,
        }
        if event.modifiers() & Qt.KeyboardModifier.AltModifier:
            keys |= {Qt.Key.Key_Left: stepping.go_back_to_source, Qt.Key.Key_Right: stepping.go_on_to_use}
        act = keys.get(Qt.Key(event.key()))
        if act is not None and timeline.trace is not None:
            act()
            return
        super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """A word that names an idea, anywhere in the window, leads to its article."""
        found = ideas_under(event.globalPos())
        if not found:
            super().contextMenuEvent(event)
            return
        menu = QMenu(self)
        offer(menu, found)
        menu.exec(event.globalPos())
        menu.deleteLater()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if (
            event.type() == QEvent.Type.ActivationChange
            and self.isActiveWindow()
            and QApplication.activeModalWidget() is None
        ):
            QTimer.singleShot(0, self, self.bench.files.look_at_disk)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """A file or folder may be dropped anywhere on the window."""
        if local_file(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        if path := local_file(event.mimeData()):
            event.acceptProposedAction()
            self.bench.drops.take_dropped(path)

    def leave(self) -> None:
        """Let go of the session, which lives on in another window."""
        self.guide.leave()
        self.bench.leave()

    def let_go(self) -> None:
        """The window is hidden: its plots go.

        Under the mouse they would still be told that it leaves, which ends the program.
        """
        self.bench.panels.let_go()

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self.bench.files.may_leave():
            event.ignore()
            return
        self.leave()
        # Gone from the screen at once, whatever is still waited for.
        self.hide()
        self.session.close()
        self.let_go()
        event.accept()
