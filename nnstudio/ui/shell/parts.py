"""The parts of a window around and on the canvas, made once and put in their places."""

from __future__ import annotations

from PySide6.QtWidgets import QMainWindow

from nnstudio.session.checkpoints import left_runs
from nnstudio.session.session import Session
from nnstudio.session.settings import load_settings
from nnstudio.ui.canvas.minimap import MiniMap
from nnstudio.ui.canvas.stage import CanvasStage
from nnstudio.ui.canvas.view import CanvasView
from nnstudio.ui.editing.grouping import Crumbs
from nnstudio.ui.editing.palette import Palette
from nnstudio.ui.inspector.inspector import Inspector
from nnstudio.ui.kit.legend import Legend
from nnstudio.ui.kit.toast import Toast
from nnstudio.ui.project.lessons import TaskBar
from nnstudio.ui.project.welcome import Welcome
from nnstudio.ui.shell.side import SidePanel, column
from nnstudio.ui.shell.title import Title
from nnstudio.ui.stepper.card_view import CardView
from nnstudio.ui.stepper.timeline import Timeline
from nnstudio.ui.training.status import RunStatus


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
        left = column((self.palette, 1), (self.legend, 0), below=6)
        middle = column((self.crumbs, 0), (self.task, 0), (self.canvas, 1), (self.timeline, 0))
        window.setCentralWidget(self.side.between(left, middle))
        self.welcome = Welcome(load_settings().recent, self.canvas, left_runs(session.helm.folder))
        self.minimap = MiniMap(self.canvas)
        self.status = RunStatus()
        window.setStatusBar(self.status)
        self.title = Title(window, session)

    def show_all(self) -> None:
        """Fit the network into the canvas, and have its keys at hand."""
        self.canvas.fit()
        self.canvas.setFocus()
