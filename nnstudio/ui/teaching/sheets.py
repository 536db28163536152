"""All activations, losses and initializers on a sheet each, to be compared at a glance."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QDialog, QFrame, QGridLayout, QLabel, QScrollArea, QTabWidget, QVBoxLayout, QWidget

from nnstudio.document.text import Text
from nnstudio.session.background import LEAVE_SECONDS
from nnstudio.session.sheets import ACTIVATIONS, INITIALIZERS, LOSSES, Cell, Sheet
from nnstudio.ui.inspector.pictures import WIDTH, draw_curve
from nnstudio.ui.kit import theme
from nnstudio.ui.kit.plain import plain
from nnstudio.ui.kit.texts import tr, words

POLL_MS, ACROSS = 60, 4
TITLES = {
    ACTIVATIONS: Text("Activations: value and slope; where it is grey hardly any gradient gets through"),
    LOSSES: Text("Losses of an error, with their slopes"),
    INITIALIZERS: Text("Initializers: how far the numbers spread in each of ten layers, with tanh and with ReLU"),
}
TABS = {ACTIVATIONS: Text("Activations"), LOSSES: Text("Losses"), INITIALIZERS: Text("Initializers")}


class _Page(QWidget):
    """One sheet; it is worked out when it is first seen."""

    asked = Signal(str, str)

    def __init__(self, of: str) -> None:
        super().__init__()
        self._of = of
        self.cells: list[Cell] = []
        self._work: Sheet | None = None
        whole = QVBoxLayout(self)
        head = plain(QLabel(words(TITLES[of])))
        head.setWordWrap(True)
        head.setObjectName("muted")
        whole.addWidget(head)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        inside = QWidget()
        self._grid = QGridLayout(inside)
        self._grid.setSpacing(12)
        self._grid.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        area.setWidget(inside)
        whole.addWidget(area, 1)
        self._pictures: list[tuple[QLabel, Cell]] = []
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._look)
        theme.follow(self.restyle)

    def begin(self) -> None:
        """Work it out, if that was not begun."""
        if self._work is None:
            self._work = Sheet(self._of)
            self._work.start()
            self._timer.start(POLL_MS)

    @property
    def whole(self) -> bool:
        """Whether everything is on it."""
        return self._work is not None and self._work.done and not self._timer.isActive()

    def restyle(self) -> None:
        """Draw the pictures in the colours of the theme."""
        for label, cell in self._pictures:
            if cell.curve is not None:
                label.setPixmap(draw_curve(cell.curve))

    def _look(self) -> None:
        assert self._work is not None
        over = self._work.done
        for cell in self._work.new():
            self._add(cell)
        if over:
            self._timer.stop()

    def _add(self, cell: Cell) -> None:
        box = QWidget()
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        title = plain(QLabel(words(cell.title)))
        title.setObjectName("strong")
        column.addWidget(title)
        picture = QLabel()
        picture.setAccessibleName(words(cell.title))
        if cell.curve is not None:
            picture.setPixmap(draw_curve(cell.curve))
        else:
            picture.setText(tr("needs numbers of its own"))
            picture.setObjectName("muted")
        column.addWidget(picture)
        for line in cell.lines:
            said = plain(QLabel(words(line)))
            said.setWordWrap(True)
            said.setFixedWidth(WIDTH)
            said.setObjectName("muted")
            column.addWidget(said)
        column.addStretch(1)
        place = len(self.cells)
        self._grid.addWidget(box, place // ACROSS, place % ACROSS)
        self.cells.append(cell)
        self._pictures.append((picture, cell))

    def stop(self) -> None:
        """It is not looked at any more."""
        self._timer.stop()
        if self._work is not None:
            self._work.stop()
            self._work.join(LEAVE_SECONDS)


class SheetsView(QDialog):
    """The sheets, a tab for each; it stays open beside the window."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Sheets"))
        layout = QVBoxLayout(self)
        self.tabs = QTabWidget()
        self.pages = {of: _Page(of) for of in TABS}
        for of, page in self.pages.items():
            self.tabs.addTab(page, words(TABS[of]))
        self.tabs.currentChanged.connect(lambda place: self._begin())
        layout.addWidget(self.tabs)
        self.resize(1120, 660)

    def show_sheet(self, of: str) -> None:
        """Turn to a sheet."""
        if of in self.pages:
            self.tabs.setCurrentWidget(self.pages[of])
        self.show()
        self._begin()

    def _begin(self) -> None:
        page = self.tabs.currentWidget()
        if isinstance(page, _Page) and self.isVisible():
            page.begin()

    def done(self, result: int) -> None:
        """Closing stops what is worked out."""
        for page in self.pages.values():
            page.stop()
        super().done(result)
