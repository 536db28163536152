"""A student's hand: real mouse and key events on the real window."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from PySide6.QtCore import QByteArray, QCoreApplication, QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QAction, QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QSpinBox, QWidget

from nnstudio.app import make_application
from nnstudio.document.values import Document
from nnstudio.session.session import Session
from nnstudio.ui.canvas.dropping import MIME
from nnstudio.ui.editing.palette import KIND
from nnstudio.ui.kit import texts, theme
from nnstudio.ui.shell.main_window import MainWindow
from tests.e2e.loops import let_go, pause

LEFT = Qt.MouseButton.LeftButton


class Hand:
    """Moves, clicks and types on one window."""

    def __init__(self, window: MainWindow) -> None:
        self.window = window
        self.session = window.session

    # -- waiting ------------------------------------------------------------------------------

    def wait(self, done: Callable[[], Any], seconds: float = 60.0) -> None:
        end = time.monotonic() + seconds
        while not done():
            assert time.monotonic() < end, "waited in vain"
            pause(10)

    def compiled(self) -> None:
        self.wait(lambda: self.session.meaning.lowered is not None)

    def state(self, *states: str) -> None:
        self.wait(lambda: self.session.training.state in states)

    def panel(self, name: str) -> Any:
        """Bring a panel to the front, so that it is fed; returns its view."""
        self.window.bench.panels.show(name)
        return self.window.bench.panels.view(name)

    # -- toolbar ------------------------------------------------------------------------------

    def press(self, action: QAction) -> None:
        """Click an action's button on the toolbar."""
        button = self.window.actions_.toolbar.widgetForAction(action)
        QTest.mouseClick(button, LEFT)

    def keys(
        self, widget: QWidget, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
    ) -> None:
        QTest.keyClick(widget, key, modifier)

    # -- palette ------------------------------------------------------------------------------

    def double_click_palette(self, kind: str) -> str:
        """Append a kind by a double click; returns the new node's id."""
        listing = self.window.bench.parts.palette.list
        item = next(listing.item(i) for i in range(listing.count()) if listing.item(i).data(KIND) == kind)
        listing.scrollToItem(item)
        place = listing.visualItemRect(item).center()
        before = set(self.window.bench.parts.scene.cards)
        QTest.mouseClick(listing.viewport(), LEFT, pos=place)
        QTest.mouseDClick(listing.viewport(), LEFT, pos=place)
        (new,) = set(self.window.bench.parts.scene.cards) - before
        return str(new)

    def drop(self, kind: str, x: float, y: float) -> str:
        """Drop a kind from the palette at a place of the canvas; returns the new node's id."""
        view = self.window.bench.parts.canvas
        data = QMimeData()
        data.setData(MIME, QByteArray(kind.encode()))
        place = QPointF(view.mapFromScene(QPointF(x, y)))
        before = set(self.window.bench.parts.scene.cards)
        enter = QDragEnterEvent(place.toPoint(), Qt.DropAction.CopyAction, data, LEFT, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(view.viewport(), enter)
        assert enter.isAccepted()
        drop = QDropEvent(place, Qt.DropAction.CopyAction, data, LEFT, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(view.viewport(), drop)
        (new,) = set(self.window.bench.parts.scene.cards) - before
        return str(new)

    # -- canvas -------------------------------------------------------------------------------

    def pixel(self, place: QPointF) -> QPoint:
        return self.window.bench.parts.canvas.mapFromScene(place)

    def drag(self, start: QPointF, end: QPointF) -> None:
        viewport = self.window.bench.parts.canvas.viewport()
        a, b = self.pixel(start), self.pixel(end)
        QTest.mousePress(viewport, LEFT, pos=a)
        for share in (0.3, 0.7, 1.0):
            QTest.mouseMove(viewport, a + (b - a) * share)
        QTest.mouseRelease(viewport, LEFT, pos=b)

    def wire(self, source: str, port: str, target: str, target_port: str) -> None:
        """Pull a wire from an output to an input."""
        cards = self.window.bench.parts.scene.cards
        self.drag(cards[source].port_place("out", port), cards[target].port_place("in", target_port))

    def click_card(self, name: str) -> None:
        card = self.window.bench.parts.scene.cards[name]
        QTest.mouseClick(
            self.window.bench.parts.canvas.viewport(), LEFT, pos=self.pixel(card.sceneBoundingRect().center())
        )

    def click_nothing(self) -> None:
        box = self.window.bench.parts.scene.content()
        QTest.mouseClick(
            self.window.bench.parts.canvas.viewport(), LEFT, pos=self.pixel(box.bottomLeft() + QPointF(-25, 90))
        )

    # -- inspector ----------------------------------------------------------------------------

    def editor(self, *path: str) -> QWidget:
        form = self.window.bench.parts.inspector.form
        assert form is not None
        return form.editors[path]

    def type_number(self, text: str, *path: str) -> None:
        """Type a number into a field and press Enter."""
        editor = self.editor(*path)
        self.window.bench.parts.inspector.ensureWidgetVisible(editor)
        assert isinstance(editor, QSpinBox | QLineEdit)
        editor.setFocus()
        editor.selectAll()
        QTest.keyClicks(editor, text)
        QTest.keyClick(editor, Qt.Key.Key_Return)

    def choose(self, wanted: str, *path: str) -> None:
        """Choose from a list by keyboard, as one who tabs through the form does."""
        editor = self.editor(*path)
        assert isinstance(editor, QComboBox)
        editor.setFocus()
        goal = editor.findData(wanted)
        assert goal >= 0
        steps = goal - editor.currentIndex()
        for _ in range(abs(steps)):
            # Choosing rebuilds the form: its editor is a new one each time.
            QTest.keyClick(self.editor(*path), Qt.Key.Key_Down if steps > 0 else Qt.Key.Key_Up)
            QCoreApplication.processEvents()


@contextmanager
def open_window(
    document: Document | None = None,
    *,
    language: str = "en",
    theme_name: str = "light",
    size: tuple[int, int] = (1366, 768),
) -> Iterator[Hand]:
    """A window on a session of its own; closed at the end as a student closes it, answering "discard"."""
    qt = make_application()
    texts.set_language(language)
    theme.apply_theme(qt, theme_name)
    session = Session(document)
    window = MainWindow(session)
    window.resize(*size)
    window.show()
    pause(1)
    hand = Hand(window)
    if document is not None:
        window.show_all()
    try:
        yield hand
    finally:
        window.bench.files.may_leave = lambda: True  # type: ignore[method-assign]
        window.close()
        window.deleteLater()
        let_go()
        qt.processEvents()
