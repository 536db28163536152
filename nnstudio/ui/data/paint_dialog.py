"""Paint points on a plane: click for one, drag for many; each colour is a class."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from nnstudio.ui.kit import theme
from nnstudio.ui.kit.texts import tr

REACH = 3.0
CLASSES = 6
EVERY = 5.0
MAX_POINTS = 9000


class Plane(QWidget):
    """The plane from −3 to 3; ``points`` are (x1, x2, class)."""

    def __init__(self, points: list[tuple[float, float, int]]) -> None:
        super().__init__()
        self.points = list(points)
        self.colour, self.spread, self.erasing = 0, 0.0, False
        self._past: list[list[tuple[float, float, int]]] = []
        self._last: QPointF | None = None
        self._draw = np.random.default_rng(0)
        self.setMinimumSize(360, 360)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(tr("Plane to paint on"))
        self.setCursor(Qt.CursorShape.CrossCursor)

    def _box(self) -> QRectF:
        side = min(self.width(), self.height()) - 8
        return QRectF((self.width() - side) / 2, (self.height() - side) / 2, side, side)

    def place(self, x1: float, x2: float) -> QPointF:
        """Where a point lies in the widget."""
        box = self._box()
        return QPointF(
            box.center().x() + x1 / REACH * box.width() / 2, box.center().y() - x2 / REACH * box.height() / 2
        )

    def _at(self, spot: QPointF) -> tuple[float, float]:
        box = self._box()
        x1 = (spot.x() - box.center().x()) / (box.width() / 2) * REACH
        x2 = (box.center().y() - spot.y()) / (box.height() / 2) * REACH
        return round(min(max(x1, -REACH), REACH), 3), round(min(max(x2, -REACH), REACH), 3)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._past.append(list(self.points))
        self._last = event.position()
        self._dab(event.position(), bool(event.buttons() & Qt.MouseButton.RightButton))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._last is not None and (event.position() - self._last).manhattanLength() >= EVERY:
            self._last = event.position()
            self._dab(event.position(), bool(event.buttons() & Qt.MouseButton.RightButton))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._last = None

    def _dab(self, spot: QPointF, erase: bool) -> None:
        x1, x2 = self._at(spot)
        if erase or self.erasing:
            self.points = [p for p in self.points if (p[0] - x1) ** 2 + (p[1] - x2) ** 2 > 0.04 + self.spread**2]
        elif len(self.points) < MAX_POINTS:
            dx, dy = self.spread * self._draw.standard_normal(2)
            self.points.append((round(x1 + float(dx), 3), round(x2 + float(dy), 3), self.colour))
        self.update()

    def undo(self) -> None:
        """Take the last stroke back."""
        if self._past:
            self.points = self._past.pop()
            self.update()

    def clear(self) -> None:
        """Take all points away."""
        self._past.append(list(self.points))
        self.points = []
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Z and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.undo()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        t = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = self._box()
        painter.fillRect(box, QColor(t.panel))
        painter.setPen(QPen(QColor(t.border), 1))
        for k in range(-3, 4):
            painter.drawLine(self.place(k, -REACH), self.place(k, REACH))
            painter.drawLine(self.place(-REACH, k), self.place(REACH, k))
        painter.setPen(QPen(QColor(t.panel), 1))
        for x1, x2, k in self.points:
            painter.setBrush(QColor(theme.CLASSES[k % len(theme.CLASSES)]))
            painter.drawEllipse(self.place(x1, x2), 4.5, 4.5)
        painter.end()


class PaintDialog(QDialog):
    """Plane, colours, brush and eraser; ``points()`` is what was painted."""

    def __init__(self, points: tuple[tuple[float, float, float], ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Paint points"))
        self.plane = Plane([(p[0], p[1], int(p[2])) for p in points if len(p) == 3])
        row = QHBoxLayout()
        self.colours = QButtonGroup(self)
        for k in range(CLASSES):
            button = QToolButton()
            button.setCheckable(True)
            button.setChecked(k == 0)
            button.setAutoExclusive(True)
            button.setText(str(k + 1))
            button.setStyleSheet(
                f"QToolButton {{ background: {theme.CLASSES[k]}; color: {theme.CLASS_TEXT[k]}; }}"
                f"QToolButton:checked {{ border: 3px solid {theme.current().text}; }}"
            )
            button.setAccessibleName(tr("colour {number}", number=k + 1))
            self.colours.addButton(button, k)
            row.addWidget(button)
        self.colours.idClicked.connect(self._take_colour)
        self.erase = QToolButton()
        self.erase.setText(tr("Erase"))
        self.erase.setCheckable(True)
        self.erase.setToolTip(tr("Erase by dragging; the right button does so as well"))
        self.erase.toggled.connect(self._erase)
        row.addWidget(self.erase)
        row.addStretch(1)
        row.addWidget(QLabel(tr("Spread")))
        self.spread = QSlider(Qt.Orientation.Horizontal)
        self.spread.setRange(0, 50)
        self.spread.setMaximumWidth(110)
        self.spread.setAccessibleName(tr("Spread"))
        self.spread.valueChanged.connect(self._take_spread)
        row.addWidget(self.spread)
        for text, act in ((tr("Undo"), self.plane.undo), (tr("Clear"), self.plane.clear)):
            push = QPushButton(text)
            push.setAutoDefault(False)
            push.clicked.connect(act)
            row.addWidget(push)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addLayout(row)
        layout.addWidget(self.plane, 1)
        layout.addWidget(buttons)
        self.resize(560, 600)

    def _take_colour(self, k: int) -> None:
        self.plane.colour = k
        self.erase.setChecked(False)

    def _erase(self, on: bool) -> None:
        self.plane.erasing = on

    def _take_spread(self, value: int) -> None:
        self.plane.spread = value / 100.0

    def points(self) -> tuple[tuple[float, float, float], ...]:
        """The points, classes numbered without gaps."""
        used = sorted({k for _, _, k in self.plane.points})
        return tuple((x1, x2, float(used.index(k))) for x1, x2, k in self.plane.points)
