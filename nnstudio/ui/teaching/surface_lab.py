"""The surface lab: up to six optimizers race down a function of two weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from nnstudio.document.errors import StudioError
from nnstudio.document.numbers import as_number, number
from nnstudio.document.values import Choice, Document
from nnstudio.session import racing
from nnstudio.session.background import LEAVE_SECONDS
from nnstudio.ui.kit.jump_slider import JumpSlider
from nnstudio.ui.kit.plain import plain
from nnstudio.ui.kit.texts import language, tr, words
from nnstudio.ui.teaching.race_lanes import Lane, Lanes
from nnstudio.ui.teaching.race_map import Line, RaceMap

POLL_MS, WAIT_MS, PLAY_MS = 40, 250, 30
# So long a play takes, whatever the number of updates.
PLAY_SECONDS = 5.0


class Film(QWidget):
    """How far the race is shown: a slider, and a button that moves it; ``there`` says whether there is a race."""

    moved = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.there = False
        self.slider = JumpSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName(tr("Update"))
        self.slider.valueChanged.connect(lambda value: self.moved.emit())
        self.play = QPushButton(tr("Play"))
        # Return in a field is no wish to play.
        self.play.setAutoDefault(False)
        self.play.clicked.connect(self._play)
        self.count = QLabel()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.play)
        row.addWidget(self.slider, 1)
        row.addWidget(self.count)
        self._go = QTimer(self)
        self._go.setInterval(PLAY_MS)
        self._go.timeout.connect(self._on)

    def _play(self) -> None:
        if self._go.isActive() or not self.there:
            self.pause()
            return
        if self.slider.at_end:
            self.slider.setValue(0)
        self._go.start()
        self.play.setText(tr("Pause"))

    def pause(self) -> None:
        """Stand still."""
        self._go.stop()
        self.play.setText(tr("Play"))

    def _on(self) -> None:
        step = max(1, round(self.slider.maximum() * PLAY_MS / 1000 / PLAY_SECONDS))
        self.slider.setValue(self.slider.value() + step)
        if self.slider.at_end:
            self.pause()


class SurfaceLab(QDialog):
    """It stays open beside the window. ``taken`` gives a network to be opened as a project."""

    taken = Signal(object)

    def __init__(self, parent: QWidget | None, network: Callable[[], Document]) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Surface: a race of optimizers"))
        self._network = network
        self._ground: racing.Ground | None = None
        self._race: racing.Race | None = None
        self._start: tuple[float, float] | None = None
        self._running: list[int] = []
        self.map = RaceMap()
        self.map.start_chosen.connect(self._start_at)
        self.map.said.connect(self._say)
        self.film = Film()
        self.film.moved.connect(self._draw)
        self.slider, self.play = self.film.slider, self.film.play
        self.said = plain(QLabel())
        self.said.setWordWrap(True)
        self.said.setObjectName("muted")
        self.said.setMinimumHeight(34)
        left = QVBoxLayout()
        left.addWidget(self.map, 1)
        left.addWidget(self.film)
        left.addWidget(self.said)
        whole = QHBoxLayout(self)
        whole.addLayout(left, 1)
        whole.addWidget(self._side())
        self._wait, self._poll = QTimer(self), QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(WAIT_MS)
        self._wait.timeout.connect(self._begin)
        self._poll.setInterval(POLL_MS)
        self._poll.timeout.connect(self._look)
        self.resize(980, 640)
        self._choose()

    def _side(self) -> QWidget:
        side = QWidget()
        side.setFixedWidth(440)
        column = QVBoxLayout(side)
        column.setContentsMargins(8, 0, 0, 0)
        grid = QGridLayout()
        self.surface = QComboBox()
        self.surface.setAccessibleName(tr("Surface"))
        for name, title in racing.surfaces():
            self.surface.addItem(words(title), name)
        self.surface.addItem(tr("The network on the canvas"), racing.HERE)
        self.surface.currentIndexChanged.connect(lambda place: self._choose())
        self.expression = QLineEdit("x**2 + 3*y**2")
        self.expression.setAccessibleName(tr("Expression of x and y"))
        self.expression.editingFinished.connect(self._later)
        self.begin = QLineEdit()
        self.begin.setAccessibleName(tr("Start"))
        self.begin.setToolTip(tr("x and y, apart by a blank; a click on the surface does the same"))
        self.begin.editingFinished.connect(self._typed_start)
        self.updates = QSpinBox()
        self.updates.setRange(1, racing.MOST_UPDATES)
        self.updates.setAccessibleName(tr("Updates"))
        self.updates.valueChanged.connect(lambda value: self._later())
        self._of_expression = QLabel("f(x, y) =")
        for row, (label, widget) in enumerate(
            (
                (QLabel(tr("Surface")), self.surface),
                (self._of_expression, self.expression),
                (QLabel(tr("Start")), self.begin),
                (QLabel(tr("Updates")), self.updates),
            )
        ):
            grid.addWidget(label, row, 0)
            grid.addWidget(widget, row, 1)
        column.addLayout(grid)
        column.addSpacing(8)
        self.field = Lanes()
        self.field.changed.connect(self._later)
        self.field.replaced.connect(self._forget)
        self.field.taken.connect(self._take)
        self.field.said.connect(self._say)
        column.addWidget(self.field)
        column.addStretch(1)
        return side

    # -- what is raced --------------------------------------------------------------------------

    @property
    def lanes(self) -> list[Lane]:
        """Those that may race."""
        return self.field.lanes

    @property
    def whole(self) -> bool:
        """Whether everything that was asked for is drawn."""
        return self._race is not None and self._race.done and not self._wait.isActive() and not self._poll.isActive()

    def show_surface(self, surface: str) -> None:
        """Turn to a surface, and come to the front."""
        place = self.surface.findData(surface)
        if place >= 0:
            self.surface.setCurrentIndex(place)
        self.show()
        self._later()
        self.activateWindow()

    def _choose(self) -> None:
        """Another surface: its start, its rates, its number of updates."""
        name = str(self.surface.currentData())
        self._start = None
        for widget in (self._of_expression, self.expression):
            widget.setVisible(name == racing.OWN)
        self.begin.setEnabled(name != racing.HERE)
        self._forget()
        self.field.show_lanes(racing.lanes(name))
        self.updates.setValue(racing.updates(name))
        self._later()

    def _start_at(self, x: float, y: float) -> None:
        if self.surface.currentData() == racing.HERE:
            self._say(tr("The network on the canvas begins at its own start weights."))
            return
        self._start = (x, y)
        self._later()

    def _typed_start(self) -> None:
        found = [as_number(part) for part in self.begin.text().split()]
        if len(found) != 2 or found[0] is None or found[1] is None:
            self._say(tr("The start is two numbers apart by a blank, for example −1.5 2."))
            return
        if self._ground is None or (found[0], found[1]) != self._ground.start:
            self._start = (found[0], found[1])
            self._later()

    def _later(self) -> None:
        if self.isVisible():
            self._wait.start()

    def _forget(self) -> None:
        """What was run is no longer what is asked for."""
        self._end()
        self._race, self._running = None, []
        self.film.pause()
        for lane in self.lanes:
            lane.end.setText("")
        self.map.show_lines((), 0)
        self.film.there = False
        self.film.count.setText("")

    def _begin(self) -> None:
        """Race as all is set now."""
        self._end()
        name = str(self.surface.currentData())
        try:
            if name == racing.HERE:
                self._ground = racing.of_network(self._network())
            else:
                self._ground = racing.ground(name, self.expression.text(), self._start)
        except StudioError as error:
            self._ground = None
            self._forget()
            self.map.show_ground(None, (0.0, 0.0), (1.0, 1.0))
            self._say(error.message.render(language()))
            return
        self._say("")
        self.begin.setText(" ".join(f"{v:g}".replace("-", "−") for v in self._ground.start))
        self._running = self.field.running
        self._race = racing.Race(self._ground, [self.lanes[p].lane for p in self._running], self.updates.value())
        self._race.start()
        self._poll.start()

    def _look(self) -> None:
        race, ground = self._race, self._ground
        assert race is not None and ground is not None
        over = race.done
        if over:
            self._poll.stop()
            self.map.show_ground(race.contour, ground.middle, ground.half)
            self.film.there = True
            longest = max((len(way.places) - 1 for way in race.ways.values()), default=0)
            self.slider.setRange(0, max(1, longest))
            self.slider.setValue(self.slider.maximum())
            if race.reason is not None:
                self._say(race.reason.render(language()))
            self._draw()

    # -- how far --------------------------------------------------------------------------------

    def _draw(self) -> None:
        race, at = self._race, self.slider.value()
        if race is None or not race.done:
            return
        self.film.count.setText(tr("update {count} of {all}", count=at, all=self.slider.maximum()))
        lines = []
        for place, lane in enumerate(self.lanes):
            way: Any = race.ways.get(self._running.index(place)) if place in self._running else None
            lane.end.setText("")
            if way is None:
                continue
            lines.append(Line(way.places, lane.color))
            here = min(at, len(way.losses) - 1)
            lane.end.setText(tr("diverged") if way.diverged and at >= here > 0 and here == len(way.losses) - 1 else "")
            if not lane.end.text():
                lane.end.setText(number(float(way.losses[here])))
        self.map.show_lines(lines, at)

    def _take(self, lane: Choice) -> None:
        if self._ground is None:
            self._say(tr("There is nothing to open yet: mend the expression or the start first."))
        else:
            self.taken.emit(racing.laid(self._ground.document, lane, self.updates.value()))

    def _say(self, text: str) -> None:
        self.said.setText(text)

    # -- over -----------------------------------------------------------------------------------

    def _end(self) -> None:
        self._poll.stop()
        if self._race is not None:
            self._race.stop()
            self._race.join(LEAVE_SECONDS)

    def leave(self) -> None:
        """Stop what is worked out."""
        self._wait.stop()
        self.film.pause()
        self._end()

    def done(self, result: int) -> None:
        """Closing stops what is worked out; fields that lose the focus meanwhile wish for nothing."""
        super().done(result)
        self.leave()
