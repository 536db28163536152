"""The line at the bottom: where the run stands."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QProgressBar, QPushButton, QStatusBar, QWidget

from nnstudio.catalog.sources.files import LOADING
from nnstudio.document.numbers import number
from nnstudio.ui.kit import theme
from nnstudio.ui.kit.texts import tr
from nnstudio.ui.training.other_data import OtherData

if TYPE_CHECKING:
    from nnstudio.engine.snapshot import Snapshot

SOON = 0.3
# From this share of the time on it is said that data is waited for.
WAITING = 0.05
# Labels grow in steps of so many pixels, and shrink when they are this many steps too wide.
STEP, WIDE = 16, 4
# Room that stays for the bar, and between two labels; what gives way first when there is too little comes last.
LEAST_BAR, GAP = 60, 6
# As large as Qt lets a widget be.
MOST = 16_777_215
TELLING = ("state", "epoch", "loss", "batch", "left", "speed", "device", "memory")


# The articles that explain what stands there.
IDEAS = {"epoch": "epoch", "batch": "iteration", "loss": "loss", "parameters": "parameter_count"}


class _Word(QLabel):
    """A word that is explained by a click."""

    asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setContentsMargins(6, 0, 6, 0)
        self.setCursor(Qt.CursorShape.WhatsThisCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.asked.emit()
        event.accept()


class RunStatus(QStatusBar):
    """Epoch, batch, speed, time left, device, progress, parameters; ``asked`` names the idea of a word."""

    asked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizeGripEnabled(False)
        self._labels: dict[str, QLabel] = {}
        for name in ("state", "epoch", "batch", "loss", "speed", "left", "device", "memory"):
            label = self._word(name)
            self._labels[name] = label
            self.addWidget(label)
        self._labels["memory"].setToolTip(
            tr("What the whole program takes of this computer's memory; most of it is PyTorch itself.")
        )
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(tr("Progress"))
        # Without a run there is no progress; disabled it keeps its room and shows nothing.
        self.bar.setEnabled(False)
        self.addWidget(self.bar, 1)
        self._labels["loss"].setToolTip(
            tr("Of the newest batch; the curves show the mean of each epoch.") + " " + tr("A click explains it.")
        )
        # Only long readings are worth a word: most data is there at once.
        self._reading = QLabel()
        self._stop = QPushButton(tr("Stop reading"))
        self._stop.clicked.connect(LOADING.cancel)
        self._since = 0.0
        for widget in (self._reading, self._stop):
            widget.hide()
            self.addPermanentWidget(widget)
        self.other = OtherData(tr("weights of other data"))
        self.addPermanentWidget(self.other)
        self.other.told.connect(self._fit)
        self.other.hide()
        self._parameters = self._word("parameters")
        self.addPermanentWidget(self._parameters)
        theme.follow(self.restyle)

    def _word(self, name: str) -> QLabel:
        """A place of the line; one that has an article leads to it."""
        if name not in IDEAS:
            label = QLabel()
            label.setContentsMargins(6, 0, 6, 0)
            return label
        word = _Word()
        word.setToolTip(tr("A click explains it."))
        word.asked.connect(lambda: self.asked.emit(IDEAS[name]))
        return word

    def set(self, name: str, text: str) -> None:
        """Write one of the places."""
        label = self._labels[name]
        if text == label.text():
            return
        # Of a fixed size, and that in steps: every other change of a word would lay the whole window out anew.
        room = label.fontMetrics().horizontalAdvance(text) + 12
        if room > label.maximumWidth() or not WIDE * STEP > label.maximumWidth() - room >= 0:
            label.setFixedWidth(-(-room // STEP) * STEP)
            label.setFixedHeight(label.fontMetrics().height() + 4)
        label.setText(text)
        self._fit()

    def restyle(self) -> None:
        """Make room for the words in their present size."""
        for name, label in self._labels.items():
            text = label.text()
            label.setMaximumSize(MOST, MOST)
            label.setMinimumSize(0, 0)
            label.setText("")
            self.set(name, text)

    def _fit(self) -> None:
        """Show what there is room for, the most telling first: the line must not make the window wider than the
        screen.
        """
        room = self.width() - self._parameters.sizeHint().width() - LEAST_BAR
        room -= 0 if self.other.isHidden() else self.other.sizeHint().width() + GAP
        for name in TELLING:
            label = self._labels[name]
            room -= label.maximumWidth() + GAP if label.text() else 0
            shown = bool(label.text()) and room >= 0
            if label.isHidden() == shown:
                label.setVisible(shown)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def minimumSizeHint(self) -> QSize:
        return QSize(LEAST_BAR, super().minimumSizeHint().height())

    def text(self) -> str:
        """Everything that stands there."""
        return " ".join(label.text() for label in self._labels.values() if label.text())

    def show_loading(self, name: str, share: float) -> None:
        """Show how far reading a file has come; a share below 0 ends it."""
        going = share >= 0
        if going and not self._since:
            self._since = time.monotonic()
        elif not going:
            self._since = 0.0
        long = going and time.monotonic() - self._since > SOON
        self._reading.setText(
            tr("reading {name} · {percent} %", name=name, percent=f"{100 * max(share, 0.0):.0f}") if long else ""
        )
        self._reading.setVisible(long)
        self._stop.setVisible(long)

    def set_parameters(self, total: int | None) -> None:
        """Show the number of parameters; None while it is not known."""
        self._parameters.setText(tr("{parameters} parameters", parameters="–" if total is None else f"{total:,}"))

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Show where a run stands."""
        self.set("epoch", tr("epoch {epoch} / {epochs}", epoch=snapshot.epoch, epochs=snapshot.epochs))
        self.set("batch", tr("batch {batch} / {batches}", batch=snapshot.batch, batches=snapshot.batches))
        self.set("loss", "" if snapshot.loss != snapshot.loss else f"{tr('loss')} {number(snapshot.loss)}")
        speed = speed_of(snapshot)
        if snapshot.loading >= WAITING:
            speed = tr("{speed}, {percent} % waiting for data", speed=speed, percent=f"{100 * snapshot.loading:.0f}")
        self.set("speed", speed)
        left = snapshot.seconds_left
        self.set("left", "" if left is None else tr("{seconds} s left", seconds=f"{left:,.0f}"))
        own, gpu = snapshot.memory
        self.set("device", snapshot.device)
        memory = tr("program {size} MB", size=f"{own / 2**20:,.0f}") + (
            f" · GPU {gpu / 2**20:,.0f} MB" if gpu is not None else ""
        )
        self.set("memory", memory if own else "")
        self._labels["speed"].setToolTip(
            tr("Fetching batches takes {percent} % of the time.", percent=f"{100 * snapshot.loading:.1f}")
        )
        self.bar.setRange(0, 1000)
        self.bar.setEnabled(True)
        done = snapshot.seconds / (snapshot.seconds + left) if left is not None and snapshot.seconds > 0 else 0.0
        self.bar.setValue(round(1000 * done))

    def forget(self) -> None:
        """Empty everything that belongs to a run."""
        for name in self._labels:
            self.set(name, "")
        self.bar.setRange(0, 1000)
        self.bar.setEnabled(False)
        self.bar.setValue(0)


def speed_of(snapshot: Snapshot) -> str:
    """How fast a run goes; where it is held back, in updates, and how fast it would go."""
    if snapshot.pace is None:
        return tr("{speed} samples/s", speed=f"{snapshot.samples_per_second:,.0f}")
    pace = tr("{count} updates/s", count=f"{snapshot.pace:,.4g}")
    return pace if snapshot.free is None else tr("{pace}, free run {free}", pace=pace, free=f"{snapshot.free:,.0f}")
