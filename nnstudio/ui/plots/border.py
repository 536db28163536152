"""The border of a yes and no: where what a network says crosses a threshold, which can be moved."""

from __future__ import annotations

import numpy as np
import pyqtgraph.functions as lines
from PySide6.QtCore import QPointF, Signal
from PySide6.QtGui import QPainterPath
from PySide6.QtWidgets import QDoubleSpinBox, QHBoxLayout, QLabel, QWidget

from nnstudio.engine.snapshot import Plane
from nnstudio.ui.kit.texts import tr

FARTHEST, STEP = 1e6, 0.05


def border(values: np.ndarray, level: float, side: float) -> QPainterPath:
    """Return where a map (rows, columns) crosses a level, in a square of so many pixels."""
    path = QPainterPath()
    if not np.isfinite(values).all():
        return path
    scale = side / values.shape[1]
    for line in lines.isocurve(np.ascontiguousarray(values.T, dtype=float), level, connected=True):
        for place, (x, y) in enumerate(line):
            spot = QPointF(float(x) * scale, float(y) * scale)
            path.lineTo(spot) if place else path.moveTo(spot)
    return path


def decides(plane: Plane) -> bool:
    """Whether a network of one output answers yes or no over a plane: its targets are 0 and 1."""
    targets = plane.points.targets[np.isfinite(plane.points.targets)]
    return len(plane.low) == 2 and not plane.classes and len(plane.said) == 1 and set(targets.tolist()) == {0.0, 1.0}


class Threshold(QWidget):
    """The number from which on the answer is yes. ``changed`` tells that the student moved it."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        label = QLabel(tr("yes from"))
        label.setObjectName("muted")
        row.addWidget(label)
        self.box = QDoubleSpinBox()
        self.box.setRange(-FARTHEST, FARTHEST)
        self.box.setDecimals(2)
        self.box.setSingleStep(STEP)
        self.box.setAccessibleName(tr("Threshold"))
        self.box.setToolTip(tr("The line is drawn where the network says this number; move it and the line moves"))
        self.box.valueChanged.connect(lambda value: self.changed.emit())
        label.setBuddy(self.box)
        row.addWidget(self.box)
        self._own = 0.0
        self.hide()

    @property
    def level(self) -> float:
        """Where the line is drawn."""
        return float(self.box.value())

    def begin(self, level: float) -> None:
        """Stand at a network's own threshold; one that was moved by hand stays until that is another."""
        if level != self._own or not self.isVisible():
            self._own = level
            self.box.setValue(level)
