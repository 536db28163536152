"""A short tour: five places of the window, one after the other; it can be left at any time and found again in the Help
menu.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from nnstudio.session.settings import load_settings, save_settings
from nnstudio.ui.kit.texts import tr

WIDE, GAP = 330, 12


@dataclass(frozen=True)
class Stop:
    """A place and what is said there."""

    widget: QWidget
    title: str
    text: str


class Tour(QFrame):
    """A card beside the place it speaks of, which is framed; arrow keys, Enter and Esc work as well as the buttons."""

    def __init__(self, window: QWidget, stops: Sequence[Stop], after: QWidget) -> None:
        """Speak of stops in a window; ``after`` has the keys when it is over."""
        super().__init__(window)
        self._window, self._stops, self._after = window, stops, after
        self._place = 0
        self.setObjectName("popup")
        self.setAccessibleName(tr("Tour"))
        layout = QVBoxLayout(self)
        self._title = QLabel()
        self._title.setObjectName("title")
        self._text = QLabel()
        self._text.setWordWrap(True)
        layout.addWidget(self._title)
        layout.addWidget(self._text)
        row = QHBoxLayout()
        self._count = QLabel()
        self._count.setObjectName("muted")
        row.addWidget(self._count, 1)
        self.skip = QPushButton(tr("Leave the tour"))
        self.back = QPushButton(tr("Back"))
        self.next = QPushButton(tr("Next"))
        for button, act in (
            (self.skip, self.leave),
            (self.back, lambda: self._go(-1)),
            (self.next, lambda: self._go(1)),
        ):
            button.clicked.connect(lambda checked=False, act=act: act())
            row.addWidget(button)
        layout.addLayout(row)
        self._frame = QFrame(window)
        self._frame.setObjectName("spot")
        self._frame.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._frame.hide()
        self.setFixedWidth(WIDE)
        self.hide()

    def begin(self) -> None:
        """Start at the first place."""
        save_settings(replace(load_settings(), toured=True))
        self._place = 0
        self._window.installEventFilter(self)
        self._show()
        self.next.setFocus()

    def leave(self) -> None:
        """End it."""
        self._window.removeEventFilter(self)
        self._frame.hide()
        self.hide()
        self._after.setFocus()

    def _go(self, way: int) -> None:
        self._place += way
        if self._place >= len(self._stops):
            self.leave()
        else:
            self._place = max(0, self._place)
            self._show()

    def _show(self) -> None:
        stop = self._stops[self._place]
        self._title.setText(stop.title)
        self._text.setText(stop.text)
        self._count.setText(f"{self._place + 1} / {len(self._stops)}")
        self.back.setEnabled(self._place > 0)
        self.next.setText(tr("Done") if self._place == len(self._stops) - 1 else tr("Next"))
        self.adjustSize()
        self._put(stop.widget)
        self._frame.show()
        self._frame.raise_()
        self.show()
        self.raise_()

    def _put(self, widget: QWidget) -> None:
        window = self._window
        spot = QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())
        self._frame.setGeometry(spot.adjusted(-3, -3, 3, 3).intersected(window.rect()))
        # Beside the place where there is room: right, left, below, else in its middle.
        places = [
            QPoint(spot.right() + GAP, spot.top() + GAP),
            QPoint(spot.left() - GAP - self.width(), spot.top() + GAP),
            QPoint(spot.left(), spot.bottom() + GAP),
            spot.center() - QPoint(self.width() // 2, self.height() // 2),
        ]
        whole = window.rect()
        found = next((p for p in places if whole.contains(QRect(p, self.size()))), places[-1])
        self.move(found)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._show()
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
        elif event.key() in (Qt.Key.Key_Right, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._go(1)
        elif event.key() == Qt.Key.Key_Left:
            self._go(-1)
        else:
            super().keyPressEvent(event)
