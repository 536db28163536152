"""The gallery: what the program opens with. Lessons by chapter, where to go on, projects of one's own, a search over
all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMainWindow,
    QPushButton,
    QScrollArea,
    QToolBar,
    QVBoxLayout,
    QWidget,
)

from nnstudio.session.checkpoints import Left
from nnstudio.session.lessons import shelf
from nnstudio.session.lessons.finding import IDEA, LESSON, find
from nnstudio.ui.kit import theme
from nnstudio.ui.kit.texts import tr
from nnstudio.ui.project.gallery_page import GalleryPage


class Gallery(QWidget):
    """Lies over the window below its toolbar, while there is no project or it is asked for."""

    lesson = Signal(str)
    example = Signal(str)
    article = Signal(str, str)
    blank, browse, own_data = Signal(), Signal(), Signal()
    recent = Signal(str)
    resumed = Signal(object)
    left = Signal()

    def __init__(self, window: QMainWindow, left_runs: Callable[[], Sequence[Left]]) -> None:
        super().__init__(window)
        self.setObjectName("gallery")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName(tr("Lessons"))
        self._left_runs = left_runs
        self._stale = True
        self.page: GalleryPage | None = None
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self._head())
        self.area = QScrollArea()
        self.area.setObjectName("clear")
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setWidgetResizable(True)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        whole.addWidget(self.area, 1)
        window.installEventFilter(self)
        self.place()
        theme.follow(self.renew)
        self.hide()

    def _head(self) -> QWidget:
        head = QFrame()
        head.setObjectName("galleryHead")
        row = QHBoxLayout(head)
        row.setContentsMargins(20, 8, 20, 8)
        title = QLabel("NN Studio")
        title.setObjectName("title")
        row.addWidget(title)
        row.addStretch(1)
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Search lessons, layers, ideas …"))
        self.search.setAccessibleName(tr("Search lessons, layers, ideas …"))
        self.search.setClearButtonEnabled(True)
        self.search.setMinimumWidth(260)
        self.search.setMaximumWidth(440)
        self.search.textChanged.connect(lambda text: self._fill())
        self.search.returnPressed.connect(self._open_first)
        row.addWidget(self.search, 3)
        row.addStretch(1)
        for text, signal in (
            (tr("From my data …"), self.own_data),
            (tr("Blank page"), self.blank),
            (tr("Open …"), self.browse),
        ):
            button = QPushButton(text)
            button.clicked.connect(lambda checked=False, signal=signal: signal.emit())
            row.addWidget(button)
        self.close_button = QPushButton("×")
        self.close_button.setObjectName("flat")
        self.close_button.setToolTip(tr("Back to the project (Esc)"))
        self.close_button.setAccessibleName(tr("Back to the project (Esc)"))
        self.close_button.clicked.connect(self.left)
        row.addWidget(self.close_button)
        return head

    # -- shown --------------------------------------------------------------------------------

    def renew(self) -> None:
        """What it says may be otherwise: it is made anew when it is seen."""
        self._stale = True
        if self.isVisible():
            QTimer.singleShot(0, self, self._fill)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.place()
        self.raise_()
        if self._stale:
            # The window is painted first.
            QTimer.singleShot(0, self, self._fill)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if self.search.text() and not event.spontaneous():
            # Who comes back begins with all of it.
            self.search.blockSignals(True)
            self.search.clear()
            self.search.blockSignals(False)
            self._stale = True

    def place(self) -> None:
        """Take the room between toolbar and status line."""
        window = self.parentWidget()
        assert isinstance(window, QMainWindow)
        bar = window.findChild(QToolBar, options=Qt.FindChildOption.FindDirectChildrenOnly)
        top = bar.geometry().bottom() + 1 if bar is not None else window.menuBar().geometry().bottom() + 1
        self.setGeometry(0, top, window.width(), max(0, window.statusBar().geometry().top() - top))

    def _fill(self) -> None:
        self._stale = False
        page = self.page = GalleryPage(self.search.text().strip(), self._left_runs)
        for told, by in (
            (page.lesson, self.lesson),
            (page.example, self.example),
            (page.article, self.article),
            (page.recent, self.recent),
            (page.resumed, self.resumed),
        ):
            told.connect(by)
        self.area.setWidget(page)

    def _open_first(self) -> None:
        """Enter opens what is first."""
        found = find(self.search.text().strip(), shelf.shelf(), most=1)
        if found:
            one = found[0]
            if one.kind == LESSON:
                self.lesson.emit(one.id)
            else:
                self.article.emit("ideas" if one.kind == IDEA else one.kind, one.id)

    # -- keys and room ------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            if self.search.text():
                self.search.clear()
            else:
                self.left.emit()
            return
        super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest) and self.isVisible():
            self.place()
        return False
