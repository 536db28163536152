"""The timeline over the moments of a step, and over the training steps that are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QBuffer, QByteArray, QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QSpinBox,
    QStyle,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from nnstudio.ui.kit import theme
from nnstudio.ui.kit.elided import ElidedLabel
from nnstudio.ui.kit.faces import face_of
from nnstudio.ui.kit.jump_slider import JumpSlider
from nnstudio.ui.kit.plain import plain, tip
from nnstudio.ui.kit.texts import tr
from nnstudio.ui.stepper.phase_bar import PhaseBar
from nnstudio.ui.stepper.player import Player, tinted

if TYPE_CHECKING:
    from nnstudio.engine.trace import Moment, Trace

# Sides of the sample's picture, and room for its class, in pixels.
FACE, TARGET = 22, 90


# Bytes kept for going back that are told.
MUCH = 10 * 2**20


def _where(trace: Trace, place: int, badge: str) -> str:
    """Where in a step the timeline stands, and whose step it is."""
    said = [f"{place + 1} / {len(trace.moments)}"]
    if len(trace.rows) > 1:
        said.append(tr("batch of {count}", count=len(trace.rows)))
    if badge:
        said.append(badge)
    if trace.own:
        said.append(tr("own sample"))
    elif trace.part == "validation":
        said.append(tr("validation"))
    if not trace.made and not badge:
        said.append(tr("only looked at"))
    return " · ".join(said)


class Timeline(QFrame):
    """Slider and buttons over the moments of a trace; going back is moving an index.

    Below it, the training steps kept.
    """

    moved = Signal(object)
    closed = Signal()
    zoomed = Signal(bool)
    mode_wanted = Signal(bool)
    sample_wanted = Signal(int)
    update_wanted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("timeline")
        self.trace: Trace | None = None
        self.badge = ""
        self._stale = False
        self._icons: dict[QToolButton, QStyle.StandardPixmap] = {}
        self.phases = PhaseBar()
        self.phases.picked.connect(self.go_phase)
        self.slider = JumpSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName(tr("Timeline"))
        self.slider.setPageStep(1)
        self.slider.valueChanged.connect(self._moved)
        self.slider.installEventFilter(self)
        icons = QStyle.StandardPixmap
        self.first = self._button(icons.SP_MediaSkipBackward, tr("First step (Home)"), self.go_first)
        self.back = self._button(icons.SP_MediaSeekBackward, tr("One step back (←)"), self.go_back)
        self._player = Player(self)
        self._player.due.connect(self._play_on)
        self.play, self.pace = self._player.button, self._player.pace
        self.play.clicked.connect(self.toggle_play)
        self.forward = self._button(icons.SP_MediaSeekForward, tr("One step on (→)"), self.go_on)
        self.last = self._button(icons.SP_MediaSkipForward, tr("Last step (End)"), self.go_last)
        inside = tr(
            "Walk inside the layers: neuron by neuron, channel by channel, time step by time step; and through the "
            "arithmetic of the loss (Z)"
        )
        self.zoom = _switch(tr("Neurons"), inside)
        self.zoom.toggled.connect(self.zoomed)
        used = tr("As the network is used: dropout off, batch norm with what it learnt")
        self.evaluation = _switch(tr("Evaluation"), used)
        self.evaluation.clicked.connect(lambda on: self.mode_wanted.emit(not on))
        self.sample = QSpinBox()
        self.sample.setAccessibleName(tr("Sample"))
        self.sample.setMaximum(10_000_000)
        self.sample.setKeyboardTracking(False)
        self.sample.setMaximumWidth(96)
        self.sample.setToolTip(tr("Which row of the data is shown, from the present weights"))
        self.sample.valueChanged.connect(self.sample_wanted)
        # What the sample is: its picture where it is one, and its class.
        self.face, self.target = QLabel(), plain(QLabel())
        self.face.setAccessibleName(tr("Picture of the sample"))
        self._where = ElidedLabel()
        self._where.setObjectName("muted")
        # These words give way on a small screen; the bar must not make the window wider than that.
        self._where.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        done = QToolButton()
        done.setText("✕")
        done.setToolTip(tr("Leave the step (Esc)"))
        done.setAccessibleName(tr("Leave the step"))
        done.clicked.connect(self.closed)
        bottom = QHBoxLayout()
        moves = (self.first, self.back, self.play, self.forward, self.last)
        for widget in (*moves, self.pace, self.zoom, self.evaluation):
            bottom.addWidget(widget)
        label = QLabel(tr("Sample"))
        label.setBuddy(self.sample)
        bottom.addWidget(self._where, 1)
        for beside in (label, self.sample, self.face, self.target, done):
            bottom.addWidget(beside)
        self.past = JumpSlider(Qt.Orientation.Horizontal)
        self.past.setAccessibleName(tr("Training steps"))
        self.past.setTracking(False)
        self.past.setToolTip(
            tr("Go back through training, and on again: weights, optimizer and random state are as they were")
        )
        self.past.valueChanged.connect(self.update_wanted)
        self.undo_update = QToolButton()
        self.undo_update.setText("↶ " + tr("Undo training step"))
        self.undo_update.setToolTip(tr("Take the last training step back (Shift+F10)"))
        self._kept = QLabel()
        self._kept.setObjectName("muted")
        self._kept.setMinimumWidth(40)
        self._past_row = QWidget()
        row = QHBoxLayout(self._past_row)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.undo_update)
        row.addWidget(self.past, 1)
        row.addWidget(self._kept)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 6, 12, 6)
        layout.setSpacing(4)
        layout.addWidget(self.phases)
        layout.addWidget(self.slider)
        layout.addLayout(bottom)
        layout.addWidget(self._past_row)
        self._past_row.hide()
        theme.follow(self.restyle)

    def _button(self, icon: QStyle.StandardPixmap, text: str, act: object) -> QToolButton:
        button = QToolButton()
        self._icons[button] = icon
        button.setIcon(tinted(self, icon))
        button.setToolTip(text)
        button.setAccessibleName(text)
        button.clicked.connect(act)
        return button

    def show_trace(self, trace: Trace | None, at: Moment | None = None) -> None:
        """Take a trace and stand at its first moment, or at one that is like another trace's."""
        playing = self._player.going and at is not None
        if not playing:
            self.stop()
        self.trace = trace
        self.setVisible(trace is not None)
        if trace is None:
            return
        place = like(trace, at) if at is not None else 0
        blocked = self.slider.blockSignals(True)
        self.slider.setRange(0, max(0, len(trace.moments) - 1))
        self.slider.setValue(place)
        self.slider.blockSignals(blocked)
        self.phases.show_trace(trace)
        self.evaluation.setChecked(trace.origin is not None and not trace.origin.training)
        blocked = self.sample.blockSignals(True)
        self.sample.setValue(trace.sample)
        self.sample.blockSignals(blocked)
        show_sample(trace, self.face, self.target)
        self._moved(place)

    def show_reach(self, earliest: int, now: int, furthest: int, kept: int) -> None:
        """Show how far one can go back through training, where the run stands, and the memory that takes."""
        self._past_row.setVisible(furthest > earliest)
        blocked = self.past.blockSignals(True)
        self.past.setRange(earliest, furthest)
        self.past.setValue(now)
        self.past.blockSignals(blocked)
        self.undo_update.setEnabled(now > earliest)
        text = tr("update {now}", now=f"{now:,}")
        if now > earliest:
            text = tr("update {now}, back to update {earliest}", now=f"{now:,}", earliest=f"{earliest:,}")
        # What is kept for it is worth a word when it is much.
        self._kept.setText(text + (f" · {kept / 2**20:,.0f} MB" if kept >= MUCH else ""))
        self._kept.setToolTip(tr("How far back training can be gone, and what is kept in memory for it"))

    @property
    def moment(self) -> Moment | None:
        """Where the timeline stands."""
        return self.trace.moments[self.slider.value()] if self.trace is not None and self.trace.moments else None

    def _moved(self, index: int) -> None:
        moment = self.moment
        if moment is None or self.trace is None:
            return
        self.phases.mark(self.moment.phase if self.moment is not None else "")
        self._say_where()
        self.moved.emit(moment)

    def show_stale(self, stale: bool) -> None:
        """Say whether the network was changed since the step that is shown."""
        self._stale = stale
        self._say_where()

    def _say_where(self) -> None:
        if self.trace is None:
            return
        said = _where(self.trace, self.slider.value(), self.badge)
        self._where.setText(said + (" · " + tr("before your change") if self._stale else ""))

    def go_to(self, moment: Moment) -> None:
        """To a moment of this trace."""
        self.slider.setValue(moment.index)

    def go_phase(self, phase: str) -> None:
        """To the first moment of a phase."""
        found = next((m for m in self.trace.moments if m.phase == phase), None) if self.trace is not None else None
        if found is not None:
            self.go_to(found)

    def go_first(self) -> None:
        """To the first moment."""
        self.slider.setValue(0)

    def go_back(self) -> None:
        """One moment back."""
        self.slider.setValue(self.slider.value() - 1)

    def go_on(self) -> None:
        """One moment on."""
        self.slider.go_on()

    def go_last(self) -> None:
        """To the last moment."""
        self.slider.setValue(self.slider.maximum())

    def go_node(self, way: int) -> None:
        """To the first moment of the next node (1) or of the one before (−1)."""
        if self.trace is None or self.moment is None:
            return
        visits = [(moment.node, moment.phase) for moment in self.trace.moments]
        place, here = self.moment.index, visits[self.moment.index]
        while 0 <= place + way < len(visits) and visits[place] == here:
            place += way
        while way < 0 and place > 0 and visits[place - 1] == visits[place]:
            place -= 1
        self.slider.setValue(place)

    def stop(self) -> None:
        """Play no longer."""
        self._player.stop()

    def toggle_play(self) -> None:
        """Walk on by the clock, or stop."""
        if not self._player.going and self.slider.value() == self.slider.maximum():
            self.go_first()
        self._player.toggle()

    def restyle(self) -> None:
        """Take the colours of the theme."""
        for button, icon in self._icons.items():
            button.setIcon(tinted(self, icon))
        self._player.restyle()
        self.phases.mark(self.moment.phase if self.moment is not None else "")

    def _play_on(self) -> None:
        if self.slider.value() == self.slider.maximum():
            self.stop()
        else:
            self.go_on()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            act = {
                Qt.Key.Key_Space: self.toggle_play,
                Qt.Key.Key_PageUp: lambda: self.go_node(-1),
                Qt.Key.Key_PageDown: lambda: self.go_node(1),
                Qt.Key.Key_Z: self.zoom.toggle,
            }.get(Qt.Key(event.key()))
            if act is not None and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
                act()
                return True
        return False


def _switch(text: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.setCheckable(True)
    button.setToolTip(tip)
    return button


def like(trace: Trace, moment: Moment) -> int:
    """The place of the moment that is most like another trace's: the same number, else the same step, else the same
    phase.
    """
    best, score = 0, -1
    for found in trace.moments:
        same = (found.phase == moment.phase) + 2 * (found.phase == moment.phase and found.node == moment.node)
        same += 4 * (found.phase == moment.phase and (found.step, found.parameter) == (moment.step, moment.parameter))
        same += 8 * (
            found.phase == moment.phase
            and (found.step, found.parameter, found.unit) == (moment.step, moment.parameter, moment.unit)
        )
        if same > score:
            best, score = found.index, same
    return best


def show_sample(trace: Trace, face: QLabel, target: QLabel) -> None:
    """Show what the sample of a trace is: its picture where it is one, and its class."""
    x = trace.of_sample("x", trace.values["x"]) if "x" in trace.values else None
    face.setVisible(x is not None and x.ndim == 3 and x.shape[0] in (1, 3))
    if x is not None and not face.isHidden():
        face.setPixmap(face_of(x, FACE))
        big = QByteArray()
        buffer = QBuffer(big)
        face_of(x, 8 * FACE).save(buffer, "PNG")  # type: ignore[call-overload]
        face.setToolTip(f"<img src='data:image/png;base64,{bytes(big.toBase64().data()).decode()}'>")
    classes = trace.classes
    number = (
        trace.origin.targets[0][trace.row]
        if trace.origin is not None and trace.origin.targets and not trace.own
        else None
    )
    text = (
        classes[int(number)]
        if classes and number is not None and np.ndim(number) == 0 and 0 <= int(number) < len(classes)
        else ""
    )
    target.setText(target.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, TARGET))
    target.setToolTip(tip(tr("The target: {name}", name=text)) if text else "")
    target.setVisible(bool(text))
