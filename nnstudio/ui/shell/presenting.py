"""The window on a projector: whole screen, larger words, no menus; the mouse is a pointer, page keys step."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QCursor, QKeySequence, QPainter, QPixmap, QShortcut
from PySide6.QtWidgets import QApplication, QMainWindow

from nnstudio.session.settings import load_settings
from nnstudio.ui.kit import theme
from nnstudio.ui.kit.texts import tr
from nnstudio.ui.shell.workbench import Bench

LEAST_SIZE = 150
SPOT, HALO = 14, 34


class Presenter:
    """Of one window."""

    def __init__(self, window: QMainWindow, bench: Bench) -> None:
        self._window, self._bench = window, bench
        self.on = False
        self._was_full = False
        # Before whatever has the focus, but while presenting alone.
        self._keys = [
            QShortcut(QKeySequence(key), window, act)
            for key, act in (
                (Qt.Key.Key_PageDown, lambda: self.page(1)),
                (Qt.Key.Key_PageUp, lambda: self.page(-1)),
                (Qt.Key.Key_Escape, self.toggle),
            )
        ]
        for key in self._keys:
            key.setEnabled(False)

    def full_screen(self) -> None:
        """Take the whole screen, or give it back."""
        if self._window.isFullScreen():
            self._window.showNormal()
        else:
            self._window.showFullScreen()

    def toggle(self) -> None:
        """Begin to present, or end."""
        self.on = not self.on
        for key in self._keys:
            key.setEnabled(self.on)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        size = load_settings().text_size
        theme.apply_theme(application, theme.current().name, max(size, LEAST_SIZE) if self.on else size)
        self._window.menuBar().setVisible(not self.on)
        self._window.statusBar().setVisible(not self.on)
        viewport = self._bench.parts.canvas.viewport()
        if self.on:
            self._was_full = self._window.isFullScreen()
            self._window.showFullScreen()
            viewport.setCursor(_spot())
            self._bench.says.say(tr("Presenting: page keys step, Esc ends it."))
        else:
            viewport.unsetCursor()
            if not self._was_full:
                self._window.showNormal()

    def page(self, way: int) -> None:
        """A page key, as on a hand-held pointer: a stop on (1) or back (−1)."""
        timeline = self._bench.parts.timeline
        if way < 0:
            if timeline.trace is not None:
                timeline.go_back()
        else:
            self._bench.running.step()


def _spot() -> QCursor:
    """A cursor that is seen from the last row."""
    picture = QPixmap(HALO, HALO)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    color = QColor(theme.current().bad)
    for size, alpha in ((HALO, 70), (SPOT, 230)):
        color.setAlpha(alpha)
        painter.setBrush(color)
        painter.drawEllipse((HALO - size) // 2, (HALO - size) // 2, size, size)
    painter.end()
    return QCursor(picture)
