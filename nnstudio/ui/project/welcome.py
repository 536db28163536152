"""The start page on an empty canvas: an example, a page of one's own, or the last project."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCursor, QIcon, QPixmap, QShowEvent
from PySide6.QtWidgets import QFrame, QLabel, QMenu, QPushButton, QScrollArea, QVBoxLayout, QWidget

from nnstudio.document.errors import StudioError
from nnstudio.document.storage import load
from nnstudio.document.text import Text
from nnstudio.document.values import Document
from nnstudio.session.checkpoints import Left
from nnstudio.session.examples import example_names, load_example
from nnstudio.ui.kit import theme
from nnstudio.ui.kit.plain import tip
from nnstudio.ui.kit.texts import tr, words
from nnstudio.ui.project.thumbs import thumbnail

PURPOSE = {
    "xor": Text("XOR: four points that no straight line can separate"),
    "rings": Text("Two rings: watch the boundary become round"),
    "iris": Text("Iris: three species from four measures, on real data"),
    "digits": Text("Hand-written digits with convolutions"),
    "memory": Text("Remember the first letter of a sequence: embedding and LSTM"),
    "karate": Text("Two halves of a club, told by who knows whom: graph convolution"),
    "backprop-2-2-2": Text("Backpropagation worked out number by number"),
}

PICTURE = (92, 34)
FIRST_MS = 40

# So many stand on the page; the rest opens as a menu, for a small screen.
FIRST = 4


# A larger file waits until it is opened: the page must not wait for it.
MOST_BYTES = 2**20


def _document(name: str) -> Document:
    if Path(name).stat().st_size > MOST_BYTES:
        return Document()
    return load(Path(name))[0]


def _picture(read: Callable[[str], Document], name: str) -> QPixmap | None:
    """A network as it is now; None where it cannot be read."""
    try:
        document = read(name)
    except (StudioError, OSError):
        return None
    return thumbnail(document, *PICTURE, 2.0) if document.nodes else None


class Welcome(QScrollArea):
    """Stands in the middle of its parent."""

    example = Signal(str)
    blank = Signal()
    recent = Signal(str)
    browse = Signal()
    own_data = Signal()
    resumed = Signal(object)

    def __init__(self, recent: tuple[str, ...], parent: QWidget, left: Sequence[Left] = ()) -> None:
        super().__init__(parent)
        self.setObjectName("welcome")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidgetResizable(True)
        self._pictures: list[tuple[QPushButton, Callable[[], QPixmap | None]]] = []
        self._missing: list[tuple[QPushButton, Callable[[], QPixmap | None]]] = []
        self._page = QWidget()
        self._page.setObjectName("page")
        layout = QVBoxLayout(self._page)
        layout.setContentsMargins(24, 12, 24, 12)
        layout.setSpacing(4)
        title = QLabel(tr("What would you like to do?"))
        title.setObjectName("title")
        layout.addWidget(title)
        self._heading(layout, tr("START FROM AN EXAMPLE"))
        names = example_names()
        for name in names[:FIRST]:
            self._button(
                layout,
                self._purpose(name),
                partial(self.example.emit, name),
                picture=partial(_picture, load_example, name),
            )
        self.more = QMenu(self)
        for name in names[FIRST:]:
            self.more.addAction(self._purpose(name), partial(self.example.emit, name))
        if names[FIRST:]:
            self._button(layout, tr("More examples …"), self._show_more)
        self._heading(layout, tr("YOUR OWN"))
        self._button(layout, tr("From my data: a table, pictures or arrays …"), self.own_data.emit)
        self._button(layout, tr("A blank page: drag layers from the left"), self.blank.emit)
        known = [name for name in recent if Path(name).is_file()]
        if known or left:
            self._heading(layout, tr("GO ON"))
            for run in left:
                text = tr(
                    "Go on with the interrupted run of {name}: epoch {epoch} of {epochs}",
                    name=run.name or tr("new project"),
                    epoch=run.epoch,
                    epochs=run.epochs,
                )
                self._button(layout, text, partial(self.resumed.emit, run))
            for name in known[:3]:
                self._button(
                    layout,
                    tr("Go on with {name}", name=Path(name).name),
                    partial(self.recent.emit, name),
                    path=name,
                    picture=partial(_picture, _document, name),
                )
        self._button(layout, tr("Open a project …"), self.browse.emit)
        self.setWidget(self._page)
        parent.installEventFilter(self)
        self.place()
        self._missing = list(self._pictures)
        theme.follow(self.restyle)

    def restyle(self) -> None:
        """Draw the pictures in the colours of the theme, and make room for the present text size."""
        self._missing = list(self._pictures)
        # When its words have their new size.
        QTimer.singleShot(0, self, self.place)
        QTimer.singleShot(0, self, self._draw)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        # The page is painted first.
        QTimer.singleShot(FIRST_MS, self, self._draw)

    def _draw(self) -> None:
        """Draw one picture, and come back for the next."""
        if self._missing and self.isVisible():
            button, picture = self._missing.pop(0)
            found = picture()
            if found is not None:
                button.setIcon(QIcon(found))
            QTimer.singleShot(0, self, self._draw)

    def _purpose(self, name: str) -> str:
        return words(PURPOSE[name]) if name in PURPOSE else name

    def _show_more(self) -> None:
        self.more.popup(QCursor.pos())

    def _heading(self, layout: QVBoxLayout, text: str) -> None:
        label = QLabel(text)
        label.setObjectName("heading")
        layout.addWidget(label)

    def _button(
        self,
        layout: QVBoxLayout,
        text: str,
        act: Callable[[], object],
        path: str = "",
        picture: Callable[[], QPixmap | None] | None = None,
    ) -> None:
        button = QPushButton(text)
        if picture is not None:
            # The room is there from the first moment, the pictures come when the page is painted.
            button.setIconSize(QSize(*PICTURE))
            empty = QPixmap(*PICTURE)
            empty.fill(Qt.GlobalColor.transparent)
            button.setIcon(QIcon(empty))
            self._pictures.append((button, picture))
        button.setStyleSheet("text-align: left")
        button.setToolTip(tip(path))
        button.clicked.connect(lambda: act())
        layout.addWidget(button)

    def place(self) -> None:
        """Stand in the middle."""
        parent: Any = self.parentWidget()
        # On a small screen the page scrolls.
        wanted = self._page.sizeHint()
        bar = self.verticalScrollBar().sizeHint().width() if wanted.height() > parent.height() - 16 else 0
        self.resize(wanted.width() + bar + 4, min(wanted.height() + 4, parent.height() - 16))
        self.move(max(8, (parent.width() - self.width()) // 2), max(8, (parent.height() - self.height()) // 2))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self.place()
        return False
