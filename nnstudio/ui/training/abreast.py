"""Networks beside that on the canvas: a canvas for each, looked at from one camera, and trained by one Run."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from nnstudio.document.numbers import number
from nnstudio.document.values import Document
from nnstudio.engine.states import State
from nnstudio.session.abreast import MOST, Neighbour, same_data
from nnstudio.session.run import Run
from nnstudio.ui.canvas.looking import LookingView
from nnstudio.ui.canvas.scene import GraphScene
from nnstudio.ui.canvas.shapes import shown_shapes
from nnstudio.ui.canvas.stage import Whole
from nnstudio.ui.kit import theme
from nnstudio.ui.kit.elided import ElidedLabel
from nnstudio.ui.kit.plain import tip
from nnstudio.ui.kit.texts import tr, words
from nnstudio.ui.training.runs_view import difference_words

if TYPE_CHECKING:
    from nnstudio.engine.snapshot import Snapshot

# From this height on four stand in two rows.
TWO_ROWS = 620


class Watches(Protocol):
    """Brings what a run shows of itself to a canvas."""

    def look(self) -> None: ...
    def take(self, snapshot: Snapshot) -> None: ...
    def rest(self) -> None: ...
    def forget(self) -> None: ...


Watch = Callable[[Neighbour, Whole, GraphScene], Watches]


class StillView(LookingView):
    """A canvas that is looked at: dragged, zoomed, and nothing else."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._from: QPoint | None = None
        self.setAccessibleName(tr("Network beside"))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._from = event.position().toPoint()
        self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._from is not None:
            here = event.position().toPoint()
            self.pan_by(here - self._from)
            self._from = here
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._from = None
        self.viewport().unsetCursor()
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.fit()
        event.accept()

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.zoom_by(1.0015 ** event.angleDelta().y())
        event.accept()


class Head(QWidget):
    """Whose canvas is below: a dot in its line's colour, its name, how it differs, how it stands."""

    removed = Signal()

    def __init__(self, *, leaves: bool) -> None:
        super().__init__()
        self._dot = QLabel("●")
        # All give way: four heads beside each other must not make a window wider.
        self.name, self.differs, self.stands = ElidedLabel(), ElidedLabel(), ElidedLabel()
        self.name.setObjectName("strong")
        self.differs.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        for label in (self.differs, self.stands):
            label.setObjectName("muted")
        self.away = QToolButton()
        self.away.setText("✕")
        self.away.setToolTip(tr("Take it away"))
        self.away.setAccessibleName(tr("Take it away"))
        self.away.setAutoRaise(True)
        self.away.setObjectName("small")
        size = self.away.sizePolicy()
        size.setRetainSizeWhenHidden(True)
        self.away.setSizePolicy(size)
        self.away.setFixedHeight(self.fontMetrics().height() + 6)
        self.away.setVisible(leaves)
        self.away.clicked.connect(self.removed)
        both = QVBoxLayout(self)
        both.setContentsMargins(10, 3, 6, 3)
        both.setSpacing(0)
        first, second = QHBoxLayout(), QHBoxLayout()
        first.setSpacing(6)
        first.addWidget(self._dot)
        first.addWidget(self.name, 1)
        first.addWidget(self.away)
        second.addWidget(self.stands, 3)
        second.addWidget(self.differs, 2)
        both.addLayout(first)
        both.addLayout(second)

    def color(self, color: str) -> None:
        """Take the colour of its line in the curves."""
        self._dot.setStyleSheet(f"color: {color};")

    def show_run(self, run: Run, reason: str) -> None:
        """Say how its run stands."""
        if reason:
            self.stands.setText(tr("does not train"))
            self.stands.setToolTip(tip(reason))
            return
        snapshot, last = run.snapshot, run.records[-1] if len(run.records) else None
        parts = []
        if last is not None:
            held = last.get("val_loss")
            title = tr("Train loss") if held is None else tr("Validation loss")
            parts.append(f"{title} {number(float(last['train_loss'] if held is None else held))}")
            accuracy = last.get("val_accuracy")
            if accuracy is not None and not math.isnan(float(accuracy)):
                parts.append(f"{float(accuracy):.1%}")
        # What does not fit is left out at the end.
        if run.state is State.IDLE or snapshot is None:
            parts.append(tr("not trained"))
        else:
            # The picture of the end may still be on its way.
            epoch = max(snapshot.epoch, len(run.records)) if run.state.over else snapshot.epoch
            parts.append(tr("epoch {epoch} / {epochs}", epoch=epoch, epochs=snapshot.epochs))
        self.stands.setText(" · ".join(parts))


class Cell(QFrame):
    """One neighbour: its head, and its canvas."""

    def __init__(self, neighbour: Neighbour, watch: Watch, removed: Callable[[], None]) -> None:
        super().__init__()
        self.neighbour = neighbour
        self.head = Head(leaves=True)
        self.head.name.setText(neighbour.name)
        self.head.removed.connect(removed)
        self.view = StillView()
        self.stage = Whole(neighbour)
        self.view.graph.show(neighbour.document)
        # Held: signals that are connected to its methods do not keep it.
        self.watching = watch(neighbour, self.stage, self.view.graph)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.head)
        layout.addWidget(self.view, 1)
        self._links = (
            (neighbour.meaning.compiled, self._compiled),
            (neighbour.meaning.looked, self._looked),
            (neighbour.training.snapshot_taken, self._took),
            (neighbour.training.changed, self._changed),
        )
        for listeners, function in self._links:
            listeners.add(function)
        self._compiled()
        self._looked()
        self.catch_up()

    def catch_up(self) -> None:
        """Show where the run stands now: what nobody saw was not drawn."""
        snapshot = self.neighbour.training.snapshot
        if snapshot is not None:
            self.watching.take(snapshot)
        self.say()

    def leave(self) -> None:
        """Listen no more."""
        for listeners, function in self._links:
            listeners.remove(function)
        self.watching.rest()

    def _compiled(self) -> None:
        lowered = self.neighbour.meaning.lowered
        if lowered is not None:
            self.view.graph.set_shapes(*shown_shapes(lowered, self.stage))
        self.say()

    def _looked(self) -> None:
        self.watching.look()
        if self.view.fitted or not self.view.graph.selected:
            self.view.fit()

    def _took(self, snapshot: Snapshot) -> None:
        # What nobody sees is not drawn.
        if self.isVisible():
            self.watching.take(snapshot)
            self.say()

    def _changed(self) -> None:
        run = self.neighbour.training
        if run.state is State.IDLE:
            self.view.graph.forget_pictures()
            self.watching.forget()
            self.watching.look()
        if run.state is not State.RUNNING:
            self.view.graph.pulse(None)
            self.watching.rest()
        self.say()

    def say(self) -> None:
        """Say how its run stands."""
        reason = self.neighbour.trouble
        self.head.show_run(self.neighbour.training, words(reason) if reason is not None else "")

    def differ(self, document: Document) -> None:
        """Say in what it differs from the network on the canvas; other data is said first."""
        told = difference_words(self.neighbour.document, document)
        parts = [] if same_data(self.neighbour, document) else [tr("other data!")]
        self.head.differs.setText("; ".join([*parts, told]) if told or parts else tr("the same network"))


class AbreastView(QWidget):
    """Stands where the canvas stands, with the canvas in it.

    ``kept`` asks to set the network on the canvas beside itself, ``varied`` for one setting in several values,
    ``filed`` for a project file.
    """

    kept, varied, filed = Signal(), Signal(), Signal()

    def __init__(self, canvas: LookingView) -> None:
        super().__init__()
        self._canvas = canvas
        self.cells: dict[int, Cell] = {}
        # Makes what shows a neighbour's run.
        self.watch: Watch
        self._tying = False
        self._open = False
        self._laid_out: tuple[list[QWidget], int] = ([], 0)
        self.keep, self.vary, self.file = (
            QPushButton(tr("Set this network beside")),
            QPushButton(tr("One setting varied …")),
            QPushButton(tr("From a file …")),
        )
        self.keep.setToolTip(tr("A copy as it is now stands beside; what you change from here on is compared with it."))
        self.vary.setToolTip(tr("Copies that differ in a setting, such as the learning rate."))
        self.file.setToolTip(tr("The network of another project."))
        self.keep.clicked.connect(self.kept)
        self.vary.clicked.connect(self.varied)
        self.file.clicked.connect(self.filed)
        self.tied = QCheckBox(tr("one camera"))
        self.tied.setToolTip(tr("Moving or zooming one canvas moves all."))
        self.tied.setChecked(True)
        self.hint = ElidedLabel()
        self.hint.setObjectName("muted")
        self.bar = QWidget()
        row = QHBoxLayout(self.bar)
        row.setContentsMargins(10, 4, 10, 4)
        row.setSpacing(8)
        for button in (self.keep, self.vary, self.file):
            row.addWidget(button)
        row.addWidget(self.hint, 1)
        row.addWidget(self.tied)
        self.head = Head(leaves=False)
        self.head.name.setText(tr("On the canvas"))
        own = QWidget()
        column = QVBoxLayout(own)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.head)
        column.addWidget(canvas, 1)
        self._own = own
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(2)
        self._grid.addWidget(own, 0, 0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.bar)
        layout.addLayout(self._grid, 1)
        canvas.by_hand.connect(lambda: self._follow(canvas))
        theme.follow(self.restyle)
        self.restyle()
        self.open(False)

    def open(self, shown: bool) -> None:
        """Show the others and what is said above the canvas, or the canvas alone."""
        self._open = shown
        self.bar.setVisible(shown)
        self.head.setVisible(shown and bool(self.cells))
        for cell in self.cells.values():
            if shown and not cell.isVisibleTo(self):
                cell.catch_up()
            cell.setVisible(shown)
        self._lay_out()

    def show_neighbours(self, neighbours: Mapping[int, Neighbour], removed: Callable[[int], None]) -> None:
        """Show a cell for each neighbour."""
        for gone in [known for known in self.cells if known not in neighbours]:
            cell = self.cells.pop(gone)
            cell.leave()
            cell.hide()
            self._grid.removeWidget(cell)
            cell.deleteLater()
        for place, neighbour in neighbours.items():
            if place not in self.cells:
                cell = Cell(neighbour, self.watch, partial(removed, place))
                cell.view.by_hand.connect(lambda view=cell.view: self._follow(view))
                self.cells[place] = cell
        self.open(self._open)
        for cell in self.cells.values():
            if cell.view.fitted:
                cell.view.fit()

    def _lay_out(self) -> None:
        cells: list[QWidget] = [self._own, *(cell for cell in self.cells.values() if self._open)]
        columns = 2 if len(cells) == MOST + 1 and self.height() > TWO_ROWS else len(cells)
        if (cells, columns) != self._laid_out:
            self._laid_out = cells, columns
            for place, widget in enumerate(cells):
                self._grid.addWidget(widget, place // columns, place % columns)
            for line in range(MOST + 1):
                self._grid.setColumnStretch(line, 1 if line < columns else 0)
                self._grid.setRowStretch(line, 1 if line < -(-len(cells) // columns) else 0)
        full = len(self.cells) >= MOST
        for button in (self.keep, self.vary, self.file):
            button.setEnabled(not full)
        self.tied.setVisible(bool(self.cells))
        self.hint.setText(
            tr("There is room for three beside.")
            if full
            else ""
            if self.cells
            else tr("Set a network beside, change one of them, and press Run: all train on the same data.")
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()

    def _follow(self, moved: LookingView) -> None:
        """Look with all canvases where one was moved to by hand."""
        if self._tying or not self._open or not self.tied.isChecked():
            return
        self._tying = True
        try:
            for view in (self._canvas, *(cell.view for cell in self.cells.values())):
                if view is not moved:
                    view.go_where(*moved.where())
        finally:
            self._tying = False

    def fit(self) -> None:
        """Show every network as a whole."""
        for cell in self.cells.values():
            cell.view.fit()

    def restyle(self) -> None:
        """Take the colours of the theme."""
        self.head.color(QColor(theme.current().accent).name())

    def leave(self) -> None:
        """Listen to no neighbour any more."""
        for cell in self.cells.values():
            cell.leave()
