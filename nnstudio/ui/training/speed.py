"""The speed dial of the toolbar: by hand, so many updates a second, an epoch a second, or as fast as it goes."""

from __future__ import annotations

import itertools
import math

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QToolButton, QWidget

from nnstudio.session.pacing import EPOCH, HAND, WATCH, Pace
from nnstudio.ui.kit.jump_slider import JumpSlider
from nnstudio.ui.kit.texts import tr

# Where the dial catches, ten marks apart; between the numbers it goes by their ratio.
APART = 10
STOPS: tuple[Pace, ...] = (HAND, 1.0, 10.0, 60.0, 300.0, EPOCH, None)
NUMBERS = [(place * APART, stop) for place, stop in enumerate(STOPS) if isinstance(stop, float)]
WIDTH = 150


def pace_at(place: int) -> Pace:
    """The pace of a place on the dial."""
    near = round(place / APART)
    first, last = NUMBERS[0][0], NUMBERS[-1][0]
    if abs(place - near * APART) <= 1 or not first < place < last:
        return STOPS[near]
    below, above = ((at, number) for at, number in NUMBERS if abs(at - place) < APART)
    share = (place - below[0]) / (above[0] - below[0])
    return float(f"{below[1] * (above[1] / below[1]) ** share:.1g}")


def place_of(pace: Pace) -> int:
    """Where a pace lies on the dial; numbers beyond its own lie before the epoch."""
    if pace in (HAND, EPOCH, None):
        return STOPS.index(pace) * APART
    assert isinstance(pace, float)
    for (low, slow), (high, fast) in itertools.pairwise(NUMBERS):
        if pace <= fast:
            return low + round((high - low) * max(0.0, math.log(pace / slow) / math.log(fast / slow)))
    last, fastest = NUMBERS[-1]
    return last + min(APART - 2, 2 + round(math.log(pace / fastest)))


class SpeedDial(QWidget):
    """A slider with its pace in words, and a button that lets the run go.

    ``chosen`` carries a pace of ``session.pacing``.
    """

    chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("speed")
        self.pace: Pace = None
        self._held: Pace = WATCH
        title, self.words = QLabel(tr("Speed")), QLabel()
        for label in (title, self.words):
            label.setObjectName("muted")
        self.words.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.slider = JumpSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, (len(STOPS) - 1) * APART)
        self.slider.setSingleStep(APART)
        self.slider.setPageStep(APART)
        self.slider.setAccessibleName(tr("Speed"))
        self.slider.setToolTip(
            tr("How many updates a second a run makes: left each by hand, right as fast as it goes. It acts at once.")
        )
        self.slider.setMinimumWidth(WIDTH)
        self.free = QToolButton()
        self.free.setText("▶▶")
        self.free.setCheckable(True)
        self.free.setToolTip(tr("As fast as it goes, and back"))
        self.free.setAccessibleName(tr("As fast as it goes"))
        layout = QGridLayout(self)
        layout.setContentsMargins(10, 2, 4, 2)
        layout.setHorizontalSpacing(6)
        layout.setVerticalSpacing(1)
        layout.addWidget(title, 0, 0)
        layout.addWidget(self.words, 0, 1)
        layout.addWidget(self.slider, 1, 0, 1, 2)
        layout.addWidget(self.free, 0, 2, 2, 1, Qt.AlignmentFlag.AlignVCenter)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self.slider.valueChanged.connect(lambda place: self.chosen.emit(pace_at(place)))
        self.free.clicked.connect(lambda on: self.chosen.emit(None if on else self._held))
        self.show_pace(None, None)

    def sizeHint(self) -> QSize:
        return QSize(WIDTH + 60, super().sizeHint().height())

    def show_pace(self, pace: Pace, updates: float | None) -> None:
        """Show a pace, which is so many updates a second for the present network, as far as that is known."""
        self.pace = pace
        if pace is not None:
            self._held = pace
        self.slider.blockSignals(True)
        self.slider.setValue(place_of((updates or 60.0) if pace == WATCH else pace))
        self.slider.blockSignals(False)
        self.free.setChecked(pace is None)
        self.words.setText(pace_words(pace, updates))
        self.slider.setAccessibleDescription(self.words.text())


def pace_words(pace: Pace, updates: float | None = None) -> str:
    """A pace in words."""
    if pace == HAND:
        return tr("by hand")
    if pace == EPOCH:
        return tr("1 epoch/s")
    if pace is None:
        return tr("free")
    number = updates if isinstance(pace, str) else pace
    if number is None:
        return tr("to be watched")
    return tr("1 update/s") if number == 1 else tr("{count} updates/s", count=f"{number:,.4g}")
