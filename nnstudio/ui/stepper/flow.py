"""How far the gradient gets: its norm layer by layer, and step by step through time."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from nnstudio.document.numbers import number
from nnstudio.ui.kit import theme
from nnstudio.ui.kit.texts import tr

if TYPE_CHECKING:
    from nnstudio.engine.trace import Trace

ROW, NAME, NUMBER = 22, 132, 76
# Narrower than this, in pixels, it has fewer words.
NARROW = 430
SMALL, LARGE = 1e-3, 1e3
_TIME = re.compile(r"_l(\d+)(b?)_t(\d+)_h$")


@dataclass(frozen=True)
class Bar:
    """One layer, or one time step: ‖∂E/∂z‖ of its output and ‖∂E/∂W‖ of its parameters (None: it has none)."""

    name: str
    node: str
    delta: float
    weights: float | None


def norm(*arrays: np.ndarray) -> float:
    """The Euclidean norm over all numbers."""
    return math.sqrt(sum(float(np.square(a.astype(np.float64)).sum()) for a in arrays))


def flow_of(trace: Trace) -> list[Bar]:
    """The bars from the output back to the input; of a layer's operations the first with parameters counts, else the
    last.
    """
    found: list[Bar] = []
    nodes = dict.fromkeys(step.node for step in trace.steps.values() if step.phase == "forward")
    for node in reversed(list(nodes)):
        steps = [s for s in trace.steps.values() if s.node == node and s.name in trace.gradients]
        grads = [r.gradient for r in trace.parameters.values() if r.node == node and r.gradient is not None]
        if steps:
            place = next((s for s in steps if s.parameters), steps[-1])
            found.append(
                Bar(
                    trace.titles.get(node, node),
                    node,
                    norm(trace.gradients[place.name]),
                    norm(*grads) if grads else None,
                )
            )
    if "x" in trace.gradients:
        found.append(Bar(tr("input"), "", norm(trace.gradients["x"]), None))
    return found


def through_time(trace: Trace) -> list[Bar]:
    """Of spelled-out recurrent layers ‖∂E/∂hₜ‖ from the last step to the first; of others that keep every step the same
    by slices.
    """
    found = []
    for name in trace.steps:
        hit = _TIME.search(name)
        if hit and name in trace.gradients:
            layer, back, t = hit.groups()
            found.append(
                (
                    (int(layer), back, -int(t)),
                    Bar(
                        f"h{t}"
                        + (f" · {tr('layer')} {layer}" if layer != "1" or back else "")
                        + (" ←" if back else ""),
                        trace.steps[name].node,
                        norm(trace.gradients[name]),
                        None,
                    ),
                )
            )
    return [bar for _, bar in sorted(found, key=lambda pair: pair[0])]


def verdict(bars: list[Bar]) -> str:
    """Plain words for vanishing and exploding."""
    sizes = [bar.delta for bar in bars if bar.node]
    if len(sizes) < 2 or not all(math.isfinite(s) for s in sizes) or sizes[0] == 0:
        return ""
    ratio = sizes[-1] / sizes[0]
    if ratio < SMALL:
        return tr(
            "The gradient vanishes: at the first layer {share} of it is left. Try ReLU, skip links or normalization.",
            share=number(ratio),
        )
    if ratio > LARGE:
        return tr(
            "The gradient explodes: at the first layer it is {factor} times as large. Try smaller weights or clipping.",
            factor=number(ratio),
        )
    return tr("From the last layer to the first the gradient changes by a factor of {factor}.", factor=number(ratio))


class Strip(QWidget):
    """Draws bars on a logarithmic scale; a kept flow stands beside as an outline."""

    picked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bars: list[Bar] = []
        self.kept: list[Bar] = []
        self.lit = ""
        self.setAccessibleName(tr("Gradient flow"))

    def show_bars(self, bars: list[Bar], kept: list[Bar]) -> None:
        """Show bars, and others to compare with by their place."""
        self.bars, self.kept = bars, kept
        self.setMinimumHeight(self.sizeHint().height())
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(420, ROW * max(len(self.bars), len(self.kept), 1) + 4)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = int(event.position().y() // ROW)
        if 0 <= place < len(self.bars) and self.bars[place].node:
            self.picked.emit(self.bars[place].node)

    def paintEvent(self, event: QPaintEvent) -> None:
        t = theme.current()
        painter = QPainter(self)
        everything = [
            v for bar in (*self.bars, *self.kept) for v in (bar.delta, bar.weights or 0.0) if v > 0 and math.isfinite(v)
        ]
        high = math.log10(max(everything, default=1.0))
        low = min(math.log10(min(everything, default=1.0)), high - 1.0) - 0.3
        width = max(40.0, self.width() - NAME - 2 * NUMBER - 16)

        def length(value: float) -> float:
            if not value > 0:
                return 0.0
            return width if not math.isfinite(value) else max(1.0, (math.log10(value) - low) / (high - low) * width)

        layers = len({other.node for other in self.bars})
        for row in range(max(len(self.bars), len(self.kept))):
            top = row * ROW + 2.0
            bar = self.bars[row] if row < len(self.bars) else None
            if bar is not None:
                painter.setPen(QColor(t.now if bar.node and bar.node == self.lit and layers > 1 else t.text))
                name = painter.fontMetrics().elidedText(bar.name, Qt.TextElideMode.ElideRight, NAME - 8)
                painter.drawText(QRectF(6, top, NAME - 8, ROW - 4), int(Qt.AlignmentFlag.AlignVCenter), name)
                painter.fillRect(QRectF(NAME, top + 2, length(bar.delta), 8), QColor(t.positive))
                if bar.weights is not None:
                    painter.fillRect(QRectF(NAME, top + 11, length(bar.weights), 5), QColor(t.negative))
                painter.setPen(QColor(t.muted))
                for column, value in enumerate((bar.delta, bar.weights)):
                    text = "" if value is None else number(value)
                    painter.drawText(
                        QRectF(NAME + width + 6 + column * NUMBER, top, NUMBER, ROW - 4),
                        int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight),
                        text,
                    )
            if row < len(self.kept):
                painter.setPen(QPen(QColor(t.muted), 1.2, Qt.PenStyle.DashLine))
                end = NAME + length(self.kept[row].delta)
                painter.drawLine(QPointF(end, top), QPointF(end, top + ROW - 4))
        painter.end()


class GradientFlow(QWidget):
    """The dock: strips through depth or time, with one flow kept to compare with."""

    picked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.strip = Strip()
        self.strip.picked.connect(self.picked)
        self.time = QCheckBox(tr("through time"))
        self.time.setToolTip(
            tr("By time step, for recurrent layers. Choose Neurons on the timeline to spell them out.")
        )
        self.time.toggled.connect(self._draw)
        self.keep = QPushButton(tr("Keep to compare"))
        self.keep.setToolTip(tr("Keep these norms as dashed marks; change the network, step again, and compare"))
        self.keep.clicked.connect(self._keep)
        self.drop = QPushButton(tr("Forget"))
        self.drop.clicked.connect(self._forget)
        self.said = QLabel()
        self.said.setWordWrap(True)
        self.said.setObjectName("muted")
        self._key = QLabel()
        self.restyle()
        theme.follow(self.restyle)
        row = QHBoxLayout()
        row.setContentsMargins(8, 4, 8, 2)
        row.setSpacing(10)
        for widget in (self._key, self.time, self.keep, self.drop):
            row.addWidget(widget)
        row.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setWidget(self.strip)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(row)
        layout.addWidget(self.said)
        layout.addWidget(area, 1)
        self.said.setContentsMargins(8, 0, 8, 0)
        self._trace: Trace | None = None
        self._kept: list[Bar] = []
        self.drop.setVisible(False)
        self.show_trace(None)

    def restyle(self) -> None:
        """Take the colours of the theme."""
        t = theme.current()
        scale = f" &nbsp; <i>{tr('log scale')}</i>" if self.width() >= NARROW else ""
        self._key.setText(
            f"<span style='color:{t.positive}'>▬</span> ‖∂E/∂z‖ &nbsp; "
            f"<span style='color:{t.negative}'>▬</span> ‖∂E/∂W‖{scale}"
        )
        self.keep.setText(tr("Keep to compare") if self.width() >= NARROW else tr("Keep"))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow column the words at the top are short."""
        super().resizeEvent(event)
        self.restyle()

    def show_trace(self, trace: Trace | None) -> None:
        """Show a step's flow, or how to get one."""
        self._trace = trace
        self._draw()

    def mark(self, node: str) -> None:
        """Mark the layer that the timeline stands at."""
        self.strip.lit = node
        self.strip.update()

    def _draw(self) -> None:
        trace = self._trace
        bars = [] if trace is None else through_time(trace) if self.time.isChecked() else flow_of(trace)
        self.strip.show_bars(bars, self._kept)
        self.keep.setEnabled(bool(bars))
        if trace is None:
            self.said.setText(tr("Step through a training step to see how far the gradient gets."))
        elif not bars:
            self.said.setText(tr("No recurrent layer is spelled out. Choose Neurons on the timeline."))
        else:
            text = verdict(bars)
            if self._kept and bars and self._kept[-1].delta > 0:
                text += " " + tr(
                    "Kept: {kept} in the last row, now {now}.",
                    kept=number(self._kept[-1].delta),
                    now=number(bars[-1].delta),
                )
            self.said.setText(text)

    def _keep(self) -> None:
        self._kept = list(self.strip.bars)
        self.drop.setVisible(True)
        self._draw()

    def _forget(self) -> None:
        self._kept = []
        self.drop.setVisible(False)
        self._draw()
