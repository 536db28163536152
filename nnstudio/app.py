"""The composition root: the only place where application, session and window meet."""

from __future__ import annotations

import nnstudio.ui  # noqa: F401  # isort: skip - first: it eases all imports that follow

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEventLoop, QMessageLogContext, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QFontDatabase, QIcon
from PySide6.QtWidgets import QApplication

from nnstudio.document.disk import BACKUP
from nnstudio.resources import resource
from nnstudio.session.session import Session
from nnstudio.session.settings import load_settings
from nnstudio.ui.kit import texts, theme
from nnstudio.ui.project.elsewhere import open_elsewhere
from nnstudio.ui.shell.error_dialog import ErrorCatcher

if TYPE_CHECKING:
    from nnstudio.ui.shell.main_window import MainWindow

# Threads that torch runs in need more than the half megabyte some systems give.
STACK_BYTES = 16 * 2**20


def preload_torch_libraries() -> None:
    """On Windows torch's libraries clash with Qt's unless they are loaded first; elsewhere nothing is needed."""
    if sys.platform != "win32":
        return
    import ctypes
    import importlib.util

    found = importlib.util.find_spec("torch")
    if found is None or found.origin is None:
        return
    folder = os.path.join(os.path.dirname(found.origin), "lib")
    with contextlib.suppress(OSError):
        os.add_dll_directory(folder)
        for name in ("c10.dll", "torch_cpu.dll"):
            ctypes.WinDLL(os.path.join(folder, name))


class Application:
    """The running program: one session and the window on it, made anew when the language changes."""

    def __init__(self, qt: QApplication, session: Session) -> None:
        self.qt, self.session = qt, session
        self.window: MainWindow | None = None
        self._dressed: tuple[str, int] | None = None
        qt.styleHints().colorSchemeChanged.connect(self._system_changed)

    def _system_changed(self) -> None:
        """The system went light or dark; who leaves the choice to it sees that at once."""
        if QApplication.activeModalWidget() is not None:
            # A question is open; its window must not go from under it.
            QTimer.singleShot(1000, self._system_changed)
            return
        if self.window is not None and not load_settings().theme and theme.system_theme() != theme.current().name:
            QTimer.singleShot(0, self.look_changed)

    def _dress(self, *, sheet: bool = True) -> None:
        settings = load_settings()
        wanted = settings.theme or theme.system_theme(), settings.text_size
        if wanted != self._dressed:
            self._dressed = wanted
            theme.apply_theme(self.qt, *wanted, sheet=sheet)

    def show_window(self) -> MainWindow:
        """Make the window in the language and look of the settings."""
        from nnstudio.ui.shell.main_window import MainWindow

        texts.set_language(load_settings().language or texts.system_language())
        # It is dressed once it is whole: every part would be dressed again wherever it is put.
        self._dressed = None
        self._dress(sheet=False)
        self.window = window = MainWindow(self.session, self.look_changed)
        theme.apply_sheet(self.qt)
        window.show()
        if self.session.document.nodes:
            QTimer.singleShot(0, window, window.show_all)
        return window

    def open(self, name: str) -> None:
        """Open a project in the present window, or a file of data as what a new one learns from."""
        if self.window is None:
            return
        bench, path = self.window.bench, Path(name)
        if not name.lower().endswith((".nns", ".nns" + BACKUP)) and bench.own_data.is_data(path):
            bench.own_data.take(path)
        else:
            bench.files.open(name)

    def offer_recovery(self) -> None:
        """Offer what an earlier start could not save."""
        if self.window is not None:
            self.window.bench.recovering.offer()

    def look_changed(self) -> None:
        """Bring the look of the settings into force: colours and sizes in the open window; for another language one is
        made anew.
        """
        from nnstudio.ui.shell.main_window import MainWindow

        wanted, old = load_settings().language or texts.system_language(), self.window
        self._dress()
        if old is None or wanted == texts.language():
            return
        texts.set_language(wanted)
        old.leave()
        self.window = window = MainWindow(self.session, self.look_changed)
        window.show()
        window.stand_like(old)
        # The old one goes when the new one has been painted over it: nothing black is seen between.
        self.qt.processEvents(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)
        window.bench.panels.hide_strays()
        old.hide()
        old.let_go()
        old.deleteLater()
        window.activateWindow()


def make_application(arguments: Sequence[str] = ()) -> QApplication:
    """Return the Qt application, named and with a font for Chinese."""
    known = QApplication.instance()
    if isinstance(known, QApplication):
        return known
    preload_torch_libraries()
    qInstallMessageHandler(_qt_message)
    qt = QApplication(["nnstudio", *arguments])
    qt.setApplicationName("NN Studio")
    qt.setDesktopFileName("nnstudio")
    qt.setWindowIcon(QIcon(str(resource("icons", "nnstudio.svg"))))
    if not QFontDatabase.families(QFontDatabase.WritingSystem.SimplifiedChinese):
        # A bare Linux has none: without this Chinese is a row of empty boxes.
        QFontDatabase.addApplicationFont(str(resource("fonts", "NotoSansCJKsc-Subset.otf")))
    return qt


def _qt_message(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    """Print Qt's messages as Qt does, but for one that the offscreen platform says of every window."""
    if "propagateSizeHints" not in text and sys.stderr is not None:
        sys.stderr.write(text + "\n")


def run_window(arguments: Sequence[str], watched: str = "") -> int:
    """Open the window, with a project file when one is named, and with the run that writes into the folder ``watched``;
    returns the exit code.
    """
    threading.stack_size(STACK_BYTES)
    qt = make_application()
    session = Session(start=False)
    catcher = ErrorCatcher(session.recovery.keep_now, qt)
    catcher.install()
    application = Application(qt, session)
    window = application.show_window()
    # Painted first; then torch is imported behind it.
    qt.processEvents()
    session.meaning.begin()
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if arguments:
        QTimer.singleShot(0, window, lambda: application.open(arguments[0]))
        for other in arguments[1:]:
            # Every project has a window, and so a process, of its own.
            QTimer.singleShot(0, window, partial(open_elsewhere, other))
    if watched:
        QTimer.singleShot(0, window, lambda: application.open(watched))
    QTimer.singleShot(0, window, application.offer_recovery)
    code = qt.exec()
    if not session.close():
        # A thread that still reads or trains would be cut off in the middle of torch or pandas while the interpreter is
        # taken down.
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
        os._exit(code)
    return code


def looked_at(patience: float) -> str:
    """Open a window on an example, train it there and look at it: what the program's own test does. Returns what was
    seen.

    Raises:
        AssertionError: it is not as it should be within so many seconds.
    """
    from nnstudio.engine.states import State
    from nnstudio.session.examples import SMALLEST, load_example

    qt = make_application()
    session = Session(load_example(SMALLEST), start=False)
    application = Application(qt, session)
    window = application.show_window()
    window.resize(1366, 768)
    session.meaning.begin()
    end = time.monotonic() + patience

    def until(done: Callable[[], object]) -> None:
        while not done():
            assert time.monotonic() < end, "the window takes too long"
            qt.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 50)

    try:
        until(lambda: session.meaning.preview is not None)
        window.bench.running.toggle()
        until(lambda: session.training.records or session.training.state is State.FAILED)
        assert session.training.state is not State.FAILED, "the run failed"
        picture = window.grab().toImage()
        colours = {picture.pixel(x, y) for x in range(0, picture.width(), 7) for y in range(0, picture.height(), 7)}
        assert len(colours) > 20, "the window is blank"
        return f"{picture.width()} × {picture.height()} pixels, {len(session.training.records)} epochs"
    finally:
        window.bench.files.may_leave = lambda: True  # type: ignore[method-assign]
        window.close()
        session.close()
