"""The parts of a window around and on the canvas, made once and put in their places."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QMainWindow

from nnstudio.session.checkpoints import left_runs
from nnstudio.session.session import Session
from nnstudio.ui.canvas.minimap import MiniMap
from nnstudio.ui.canvas.stage import CanvasStage
from nnstudio.ui.canvas.view import CanvasView
from nnstudio.ui.editing.grouping import Crumbs
from nnstudio.ui.editing.palette import Palette
from nnstudio.ui.inspector.inspector import Inspector
from nnstudio.ui.kit.legend import Legend
from nnstudio.ui.kit.toast import Toast
from nnstudio.ui.project.gallery import Gallery
from nnstudio.ui.project.lessons import TaskBar
from nnstudio.ui.shell.side import SidePanel, column
from nnstudio.ui.shell.title import Title
from nnstudio.ui.stepper.card_view import CardView
from nnstudio.ui.stepper.timeline import Timeline
from nnstudio.ui.teaching.lesson_card import LessonCard
from nnstudio.ui.training.abreast import AbreastView
from nnstudio.ui.training.status import RunStatus

# How wide the legend is on the canvas, and how far from its corner.
KEY, CORNER = 176, 8


class Parts:
    """The widgets of one window, but for its panels, menus and toolbar."""

    def __init__(self, window: QMainWindow, session: Session) -> None:
        self.stage = stage = CanvasStage(session, window)
        self.canvas = CanvasView(stage.propose, lambda: stage.document)
        self.scene = self.canvas.graph
        self.toast = Toast(self.canvas)
        stage.stand_on(self.scene, self.toast)
        self.palette = Palette()
        self.palette.setMinimumWidth(150)
        self.inspector = Inspector(stage.propose, stage.propose_whole)
        self.card = CardView()
        self.side = SidePanel(self.inspector, self.card)
        self.timeline = Timeline()
        self.timeline.hide()
        self.crumbs, self.task = Crumbs(), TaskBar()
        # The legend stands under the palette: over the canvas it would cover cards.
        self.legend = Legend()
        self.left = column((self.palette, 1), (self.legend, 0), below=6)
        # Where there is no palette it stands on the canvas, in a corner.
        self.key = Legend(self.canvas)
        self.key.setObjectName("key")
        self.key.hide()
        self.abreast = AbreastView(self.canvas)
        middle = column((self.crumbs, 0), (self.task, 0), (self.abreast, 1), (self.timeline, 0))
        window.setCentralWidget(self.side.between(self.left, middle))
        self.welcome = Gallery(window, lambda: left_runs(session.helm.folder))
        self.minimap = MiniMap(self.canvas)
        self.canvas.resized.connect(self._place_key)
        self.minimap.shown.connect(self._place_key)
        self.scene.reshaped.connect(self._place_key)
        self.lesson = LessonCard()
        self.status = RunStatus()
        self.status.other.trained = session.trained
        window.setStatusBar(self.status)
        self.title = Title(window, session)

    def stand_like(self, other: Parts) -> None:
        """Show what the parts of another window on the same project showed, but for where it looked by hand."""
        self.side.sizes = other.side.sizes
        self.side.setCurrentIndex(other.side.currentIndex())
        self.scene.stand_like(other.scene)
        if other.canvas.fitted:
            self.canvas.fit()
        self.abreast.fit()
        self.scene.select(name for name in other.scene.selected if name in self.scene.cards)
        self.inspector.set_full(other.inspector.full)

    def leave(self) -> None:
        """The window goes: nothing of it looks behind it any more."""
        self.abreast.leave()
        self.status.other.leave()
        self.toast.rest()

    def show_limits(self, values: float, gradients: float) -> None:
        """Write the ends of the scales into the legend."""
        for legend in (self.legend, self.key):
            legend.show_limits(values, gradients)

    def lay_legend(self, in_palette: bool) -> None:
        """Have the legend below the palette, or on the canvas."""
        self.key.setVisible(not in_palette)
        self._place_key()

    def _place_key(self) -> None:
        size = self.key.sizeHint()
        self.key.resize(max(size.width(), KEY), size.height())
        right, bottom = (self.canvas.width() - self.key.width() - CORNER, self.canvas.height() - size.height() - CORNER)
        corners = [QPoint(right, bottom), QPoint(CORNER, bottom), QPoint(right, CORNER), QPoint(CORNER, CORNER)]
        if self.minimap.isVisible():
            # The map of a network that is larger than the canvas has this corner.
            corners.pop(0)
        self.key.move(next((corner for corner in corners if self._free(corner)), corners[0]))

    def _free(self, corner: QPoint) -> bool:
        """Whether no card lies under the legend in a corner."""
        box = self.canvas.mapToScene(QRect(corner, self.key.size())).boundingRect()
        return not any(box.intersects(card.space) for card in self.scene.cards.values())

    def show_all(self) -> None:
        """Fit the network into the canvas, and have its keys at hand."""
        self.canvas.fit()
        self.abreast.fit()
        self.canvas.setFocus()
