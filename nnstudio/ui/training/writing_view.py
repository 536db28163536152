"""A network that tells the next token goes on writing: by itself while it trains, and from a text of the student's."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QSpinBox,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from nnstudio.document.errors import StudioError
from nnstudio.session.reading import Reading
from nnstudio.ui.kit.plain import plain
from nnstudio.ui.kit.texts import tr, words

if TYPE_CHECKING:
    from nnstudio.engine.fitted import Trained

POLL_MS, LIVE_MS, KEPT = 60, 1500, 200
LENGTH, MOST, NEXT = 60, 2000, 8
# What a text was written with, and what is said of the next token.
Written = tuple[str, str, tuple[tuple[str, float], ...]]


def _written(trained: Trained, prompt: str, count: int, temperature: float, top: int, seed: int) -> Written:
    """Write a text; returns what it began with, what was written, and the chances of what comes after it."""
    from nnstudio.engine.runtime.device import prepare_thread
    from nnstudio.engine.sampling import Manner, Writer, chances

    prepare_thread(1)
    writer, manner = Writer(trained), Manner(temperature, top, seed)
    tokens = [token for token, _ in writer.write(prompt, count, manner)]
    found = chances(writer.scores([*writer.begin(prompt), *tokens]), manner)
    best = sorted(range(len(found)), key=lambda place: -found[place])[:NEXT]
    names = writer.cutter.names
    return prompt, writer.cutter.decode(tokens), tuple((names[place], float(found[place])) for place in best)


class WritingView(QWidget):
    """Above what it writes by itself while it trains, below what it is asked for."""

    def __init__(self, trained: Callable[[], Trained], epoch: Callable[[], int], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._trained, self._epoch = trained, epoch
        self._asked: Reading[Written] | None = None
        self._live: Reading[Written] | None = None
        self._told, self._seed = 0, 0
        self.prompt = QLineEdit()
        self.prompt.setAccessibleName(tr("Begin with"))
        self.prompt.setPlaceholderText(tr("Begin with … (may be empty)"))
        self.prompt.returnPressed.connect(self.write)
        self.temperature = QDoubleSpinBox()
        self.temperature.setRange(0.0, 5.0)
        self.temperature.setSingleStep(0.1)
        self.temperature.setValue(0.8)
        self.temperature.setAccessibleName(tr("Temperature"))
        self.temperature.setToolTip(
            tr("Scores are divided by it before softmax: 0 takes the most probable token, more makes it bolder.")
        )
        self.top = QSpinBox()
        self.top.setRange(0, 1000)
        self.top.setSpecialValueText(tr("all"))
        self.top.setAccessibleName(tr("Top k"))
        self.top.setToolTip(tr("Only so many of the most probable tokens are drawn from."))
        self.length = QSpinBox()
        self.length.setRange(1, MOST)
        self.length.setValue(LENGTH)
        self.length.setAccessibleName(tr("Tokens to write"))
        self.button = QPushButton(tr("Write"))
        self.button.clicked.connect(self.write)
        row = QHBoxLayout()
        row.setContentsMargins(8, 4, 8, 0)
        row.addWidget(self.prompt, 1)
        settings: tuple[tuple[str, QWidget], ...] = (
            (tr("Temperature"), self.temperature),
            (tr("Top k"), self.top),
            (tr("Tokens"), self.length),
        )
        for text, setting in settings:
            row.addWidget(plain(QLabel(text)))
            row.addWidget(setting)
        row.addWidget(self.button)
        fixed = QFont("monospace")
        fixed.setStyleHint(QFont.StyleHint.Monospace)
        self.live, self.text = QPlainTextEdit(), QPlainTextEdit()
        for box, name in ((self.live, tr("Written while it trains")), (self.text, tr("Written"))):
            box.setReadOnly(True)
            box.setAccessibleName(name)
            box.setFont(fixed)
            box.setMaximumBlockCount(KEPT)
        self.live.setPlaceholderText(tr("While it trains, what it writes after each look stands here."))
        self.following = plain(QLabel())
        self.following.setWordWrap(True)
        self.following.setObjectName("muted")
        self.following.setContentsMargins(8, 0, 8, 4)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(self.live)
        split.addWidget(self.text)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3)
        layout.addLayout(row)
        layout.addWidget(split, 1)
        layout.addWidget(self.following)
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MS)
        self._timer.timeout.connect(self._poll)

    def write(self) -> None:
        """Go on with the text of the line."""
        if self._asked is not None:
            return
        self._seed += 1
        self._asked = self._begin(self.prompt.text(), self.length.value(), say=True)
        self.button.setEnabled(self._asked is None)

    def grow(self) -> None:
        """The run has come on: write a little by itself, once an epoch at most."""
        epoch = self._epoch()
        if self._live is not None or epoch == self._told or not self.isVisible():
            return
        self._told = epoch
        self._seed += 1
        self._live = self._begin("", LENGTH, say=False)

    def _begin(self, prompt: str, count: int, *, say: bool) -> Reading[Written] | None:
        try:
            trained = self._trained()
        except StudioError as error:
            if say:
                self.following.setText(words(error.message))
            return None
        self._timer.start()
        args = prompt, count, self.temperature.value(), self.top.value(), self._seed
        return Reading(lambda: _written(trained, *args), "writing")

    def _poll(self) -> None:
        if self._live is not None and self._live.done:
            live, self._live = self._live, None
            found = self._outcome(live)
            if found is not None:
                self.live.appendPlainText(f"{tr('epoch {epoch}', epoch=self._told)}  {_line(found[1])}")
        if self._asked is not None and self._asked.done:
            asked, self._asked = self._asked, None
            self.button.setEnabled(True)
            found = self._outcome(asked)
            if found is not None:
                prompt, text, following = found
                self.text.appendPlainText(f"{prompt}|{text}\n")
                shares = " · ".join(
                    f"{_line(name) or '␣'} {100 * chance:.0f} %" for name, chance in following if chance
                )
                self.following.setText(tr("What comes next: {shares}", shares=shares))
        if self._live is None and self._asked is None:
            self._timer.stop()

    def _outcome(self, reading: Reading[Written]) -> Written | None:
        try:
            return reading.outcome()
        except StudioError as error:
            self.following.setText(words(error.message))
            return None

    def leave(self) -> None:
        """The window goes."""
        self._timer.stop()
        self._live = self._asked = None


def _line(text: str) -> str:
    """A text in one line: ends of lines are signs."""
    return text.replace("\n", "⏎")
