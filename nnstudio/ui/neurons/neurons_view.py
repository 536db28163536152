"""Every neuron as a circle, every weight as a line: fill is the value, the ring its gradient, width and colour of a
line its weight.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QMouseEvent, QPainter, QPainterPath, QPen, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import (
    QFrame,
    QGraphicsPathItem,
    QGraphicsScene,
    QGraphicsSimpleTextItem,
    QGraphicsView,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from nnstudio.document.numbers import number
from nnstudio.ui.kit import theme
from nnstudio.ui.kit.plain import plain, tip
from nnstudio.ui.kit.sight import in_sight
from nnstudio.ui.kit.texts import tr

if TYPE_CHECKING:
    from nnstudio.engine.snapshot import Picture

RADIUS, NEAREST, DOWN = 9.0, 90.0, 26.0
# Colours of neurons and widths of lines come in so many steps: one path for each, however many there are.
FILLS, RINGS, WIDTHS = 17, 9, 6
FADED = 0.08
# More lines than this are hairs without smooth edges: wide transparent ones would take half a second.
MANY_LINES = 2500
# A column has room for so many; of more every so-manieth is drawn, which is said.
MOST = 16


@dataclass(frozen=True)
class Column:
    """One layer: its node, its name, the column its values come from ("" none), and whether it weighs them."""

    node: str
    title: str
    source: str


def _bins(numbers: np.ndarray, limit: float, count: int) -> np.ndarray:
    scaled = np.nan_to_num(numbers / limit if limit > 0 else numbers * 0.0, nan=0.0, posinf=1.0, neginf=-1.0)
    return np.clip(np.round((np.clip(scaled, -1, 1) + 1) / 2 * (count - 1)), 0, count - 1).astype(int)


class Net(QGraphicsView):
    """The drawing. Neurons and lines lie in a few path items; nothing is painted by Python."""

    hovered = Signal(str, int)
    picked = Signal(str, int)
    opened = Signal(str, int)
    relaid = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setScene(QGraphicsScene(self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.setMouseTracking(True)
        self.setAccessibleName(tr("Neurons"))
        self.setMinimumSize(160, 90)
        self._columns: tuple[Column, ...] = ()
        self.places: dict[str, np.ndarray] = {}
        self.units: dict[str, np.ndarray] = {}
        self.chosen: dict[str, np.ndarray] = {}
        self._pictures: Mapping[str, Picture] = {}
        self._fills: list[QGraphicsPathItem] = []
        self._rings: list[QGraphicsPathItem] = []
        self._lines: list[QGraphicsPathItem] = []
        self._bright: list[QGraphicsPathItem] = []
        self._marks: list[QGraphicsSimpleTextItem] = []
        self.focus: tuple[str, int] | None = None
        self._under: tuple[str, int] = ("", -1)
        self._weights: Mapping[str, np.ndarray] = {}
        self._pens: list[tuple[QPen, QPen]] = []
        self._hairs = False
        for group, count, height in (
            (self._lines, 2 * WIDTHS, 0),
            (self._bright, 2 * WIDTHS, 1),
            (self._fills, FILLS, 2),
            (self._rings, RINGS, 3),
        ):
            for _ in range(count):
                item = self.scene().addPath(QPainterPath())
                item.setZValue(height)
                group.append(item)
        self.restyle()
        theme.follow(self.restyle)

    def restyle(self) -> None:
        """Take the colours of the theme."""
        t = theme.current()
        colors = theme.color_table()
        self._pens = []
        for step in range(2 * WIDTHS):
            # From strong negative over weak to strong positive.
            sign = -1 if step < WIDTHS else 1
            strength = (WIDTHS - step if sign < 0 else step - WIDTHS + 1) / WIDTHS
            color = QColor(t.negative if sign < 0 else t.positive)
            hair = QPen(QColor(theme.mixed(color.name(), t.panel, 0.15 + 0.85 * strength)), 0)
            color.setAlphaF(0.12 + 0.75 * strength)
            pen = QPen(color, 0.4 + 3.0 * strength)
            self._pens.append((pen, hair))
            self._lines[step].setPen(hair if self._hairs else pen)
            self._bright[step].setPen(pen)
        for step, item in enumerate(self._fills):
            r, g, b = (int(v) for v in colors[round(step / (FILLS - 1) * 255)])
            item.setPen(QPen(QColor(t.border), 0.8))
            item.setBrush(QBrush(QColor(r, g, b)))
        for step, item in enumerate(self._rings):
            r, g, b = (int(v) for v in colors[round(step / (RINGS - 1) * 255)])
            # No gradient, no ring.
            pen = QPen(Qt.PenStyle.NoPen) if step == RINGS // 2 else QPen(QColor(r, g, b), 2.4)
            item.setPen(pen)
        for label in self._marks:
            label.setBrush(QBrush(QColor(t.muted)))

    # -- what is there ------------------------------------------------------------------------

    def lay_out(self, columns: Sequence[Column], pictures: Mapping[str, Picture]) -> None:
        """Give every neuron its place; layers stand from left to right."""
        from nnstudio.engine.snapshot import sampled

        self._columns = tuple(columns)
        self.places, self.units = {}, {}
        for mark in self._marks:
            self.scene().removeItem(mark)
        self._marks, self._pictures = [], pictures
        self.chosen = {c.node: sampled(len(pictures[c.node].values), MOST) for c in columns}
        tallest = max((len(places) for places in self.chosen.values()), default=1)
        t = theme.current()
        # As wide as the view is for its height.
        shape = self.viewport().width() / max(1, self.viewport().height())
        across = max(NEAREST, (tallest * DOWN * shape - 140) / max(1, len(columns) - 1))
        for place, column in enumerate(columns):
            picture = pictures[column.node]
            count = len(self.chosen[column.node])
            self.units[column.node] = picture.shown[self.chosen[column.node]]
            y = (np.arange(count) - (count - 1) / 2 + (tallest - 1) / 2) * DOWN
            self.places[column.node] = np.stack([np.full(count, place * across), y], axis=1)
            text = column.title + (
                " · " + tr("{shown} of {total}", shown=count, total=picture.total) if count < picture.total else ""
            )
            label = self.scene().addSimpleText(
                self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(across - 8))
            )
            label.setToolTip(tip(text))
            label.setBrush(QBrush(QColor(t.muted)))
            label.setPos(place * across - label.boundingRect().width() / 2, float(y.min() if len(y) else 0.0) - 34)
            self._marks.append(label)
        height = tallest * DOWN
        self.scene().setSceneRect(QRectF(-70, -44, max(0, len(columns) - 1) * across + 140, height + 52))
        self._fit()

    def _fit(self) -> None:
        self.fitInView(self.sceneRect(), Qt.AspectRatioMode.KeepAspectRatio)
        if self.transform().m11() > 1.6:
            self.resetTransform()
            self.scale(1.6, 1.6)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._columns:
            self.lay_out(self._columns, self._pictures)
            self.relaid.emit()
        self._fit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        factor = 1.0015 ** event.angleDelta().y()
        self.scale(factor, factor)
        event.accept()

    def show_values(self, pictures: Mapping[str, Picture], limits: tuple[float, float]) -> None:
        """Colour the neurons."""
        fills = [QPainterPath() for _ in self._fills]
        rings = [QPainterPath() for _ in self._rings]
        for node, places in self.places.items():
            picture = pictures.get(node)
            chosen = self.chosen[node]
            if picture is None or not len(picture.values) > chosen.max(initial=0):
                continue
            values, slopes = picture.values[chosen], picture.gradients[chosen]
            for spot, fill, ring in zip(
                places.tolist(),
                _bins(values, limits[0], FILLS).tolist(),
                _bins(slopes, limits[1], RINGS).tolist(),
                strict=True,
            ):
                middle = QPointF(*spot)
                fills[fill].addEllipse(middle, RADIUS, RADIUS)
                if ring != RINGS // 2:
                    rings[ring].addEllipse(middle, RADIUS + 2.4, RADIUS + 2.4)
        for item, path in (*zip(self._fills, fills, strict=True), *zip(self._rings, rings, strict=True)):
            item.setPath(path)

    def show_weights(self, weights: Mapping[str, np.ndarray]) -> None:
        """Draw the lines, the strong ones thick; in focus those of one neuron alone."""
        self._weights = weights
        limit = theme.nice_limit(max((float(np.abs(m).max(initial=0.0)) for m in weights.values()), default=1.0))
        ends: list[np.ndarray] = []
        steps: list[np.ndarray] = []
        mine: list[np.ndarray] = []
        for column in self._columns:
            target, source = self.places.get(column.node), self.places.get(column.source)
            if target is None or source is None:
                continue
            matrix = weights.get(column.node)
            rows_, cols_ = self.chosen[column.node], self.chosen[column.source]
            if matrix is not None and matrix.shape[0] > rows_.max(initial=0) and matrix.shape[1] > cols_.max(initial=0):
                matrix = matrix[np.ix_(rows_, cols_)]
            if matrix is None or matrix.shape != (len(target), len(source)):
                # What only passes values on has one line for each.
                if len(target) != len(source) or weights.get(column.node) is not None:
                    continue
                matrix = np.where(np.eye(len(target), dtype=bool), 0.25 * limit, np.nan)
            rows, cols = np.nonzero(np.isfinite(matrix))
            values = matrix[rows, cols]
            strength = np.clip(np.ceil(np.abs(values) / limit * WIDTHS).astype(int), 1, WIDTHS)
            ends.append(np.stack([source[cols] + [RADIUS, 0], target[rows] - [RADIUS, 0]], axis=1))
            steps.append(np.where(values < 0, WIDTHS - strength, WIDTHS + strength - 1))
            focus = self.focus
            mine.append(
                ((rows == focus[1]) if focus and focus[0] == column.node else np.zeros(len(rows), bool))
                | ((cols == focus[1]) if focus and focus[0] == column.source else np.zeros(len(rows), bool))
            )
        lines = np.concatenate(ends) if ends else np.zeros((0, 2, 2))
        step = np.concatenate(steps) if steps else np.zeros(0, int)
        own = np.concatenate(mine) if mine else np.zeros(0, bool)
        if (len(lines) > MANY_LINES) != self._hairs:
            self._hairs = not self._hairs
            self.setRenderHint(QPainter.RenderHint.Antialiasing, not self._hairs)
            for item, pens in zip(self._lines, self._pens, strict=True):
                item.setPen(pens[self._hairs])
        for place in range(2 * WIDTHS):
            for items, chosen in ((self._lines, (step == place) & ~own), (self._bright, (step == place) & own)):
                flat = lines[chosen].reshape(-1, 2)
                items[place].setPath(
                    pg.functions.arrayToQPath(flat[:, 0], flat[:, 1], connect="pairs") if len(flat) else QPainterPath()
                )
        for item in self._lines:
            item.setOpacity(FADED if self.focus else 1.0)

    # -- the mouse ----------------------------------------------------------------------------

    def neuron_at(self, place: QPointF) -> tuple[str, int]:
        """Return (node, place in the column) under a place, or ("", −1)."""
        for node, places in self.places.items():
            away = np.hypot(places[:, 0] - place.x(), places[:, 1] - place.y())
            if len(away) and away.min() <= RADIUS + 3:
                return node, int(away.argmin())
        return "", -1

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        under = self.neuron_at(self.mapToScene(event.position().toPoint()))
        if under != self._under:
            self._under = under
            self.hovered.emit(*under)
        super().mouseMoveEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        found = self.neuron_at(self.mapToScene(event.position().toPoint()))
        self.focus = None if not found[0] or found == self.focus else found
        self.show_weights(self._weights)
        self.picked.emit(*(self.focus or ("", -1)))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        found = self.neuron_at(self.mapToScene(event.position().toPoint()))
        if found[0]:
            self.opened.emit(*found)


class NeuronsView(QWidget):
    """The dock: a line of words about the neuron under the mouse, and the drawing."""

    hovered = Signal(str, int)
    opened = Signal(str, int)
    fronted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.net = Net()
        self.said = plain(QLabel())
        self.said.setObjectName("muted")
        self.said.setWordWrap(True)
        self.said.setContentsMargins(8, 3, 8, 0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self.said)
        layout.addWidget(self.net, 1)
        self._columns: tuple[Column, ...] = ()
        self._pictures: Mapping[str, Picture] = {}
        self._under = ("", -1)
        self._weights: Mapping[str, np.ndarray] = {}
        self._biases: Mapping[str, np.ndarray] = {}
        self._laid: tuple[object, ...] = ()
        self._limits = (1.0, 1e-3)
        self.net.hovered.connect(self._hover)
        self.net.relaid.connect(self._recolour)
        self.net.opened.connect(lambda node, place: self.opened.emit(node, int(self.net.units[node][place])))
        self._hover("", -1)

    def show_network(self, columns: Sequence[Column]) -> None:
        """Take the layers, from left to right."""
        self._columns = tuple(columns)

    def show_numbers(
        self,
        pictures: Mapping[str, Picture],
        weights: Mapping[str, np.ndarray],
        biases: Mapping[str, np.ndarray],
        limits: tuple[float, float],
    ) -> None:
        """Show values, gradients and weights; drawn when the dock can be seen."""
        self._pictures, self._weights, self._biases, self._limits = pictures, weights, biases, limits
        if in_sight(self):
            self._draw()

    def forget(self) -> None:
        """Show nothing."""
        self._pictures, self._weights, self._laid = {}, {}, ()
        self.net.lay_out((), {})
        self.net.show_values({}, self._limits)
        self.net.show_weights({})
        self._hover("", -1)

    def catch_up(self) -> None:
        """The dock has come to the front."""
        self.fronted.emit()
        self._draw()

    def _draw(self) -> None:
        columns = [c for c in self._columns if c.node in self._pictures and self._pictures[c.node].size == 1]
        laid = tuple((c, len(self._pictures[c.node].values), self._pictures[c.node].total) for c in columns)
        if laid != self._laid:
            self._laid = laid
            self.net.focus = None
            self.net.lay_out(columns, self._pictures)
            self._hover("", -1)
        self._recolour()

    def _recolour(self) -> None:
        self.net.show_values(self._pictures, self._limits)
        self.net.show_weights(self._weights)
        if self._under[0] and self._under[0] in self.net.units:
            # The mouse rests while a step is walked through: what it says moves along.
            self._hover(*self._under)

    def _hover(self, node: str, place: int) -> None:
        self._under = node, place
        if not node:
            self.hovered.emit("", -1)
            self.said.setText(
                tr(
                    "Point at a neuron for its numbers; a click shows its weights alone; a double click changes its "
                    "bias while a step is shown."
                )
                if self._laid
                else tr("Layers of single neurons stand here once the network has run.")
            )
            return
        unit = int(self.net.units[node][place])
        place = int(self.net.chosen[node][place])
        self.hovered.emit(node, unit)
        picture = self._pictures.get(node)
        title = next((c.title for c in self._columns if c.node == node), node)
        parts = [f"{title} · {unit + 1}"]
        if picture is not None and place < len(picture.values):
            parts += [
                f"{tr('value')} {number(float(picture.values[place]))}",
                f"∂E/∂a {number(float(picture.gradients[place]))}",
            ]
        bias = self._biases.get(node)
        if bias is not None and place < len(bias):
            parts.append(f"b {number(float(bias[place]))}")
        matrix = self._weights.get(node)
        if matrix is not None and place < len(matrix):
            order = np.argsort(-np.abs(matrix[place]))[:3]
            parts.append(
                tr("strongest weights {weights}", weights=", ".join(number(float(matrix[place, i])) for i in order))
            )
        self.said.setText("   ".join(parts))
