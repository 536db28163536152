"""Who races: up to six optimizers, each with its rate."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from nnstudio.document.errors import StudioError
from nnstudio.document.numbers import as_number
from nnstudio.document.values import Choice
from nnstudio.session import racing
from nnstudio.ui.kit import theme
from nnstudio.ui.kit.plain import plain
from nnstudio.ui.kit.texts import language, tr, words


class Lane(QWidget):
    """One that races: whether it does, its name, its rate, where it came, onto the canvas."""

    changed, taken = Signal(), Signal(object)

    def __init__(self, lane: Choice, color: str) -> None:
        super().__init__()
        self.lane, self.color = lane, color
        title, more = racing.lane_name(lane)
        self.name = ", ".join([words(title), *(f"{words(what)} {value}".strip() for what, value in more)])
        self.on = QCheckBox()
        self.on.setChecked(True)
        self.on.setAccessibleName(self.name)
        swatch = QLabel()
        swatch.setFixedSize(14, 14)
        swatch.setStyleSheet(f"background: {color}; border-radius: 7px;")
        said = plain(QLabel(self.name))
        said.setWordWrap(True)
        self.rate = QLineEdit(f"{racing.rate_of(lane):g}")
        self.rate.setFixedWidth(64)
        self.rate.setAccessibleName(tr("Learning rate of {name}", name=self.name))
        self.end = QLabel()
        self.end.setFixedWidth(86)
        self.end.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.open = QToolButton()
        self.open.setText(tr("Open"))
        self.open.setAccessibleName(tr("Open {name} as a project", name=self.name))
        self.open.setToolTip(tr("Open this one as a project: step through it, see its formulas, export it"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.on)
        row.addWidget(swatch)
        row.addWidget(said, 1)
        for widget in (QLabel("η"), self.rate, self.end, self.open):
            row.addWidget(widget)
        self.on.toggled.connect(self.changed)
        self.rate.editingFinished.connect(self._rated)
        self.open.clicked.connect(lambda: self.taken.emit(self.lane))

    def _rated(self) -> None:
        typed = as_number(self.rate.text())
        if typed == racing.rate_of(self.lane):
            return
        try:
            self.lane = racing.with_rate(self.lane, typed if typed is not None else -1.0)
        except StudioError as error:
            # What was typed stays to be mended; the race goes on with what was.
            self.end.setText("?")
            self.rate.setToolTip(error.message.render(language()))
            return
        self.rate.setToolTip("")
        self.changed.emit()


class Lanes(QWidget):
    """The list of them; ``changed`` tells that another race is to be run, ``said`` a sentence."""

    changed, taken, said, replaced = Signal(), Signal(object), Signal(str), Signal()

    def __init__(self) -> None:
        super().__init__()
        self.lanes: list[Lane] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        head = QHBoxLayout()
        head.addWidget(QLabel(tr("Optimizers")), 1)
        head.addWidget(QLabel(tr("loss here")))
        column.addLayout(head)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(4)
        column.addLayout(self._rows)
        self.more = QComboBox()
        self.more.setAccessibleName(tr("Another optimizer"))
        self.more.addItem(tr("Another optimizer …"), "")
        for name, title in racing.choices():
            self.more.addItem(words(title), name)
        self.more.activated.connect(self._another)
        column.addWidget(self.more)

    @property
    def running(self) -> list[int]:
        """The places of those that race."""
        return [place for place, lane in enumerate(self.lanes) if lane.on.isChecked()]

    def show_lanes(self, choices: list[Choice]) -> None:
        """Put others in their place."""
        for lane in list(self.lanes):
            self._drop(lane)
        for choice in choices:
            self._add(choice)

    def _drop(self, lane: Lane) -> None:
        self._rows.removeWidget(lane)
        self.lanes.remove(lane)
        lane.hide()
        lane.deleteLater()

    def _add(self, choice: Choice) -> None:
        used = {lane.color for lane in self.lanes}
        lane = Lane(choice, next(color for color in theme.CLASSES if color not in used))
        lane.changed.connect(self.changed)
        lane.taken.connect(self.taken)
        self._rows.addWidget(lane)
        self.lanes.append(lane)

    def _another(self, place: int) -> None:
        name = str(self.more.itemData(place))
        self.more.setCurrentIndex(0)
        if not name:
            return
        idle = next((lane for lane in self.lanes if not lane.on.isChecked()), None)
        if len(self.lanes) >= racing.MOST_LANES:
            if idle is None:
                self.said.emit(tr("Six race already. Take the tick from one: another takes its place."))
                return
            self._drop(idle)
        self._add(racing.lane_of(name))
        # What was run before is of other lanes.
        self.replaced.emit()
        self.changed.emit()
