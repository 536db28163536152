"""What the window is made of: palette, canvas, panels, docks. What they do is told in ``main_window``."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QDockWidget, QLabel, QMainWindow, QSplitter, QTabBar, QTabWidget, QVBoxLayout, QWidget

from nnstudio.document.edits import Edit
from nnstudio.session.checkpoints import left_runs
from nnstudio.session.session import Session
from nnstudio.session.settings import load_settings
from nnstudio.ui.canvas.minimap import MiniMap
from nnstudio.ui.canvas.view import CanvasView
from nnstudio.ui.code.code_view import CodeView
from nnstudio.ui.data.data_view import DataView
from nnstudio.ui.editing.adding import QuickAdd
from nnstudio.ui.editing.choice_curves import ChoiceCurves
from nnstudio.ui.editing.grouping import Crumbs, Grouping
from nnstudio.ui.editing.history_view import HistoryView
from nnstudio.ui.editing.palette import Palette
from nnstudio.ui.inspector.forms import Hooks
from nnstudio.ui.inspector.inspector import Inspector
from nnstudio.ui.kit import theme
from nnstudio.ui.kit.legend import Legend
from nnstudio.ui.kit.plain import plain
from nnstudio.ui.kit.texts import tr
from nnstudio.ui.neurons.neurons_view import NeuronsView
from nnstudio.ui.plots.curves import Curves
from nnstudio.ui.plots.decision import DecisionMap
from nnstudio.ui.plots.health import Health
from nnstudio.ui.project.lessons import TaskBar
from nnstudio.ui.project.own_data import OwnData
from nnstudio.ui.project.welcome import Welcome
from nnstudio.ui.stepper.card_view import CardView
from nnstudio.ui.stepper.flow import GradientFlow
from nnstudio.ui.stepper.landscape import LandscapeView
from nnstudio.ui.stepper.numbers import Numbers
from nnstudio.ui.stepper.timeline import Timeline
from nnstudio.ui.teaching.stepping import SteppingView
from nnstudio.ui.training.report import Findings, LayerTable
from nnstudio.ui.training.results import Results
from nnstudio.ui.training.runs_view import RunsView
from nnstudio.ui.training.status import RunStatus

# How wide the panel on the right begins, and how much wider at most with larger words.
SIDE = 300
MOST_WIDER = 1.15


def side_for_words() -> int:
    """How wide the panel on the right should be: forms need more room with larger words."""
    return round(SIDE * min(theme.text_scale(), MOST_WIDER))


class Frame(QMainWindow):
    """Makes every part of the window once and puts it in its place."""

    session: Session
    grouping: Grouping
    own_data: OwnData
    choice_curves: ChoiceCurves
    stepping: SteppingView

    def propose(self, edit: Edit, gesture: object = None) -> bool:
        """Try an edit of what is on the canvas."""
        raise NotImplementedError

    def propose_whole(self, edit: Edit, gesture: object = None) -> bool:
        """Try an edit of the whole project."""
        raise NotImplementedError

    def _build(self) -> None:
        self._build_middle()
        self._build_docks()
        self.status = RunStatus()
        self.setStatusBar(self.status)

    def _build_middle(self) -> None:
        self.canvas = CanvasView(self.propose, lambda: self.grouping.document)
        self.scene = self.canvas.graph
        self.palette_ = Palette()
        self.palette_.setMinimumWidth(150)
        hooks = Hooks(self.choice_curves.curve, self.own_data.choose, self.own_data.columns, lambda: self.grouping.layers(), lambda: self.grouping.features(self.inspector.node), lambda: self.refusal)
        self.inspector = Inspector(self.propose, self.propose_whole, hooks)
        self.card = CardView()
        self.side = QTabWidget()
        self.side.addTab(self.inspector, tr("Settings"))
        self.side.addTab(self.card, tr("Step"))
        self.side.setMinimumWidth(270)
        self.timeline = Timeline()
        self.timeline.hide()
        middle = QWidget()
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.crumbs = Crumbs()
        column.addWidget(self.crumbs)
        self.task = TaskBar(self)
        column.addWidget(self.task)
        column.addWidget(self.canvas, 1)
        column.addWidget(self.timeline)
        split = self._split = QSplitter(Qt.Orientation.Horizontal)
        # The legend stands under the palette: over the canvas it would cover cards.
        self.legend = Legend()
        left = QWidget()
        under = QVBoxLayout(left)
        under.setContentsMargins(0, 0, 0, 6)
        under.setSpacing(0)
        under.addWidget(self.palette_, 1)
        under.addWidget(self.legend)
        for widget, stretch in ((left, 0), (middle, 1), (self.side, 0)):
            split.addWidget(widget)
            split.setStretchFactor(split.indexOf(widget), stretch)
        split.setSizes([184, 876, side_for_words()])
        split.setChildrenCollapsible(False)
        split.setHandleWidth(1)
        self.setCentralWidget(split)
        self.toast_label = plain(QLabel(self.canvas))
        self.toast_label.setObjectName("toast")
        self.toast_label.setWordWrap(True)
        self.toast_label.hide()
        self._toast_timer = QTimer(self)
        self._toast_timer.setSingleShot(True)
        self._toast_timer.timeout.connect(self.toast_label.hide)
        self.welcome = Welcome(load_settings().recent, self.canvas, left_runs(self.session.helm.folder))
        self.minimap = MiniMap(self.canvas)
        self.quick = QuickAdd(self)

    def _build_docks(self) -> None:
        self.curves = Curves()
        choose, again = (tr("Choose …"), self.own_data.choose_source), (tr("Read again"), self.own_data.reload)
        self.problems = Findings(self.propose_whole, {"data.moved": choose, "data.no_file": choose, "data.cancelled": again})
        self.code = CodeView()
        self.layers, self.data, self.results = LayerTable(), DataView(), Results()
        self.numbers, self.flow = Numbers(), GradientFlow()
        self.landscape = LandscapeView(self.stepping.survey)
        self.decision, self.health, self.neurons = DecisionMap(), Health(), NeuronsView()
        self.runs = RunsView(lambda: self.session.runs, lambda: self.session.document)
        self.history_view = HistoryView(lambda: self.session.history, self.session.go_to)
        self.docks = [self._dock("curves", tr("Loss and accuracy"), self.curves), self._dock("problems", tr("Problems"), self.problems),
                      self._dock("code", tr("Python code"), self.code), self._dock("data", tr("Data"), self.data),
                      self._dock("results", tr("Results"), self.results), self._dock("layers", tr("Layers"), self.layers),
                      self._dock("numbers", tr("Numbers"), self.numbers), self._dock("flow", tr("Gradient flow"), self.flow),
                      self._dock("landscape", tr("Loss landscape"), self.landscape), self._dock("decision", tr("Decision map"), self.decision),
                      self._dock("runs", tr("Runs"), self.runs), self._dock("health", tr("Health"), self.health), self._dock("neurons", tr("Neurons"), self.neurons),
                      self._dock("history", tr("History"), self.history_view)]
        self.dock_of = {dock.objectName(): dock for dock in self.docks}
        self.splitDockWidget(self.docks[0], self.docks[2], Qt.Orientation.Horizontal)
        for left in (*self.docks[3:5], self.docks[6], self.docks[10], self.docks[11]):
            self.tabifyDockWidget(self.docks[0], left)
        for right in (self.docks[1], self.docks[5], self.docks[7], self.docks[8], self.docks[9], self.docks[12], self.docks[13]):
            self.tabifyDockWidget(self.docks[2], right)
        for later in (*self.docks[6:9], self.docks[13]):
            # The first step brings those that speak of one, a wish the history.
            later.hide()
        self._hide_strays()
        self.docks[0].raise_()
        self.docks[2].raise_()
        self.resizeDocks(self.docks[:1], [round(220 * min(theme.text_scale(), 1.3))], Qt.Orientation.Vertical)
        self.resizeDocks([self.docks[0], self.docks[2]], [700, 520], Qt.Orientation.Horizontal)

    def _hide_strays(self) -> None:
        """Of tabs beside other tabs Qt leaves a first tab bar over that belongs to nothing and would lie somewhere on the window."""
        bars = self.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly)
        titles = {bar: frozenset(bar.tabText(place) for place in range(bar.count())) for bar in bars}
        for bar in bars:
            if any(titles[bar] < other for other in titles.values()):
                bar.hide()

    def _dock(self, name: str, title: str, widget: QWidget) -> QDockWidget:
        dock = QDockWidget(title, self)
        dock.setObjectName(name)
        # Docks beside each other have to fit a small laptop, whatever their contents would like.
        widget.setMinimumWidth(200)
        dock.setWidget(widget)
        if hasattr(widget, "catch_up"):
            # What came while it stood behind another tab is drawn when it can be seen, which is a moment later.
            dock.visibilityChanged.connect(lambda seen: QTimer.singleShot(0, widget, widget.catch_up) if seen else None)
        self.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, dock)
        return dock
