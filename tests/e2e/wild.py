"""Random actions of a wild hand on the whole program: ``python -m tests.e2e.wild SEED COUNT``; anything unusual ends it
with what was done last.
"""

from __future__ import annotations

import faulthandler
import os
import random
import sys
import tempfile
import traceback
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QMessageLogContext, QPoint, Qt, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QAction, QContextMenuEvent, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QDialog, QLineEdit, QMenu, QMessageBox, QSpinBox, QWidget
from shiboken6 import isValid

from tests.e2e.loops import pause

# What would start another process, or ask the system.
NEVER = {"new_window", "about_qt"}
TEXTS = ("0.5", "-3", "1e9", "", "nan", "层", "<b>x</b>", "12", "a" * 60)
KEYS = (
    Qt.Key.Key_Escape,
    Qt.Key.Key_Return,
    Qt.Key.Key_Tab,
    Qt.Key.Key_Delete,
    Qt.Key.Key_Left,
    Qt.Key.Key_Right,
    Qt.Key.Key_Up,
    Qt.Key.Key_Down,
    Qt.Key.Key_Space,
    Qt.Key.Key_A,
    Qt.Key.Key_F,
    Qt.Key.Key_Home,
    Qt.Key.Key_End,
    Qt.Key.Key_PageDown,
)
MODIFIERS = (Qt.KeyboardModifier.NoModifier,) * 4 + (
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
)
LONGEST = 25.0


class Wild:
    """One program and a stream of random actions on it, the same for the same seed as far as time allows."""

    def __init__(self, seed: int) -> None:
        from nnstudio.app import Application, make_application
        from nnstudio.catalog.registry import node_kinds
        from nnstudio.session.examples import example_names, load_example
        from nnstudio.session.lessons.shelf import lesson_names
        from nnstudio.session.session import Session
        from nnstudio.session.settings import Settings, load_settings, save_settings

        self.random = random.Random(seed)
        self.qt = make_application()
        self.session_class, self.load, self.names = Session, load_example, example_names()
        self.application_class, self.kinds = Application, [k.id for k in node_kinds().values() if not k.hidden]
        self.lessons = lesson_names()
        self.load_settings, self.save_settings = load_settings, save_settings
        save_settings(Settings(language="en", theme="light"))
        self.done: deque[str] = deque(maxlen=40)
        self.errors: list[str] = []
        self.application: Any = None
        self.begin()
        # Whatever asks a question is answered, at random.
        self.living = True
        self.answer()
        self.acts: list[tuple[int, Callable[[], object]]] = [
            (14, self.act),
            (8, self.click),
            (6, self.press),
            (4, self.look),
            (3, self.language),
            (3, self.dock),
            (6, self.add),
            (6, self.wire),
            (5, self.field),
            (5, self.drag),
            (2, self.example),
            (1, self.reopen),
            (4, self.train),
            (3, self.walk),
            (2, self.menu),
            (2, self.resize),
            (2, self.open_something),
            (3, self.rest),
            (2, self.scroll),
            (4, self.study),
            (2, self.wish),
        ]

    def begin(self) -> None:
        session = self.session_class(self.load(self.random.choice(self.names)))
        self.application = self.application_class(self.qt, session)
        self.application.show_window()

    @property
    def window(self) -> Any:
        return self.application.window

    # -- what is done -------------------------------------------------------------------------

    def act(self) -> None:
        found = [
            a
            for _, a in self.window.actions_.listed()
            if a.isEnabled() and a.objectName() not in NEVER and a is not self.window.actions_["quit"]
        ]
        action = self.random.choice(found)
        self.done.append(f"action {action.objectName()}")
        action.trigger()

    def click(self) -> None:
        found = [
            w
            for w in self.window.findChildren(QWidget)
            if w.isVisible() and w.width() > 4 and w.height() > 4 and not isinstance(w, QMenu)
        ]
        widget = self.random.choice(found)
        spot = QPoint(self.random.randrange(widget.width()), self.random.randrange(widget.height()))
        self.done.append(f"click {type(widget).__name__} {widget.objectName()}")
        button = Qt.MouseButton.LeftButton if self.random.random() < 0.9 else Qt.MouseButton.MiddleButton
        (QTest.mouseDClick if self.random.random() < 0.2 else QTest.mouseClick)(
            widget, button, self.random.choice(MODIFIERS), spot
        )

    def press(self) -> None:
        widget = QApplication.focusWidget() or self.window.bench.parts.canvas
        key = self.random.choice(KEYS)
        self.done.append(f"key {key.name} on {type(widget).__name__}")
        QTest.keyClick(widget, key, self.random.choice(MODIFIERS))

    def look(self) -> None:
        theme, size = self.random.choice(("light", "dark", "contrast", "")), self.random.choice((100, 100, 125, 150))
        self.done.append(f"look {theme} {size}")
        self.save_settings(replace(self.load_settings(), theme=theme, text_size=size))
        self.window.appearance.changed()

    def language(self) -> None:
        self.done.append("language")
        self.window.appearance.switch_language()

    def dock(self) -> None:
        dock = self.random.choice(self.window.bench.panels.docks)
        how = self.random.choice(("show", "hide", "raise_", "float"))
        self.done.append(f"dock {dock.objectName()} {how}")
        if how == "float":
            dock.setFloating(not dock.isFloating())
        else:
            getattr(dock, how)()

    def add(self) -> None:
        kind = self.random.choice(self.kinds)
        self.done.append(f"add {kind}")
        if len(self.window.bench.parts.scene.cards) < 60:
            self.window.bench.parts.palette.chosen.emit(kind)

    def wire(self) -> None:
        cards = list(self.window.bench.parts.scene.cards.values())
        if len(cards) < 2:
            return
        a, b = self.random.sample(cards, 2)
        if not a.ports() or not b.ports():
            return
        self.done.append(f"wire {a.node.id} {b.node.id}")
        start, end = (c.port_place(*self.random.choice(list(c.ports()))) for c in (a, b))
        self._pull(self.window.bench.parts.canvas.mapFromScene(start), self.window.bench.parts.canvas.mapFromScene(end))

    def drag(self) -> None:
        cards = list(self.window.bench.parts.scene.cards.values())
        view = self.window.bench.parts.canvas.viewport()
        spot = (
            self.window.bench.parts.canvas.mapFromScene(self.random.choice(cards).sceneBoundingRect().center())
            if cards and self.random.random() < 0.7
            else self._somewhere(view)
        )
        self.done.append("drag")
        self._pull(spot, self._somewhere(view))

    def _somewhere(self, widget: QWidget) -> QPoint:
        return QPoint(self.random.randrange(max(1, widget.width())), self.random.randrange(max(1, widget.height())))

    def _pull(self, a: QPoint, b: QPoint) -> None:
        view = self.window.bench.parts.canvas.viewport()
        keys = self.random.choice(MODIFIERS)
        QTest.mousePress(view, Qt.MouseButton.LeftButton, keys, a)
        for share in (0.4, 1.0):
            QTest.mouseMove(view, a + (b - a) * share)
        if self.random.random() < 0.1:
            # Something else happens while the mouse is held.
            self.random.choice((self.look, self.language, self.press, self.wish))()
        if isValid(view):
            QTest.mouseRelease(view, Qt.MouseButton.LeftButton, keys, b)

    def field(self) -> None:
        form = self.window.bench.parts.inspector.form
        if form is None or not form.editors:
            return
        path = self.random.choice(list(form.editors))
        editor = form.editors[path]
        self.done.append(f"field {path}")
        if isinstance(editor, QComboBox) and editor.count():
            editor.setFocus()
            QTest.keyClick(editor, self.random.choice((Qt.Key.Key_Down, Qt.Key.Key_Up)))
        elif isinstance(editor, QSpinBox | QLineEdit):
            editor.setFocus()
            editor.selectAll()
            for sign in self.random.choice(TEXTS):
                if isValid(editor):
                    QApplication.sendEvent(
                        editor, QKeyEvent(QEvent.Type.KeyPress, 0, Qt.KeyboardModifier.NoModifier, sign)
                    )
            if isValid(editor):
                QTest.keyClick(editor, Qt.Key.Key_Return)
        else:
            QTest.mouseClick(editor, Qt.MouseButton.LeftButton)

    def example(self) -> None:
        name = self.random.choice(self.names)
        self.done.append(f"example {name}")
        self.window.bench.files.open_example(name)

    def reopen(self) -> None:
        self.done.append("close and open")
        window, session = self.window, self.application.session
        window.bench.files.may_leave = lambda: True
        window.close()
        window.deleteLater()
        session.close()
        self.begin()

    def train(self) -> None:
        self.done.append("train")
        self.random.choice(
            (
                self.window.bench.running.toggle,
                self.window.bench.running.step,
                self.window.bench.running.reset,
                self.window.bench.trying.look,
            )
        )()

    def walk(self) -> None:
        slider = self.window.bench.parts.timeline.slider
        self.done.append("walk")
        slider.setValue(self.random.randint(slider.minimum(), max(slider.minimum(), slider.maximum())))

    def menu(self) -> None:
        self.done.append("context menu")
        view = self.window.bench.parts.canvas.viewport()
        spot = self._somewhere(view)
        QApplication.sendEvent(view, QContextMenuEvent(QContextMenuEvent.Reason.Mouse, spot, view.mapToGlobal(spot)))

    def resize(self) -> None:
        self.done.append("resize")
        self.window.resize(self.random.randint(900, 1600), self.random.randint(600, 1000))

    def open_something(self) -> None:
        self.done.append("dialog")
        self.random.choice(
            (
                self.window.appearance.ask_settings,
                self.window.guide.ask_shortcuts,
                self.window.guide.show_help,
                self.window.guide.commands.ask,
                self.window.bench.quick.ask_here,
                self.window.guide.show_sheet,
                self.window.bench.following.gallery,
                self.window.bench.classroom.ask_steps,
                self.window.bench.classroom.play_as_student,
                self.window.guide.about,
                self.window.bench.comparing.ask_sweep,
                self.window.bench.steering.ask_until,
                self.window.bench.own_data.ask,
                self.window.bench.files.ask_save_as,
            )
        )()

    def study(self) -> None:
        """Open a lesson, or do something with the one that is open: what it asks, or nonsense."""
        tutor, card, bench = self.window.bench.session.tutor, self.window.bench.parts.lesson, self.window.bench
        if tutor.step is None or self.random.random() < 0.2:
            name = self.random.choice(self.lessons)
            self.done.append(f"lesson {name}")
            bench.tutoring.open(name, anew=self.random.random() < 0.3)
            return
        self.done.append("study")
        given = self.random.choice((0, 1, 2, "0.25", "-6", "", "x" * 300, "1e999", "<b>"))
        self.random.choice(
            (
                lambda: tutor.answer(given),
                tutor.hint,
                tutor.next,
                tutor.back,
                lambda: tutor.go(self.random.randint(-1, 9)),
                bench.tutoring._bring_back,
                bench.tutoring.put_away,
                bench.tutoring.bring_out,
                bench.tutoring.keep,
                card.check.click,
                card.next.click,
            )
        )()

    def scroll(self) -> None:
        self.done.append("zoom")
        self.window.bench.parts.canvas.zoom_by(self.random.choice((0.5, 0.8, 1.25, 2.0)))

    def wish(self) -> None:
        self.done.append("undo or redo")
        for _ in range(self.random.randint(1, 5)):
            self.random.choice((self.window.bench.selecting.undo, self.window.bench.selecting.redo))()

    def rest(self) -> None:
        self.done.append("rest")
        self.live(self.random.choice((5, 20, 120)))

    # -- answers ------------------------------------------------------------------------------

    def answer(self) -> None:
        """Close whatever stands over the window, one way or the other; anew each time, for an answer may raise another
        question.
        """
        if self.living:
            QTimer.singleShot(15, self.qt, self.answer)
        popup = QApplication.activePopupWidget()
        if popup is not None:
            if isinstance(popup, QMenu) and popup.actions() and self.random.random() < 0.3:
                action = self.random.choice([a for a in popup.actions() if self._harmless(a)] or [QAction()])
                self.done.append(f"chosen {action.text()}")
                popup.close()
                action.trigger()
            else:
                popup.close()
            return
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, QMessageBox):
            button = self.random.choice(dialog.buttons() or [None])
            self.done.append(f"answered {button.text() if button is not None else 'nothing'}")
            button.click() if button is not None else dialog.reject()
        elif isinstance(dialog, QDialog):
            if self.random.random() < 0.3:
                self._fumble(dialog)
            elif isValid(dialog):
                self.done.append(f"closed {type(dialog).__name__}")
                dialog.accept() if self.random.random() < 0.3 else dialog.reject()
                if isValid(dialog) and dialog.isVisible():
                    # It would not take what was entered.
                    dialog.reject()

    def _harmless(self, action: QAction) -> bool:
        return (
            action.isEnabled()
            and action.menu() is None
            and action.objectName() not in NEVER
            and action is not self.window.actions_["quit"]
        )

    def _fumble(self, dialog: QDialog) -> None:
        found = [w for w in dialog.findChildren(QWidget) if w.isVisible() and w.width() > 4 and w.isEnabled()]
        if found and "FileDialog" not in type(dialog).__name__:
            widget = self.random.choice(found)
            self.done.append(f"in {type(dialog).__name__}: click {type(widget).__name__}")
            QTest.mouseClick(widget, Qt.MouseButton.LeftButton)

    # -- living -------------------------------------------------------------------------------

    def live(self, milliseconds: int = 0) -> None:
        pause(milliseconds)

    def go(self, count: int) -> int:
        weights = [weight for weight, _ in self.acts]
        for number in range(count):
            (act,) = self.random.choices([act for _, act in self.acts], weights)
            if not self.window.isVisible():
                # It was closed by one of its commands.
                self.application.session.close()
                self.begin()
            faulthandler.dump_traceback_later(LONGEST, exit=True)
            try:
                act()
                self.live()
            except Exception:
                self.errors.append(traceback.format_exc())
            finally:
                faulthandler.cancel_dump_traceback_later()
            if self.errors:
                print(f"action {number} of {count}:", *self.done, *self.errors, sep="\n", file=sys.stderr)
                return 1
        self.living = False
        self.window.bench.files.may_leave = lambda: True
        self.window.close()
        self.application.session.close()
        return 0


def main() -> int:
    seed, count = (int(word) for word in sys.argv[1:3])
    faulthandler.enable()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    folder = tempfile.mkdtemp()
    import platformdirs

    # The settings and files of whoever tries this are left alone.
    platformdirs.user_config_dir = platformdirs.user_data_dir = lambda *a, **k: str(Path(folder, "settings"))  # type: ignore[assignment]
    Path(folder, "work").mkdir()
    os.chdir(Path(folder, "work"))
    wild = Wild(seed)

    def hook(kind: type[BaseException], error: BaseException, trace: Any) -> None:
        wild.errors.append("".join(traceback.format_exception(kind, error, trace)))

    def said(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
        # The platform without a screen says so of every window.
        if not any(words in text for words in ("This plugin does not support", "propagateSizeHints")):
            wild.errors.append(f"Qt: {text}")
        if kind == QtMsgType.QtFatalMsg:
            print(text, *wild.done, sep="\n", file=sys.stderr, flush=True)

    qInstallMessageHandler(said)
    sys.excepthook = hook
    import threading

    threading.excepthook = lambda args: hook(args.exc_type, args.exc_value or args.exc_type(), args.exc_traceback)
    code = wild.go(count)
    sys.stderr.flush()
    # Threads of torch may still be at work.
    os._exit(code)


if __name__ == "__main__":
    sys.exit(main())
