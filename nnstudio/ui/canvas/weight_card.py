"""Small cards on the canvas: the numbers of a neuron that is pointed at, and what can be done with a weight."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from nnstudio.ui.kit.plain import plain
from nnstudio.ui.kit.texts import tr

BESIDE = 14


class NeuronCard(QFrame):
    """A heading with a few lines, beside a place of the canvas. The mouse goes through it."""

    def __init__(self, canvas: QWidget) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self.setObjectName("beside")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.title, self.words = plain(QLabel()), plain(QLabel())
        self.title.setObjectName("weighed")
        self.rows = QVBoxLayout(self)
        self.rows.setContentsMargins(12, 9, 12, 10)
        self.rows.setSpacing(4)
        self.rows.addWidget(self.title)
        self.rows.addWidget(self.words)
        self.hide()

    def show_beside(self, title: str, words: str, at: QPoint) -> None:
        """Say something beside a place of the canvas, where it covers neither the place nor the edge."""
        self.title.setText(title)
        self.words.setText(words)
        self.adjustSize()
        right = at.x() + BESIDE + self.width() < self._canvas.width()
        x = at.x() + BESIDE if right else at.x() - BESIDE - self.width()
        y = min(max(at.y() + BESIDE, 4), self._canvas.height() - self.height() - 4)
        self.move(max(4, x), max(4, y))
        self.show()
        self.raise_()


class WeightCard(NeuronCard):
    """Stands on the canvas until something else is clicked."""

    why, hand, left = Signal(), Signal(), Signal()

    def __init__(self, canvas: QWidget) -> None:
        super().__init__(canvas)
        self.setObjectName("weight")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents, False)
        self.ask = QPushButton(tr("Why does it move?"))
        self.set = QPushButton(tr("Set by hand …"))
        self.ask.clicked.connect(self.why)
        self.set.clicked.connect(self.hand)
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self.ask)
        row.addWidget(self.set)
        self.rows.addLayout(row)

    def show_weight(self, title: str, words: str, why: str, at: QPoint) -> None:
        """Say what a weight is, beside a place of the canvas."""
        self.ask.setText(why)
        self.show_beside(title, words, at)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
            return
        super().keyPressEvent(event)
