"""What the network makes of every input, for networks that take one or two numbers: its answer, or one neuron's
output.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QMouseEvent, QPainter, QPainterPath, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QGraphicsItem,
    QGraphicsPathItem,
    QGraphicsPixmapItem,
    QGraphicsScene,
    QGraphicsSimpleTextItem,
    QGraphicsView,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from nnstudio.document import quoting
from nnstudio.document.numbers import number
from nnstudio.ui.kit import theme
from nnstudio.ui.kit.plain import plain
from nnstudio.ui.kit.sight import in_sight
from nnstudio.ui.kit.texts import tr
from nnstudio.ui.plots.border import Threshold, border, decides

if TYPE_CHECKING:
    from nnstudio.engine.snapshot import Plane, Scatter

SIDE = 240.0
DOT, FEW = 2.6, 40
ANSWER = ("", -1)
# How much of a class's colour its surest places take.
PALEST, FULLEST = 0.12, 0.62


@dataclass(frozen=True)
class Shown:
    """What a map shows, with the ends of its colour scale (0 for classes)."""

    pixels: np.ndarray
    limit: float


def class_pixels(said: np.ndarray) -> np.ndarray:
    """Return (rows, columns, 3) bytes: each place in the colour of its likeliest class, the paler the less sure."""
    t = theme.current()
    base = np.array(theme.rgb(t.panel), dtype=float)
    colors = np.array([theme.rgb(theme.CLASSES[k % len(theme.CLASSES)]) for k in range(len(said))], dtype=float)
    best = said.argmax(axis=0)
    sure = (
        np.clip((said.max(axis=0) - 1 / len(said)) / (1 - 1 / len(said)), 0, 1)
        if len(said) > 1
        else np.clip(said[0], 0, 1)
    )
    share = (PALEST + (FULLEST - PALEST) * np.nan_to_num(sure))[..., None]
    return np.asarray(base * (1 - share) + colors[best] * share).round().astype(np.uint8)


def value_pixels(values: np.ndarray) -> Shown:
    """Return a map of numbers in the diverging colours."""
    finite = values[np.isfinite(values)]
    limit = theme.nice_limit(float(np.abs(finite).max(initial=0.0)))
    places = np.clip(np.nan_to_num(values / limit) * 127.5 + 127.5, 0, 255).astype(np.uint8)
    return Shown(theme.color_table()[places], limit)


class Chart(QGraphicsView):
    """The map with the points of the data on it: plain C++ items, no painting in Python."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setScene(QGraphicsScene(self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumSize(120, 90)
        self.setMouseTracking(True)
        self.setAccessibleName(tr("Decision map"))
        self.said = lambda x, y: None
        self._plane: Plane | None = None
        self._points: Scatter | None = None
        self._image = QGraphicsPixmapItem()
        self._image.setTransformationMode(Qt.TransformationMode.SmoothTransformation)
        self._border = QGraphicsPathItem()
        self._border.setZValue(1)
        self._curves: list[QGraphicsPathItem] = []
        self._dots: list[QGraphicsPathItem] = []
        self._axes = [QGraphicsSimpleTextItem() for _ in range(4)]
        self.scene().addItem(self._image)
        self.scene().addItem(self._border)
        for text in self._axes:
            self.scene().addItem(text)
        self.scene().setSceneRect(-44, -6, SIDE + 56, SIDE + 30)
        self.restyle()

    def restyle(self) -> None:
        """Take the colours of the theme; map and points have them when they are shown next."""
        for text in self._axes:
            text.setBrush(QBrush(QColor(theme.current().muted)))
        self._points = None

    def clear(self) -> None:
        """Show nothing."""
        self._plane = self._points = None
        self._image.setPixmap(QPixmap())
        self._border.setPath(QPainterPath())
        for item in (*self._curves, *self._dots):
            self.scene().removeItem(item)
        self._curves, self._dots = [], []
        for text in self._axes:
            text.setText("")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fitInView(self.sceneRect(), Qt.AspectRatioMode.KeepAspectRatio)

    def show_map(self, plane: Plane, pixels: np.ndarray) -> None:
        """Show a map over two inputs."""
        self._place(plane, plane.low, plane.high)
        flat = np.ascontiguousarray(pixels)
        rows, columns = flat.shape[:2]
        self._image.setPixmap(
            QPixmap.fromImage(QImage(flat.data, columns, rows, 3 * columns, QImage.Format.Format_RGB888))
        )
        self._image.setScale(SIDE / columns)

    def show_border(self, path: QPainterPath) -> None:
        """Draw the border between yes and no over the map."""
        pen = QPen(QColor(theme.current().text), 2.0)
        pen.setCosmetic(True)
        self._border.setPen(pen)
        self._border.setPath(path)

    def show_lines(self, plane: Plane, values: np.ndarray, colors: list[str]) -> None:
        """Show curves over one input."""
        t, points = theme.current(), plane.points
        targets = points.targets[np.isfinite(points.targets)]
        everything = np.concatenate(
            [values[np.isfinite(values)].reshape(-1), targets if not plane.classes else np.array([0.0, 1.0])]
        )
        low, high = float(everything.min(initial=0.0)), float(everything.max(initial=1.0))
        room = 0.05 * (high - low or 1.0)
        self._place(plane, (plane.low[0], low - room), (plane.high[0], high + room))
        self._image.setPixmap(QPixmap())
        while len(self._curves) < len(values):
            self._curves.append(self.scene().addPath(QPainterPath()))
        for item, row, color in zip(self._curves, values, colors, strict=False):
            path = QPainterPath()
            for i, value in enumerate(row):
                spot = (
                    QPointF(
                        SIDE * i / (len(row) - 1), SIDE * (1 - (float(value) - low + room) / (high - low + 2 * room))
                    )
                    if np.isfinite(value)
                    else None
                )
                if spot is not None:
                    path.lineTo(spot) if path.elementCount() else path.moveTo(spot)
            item.setPath(path)
            pen = QPen(QColor(color or t.positive), 2.0)
            pen.setCosmetic(True)
            item.setPen(pen)
        for item in self._curves[len(values) :]:
            item.setPath(QPainterPath())

    def _place(self, plane: Plane, low: tuple[float, ...], high: tuple[float, ...]) -> None:
        corner = low, high
        if (
            plane.points.same(self._points)
            and self._plane is not None
            and (self._plane.low, self._plane.high) == (plane.low, plane.high)
            and (len(plane.low) == 2)
        ):
            self._plane = plane
            return
        self._plane, self._points = plane, plane.points
        for item in self._dots:
            self.scene().removeItem(item)
        self._dots = []
        points, t = plane.points, theme.current()
        x = SIDE * (points.inputs[:, 0] - low[0]) / (high[0] - low[0])
        upwards = points.inputs[:, 1] if points.inputs.shape[1] > 1 else points.targets
        y = SIDE * (1 - (upwards - low[1]) / (high[1] - low[1]))
        kinds = points.targets.astype(int) if plane.classes else np.zeros(len(points.targets), int)
        shade = (
            None
            if plane.classes or points.inputs.shape[1] == 1
            else theme.nice_limit(float(np.abs(points.targets).max(initial=0.0)))
        )
        if shade is not None:
            # Values over two inputs: the dots take the colours of the map, in a few steps.
            kinds = np.round(np.clip(points.targets / shade, -1, 1) * 4).astype(int)
        dot = DOT if len(points.held) > FEW else 2 * DOT
        for held in (False, True):
            for kind in np.unique(kinds):
                path = QPainterPath()
                for i in np.flatnonzero((kinds == kind) & (points.held == held)):
                    path.addEllipse(QPointF(float(x[i]), float(y[i])), dot, dot)
                if path.isEmpty():
                    continue
                color = (
                    QColor(theme.CLASSES[int(kind) % len(theme.CLASSES)])
                    if plane.classes
                    else theme.color_of(kind / 4, 1.0)
                    if shade is not None
                    else QColor(t.muted)
                )
                item = self.scene().addPath(
                    path,
                    QPen(color if held else QColor(t.card), 1.4 if held else 0.7),
                    QBrush(Qt.BrushStyle.NoBrush) if held else QBrush(color),
                )
                item.setZValue(2)
                # The map changes under them; they are drawn once.
                item.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)
                self._dots.append(item)
        texts = (number(corner[0][0]), number(corner[1][0]), number(corner[0][1]), number(corner[1][1]))
        for label, text in zip(self._axes, texts, strict=True):
            label.setText(text)
        widths = [label.boundingRect().width() for label in self._axes]
        self._axes[0].setPos(0, SIDE + 4)
        self._axes[1].setPos(SIDE - widths[1], SIDE + 4)
        self._axes[2].setPos(-4 - widths[2], SIDE - 16)
        self._axes[3].setPos(-4 - widths[3], -2)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        spot = self.mapToScene(event.position().toPoint())
        if QRectF(0, 0, SIDE, SIDE).contains(spot):
            self.said(spot.x() / SIDE, 1 - spot.y() / SIDE)
        super().mouseMoveEvent(event)


class DecisionMap(QWidget):
    """The dock: what is shown, the chart, and the numbers under the mouse."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.which = QComboBox()
        self.which.setAccessibleName(tr("What the map shows"))
        self.which.setMinimumContentsLength(14)
        self.which.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.which.currentIndexChanged.connect(self._draw)
        self.key = QLabel()
        self.value = plain(QLabel())
        for label in (self.key, self.value):
            label.setObjectName("muted")
        self.none = QLabel(
            tr("The map shows networks that take one or two numbers, such as the examples XOR and rings.")
        )
        self.none.setWordWrap(True)
        self.none.setObjectName("muted")
        self.none.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.none.setContentsMargins(12, 8, 12, 8)
        self.chart = Chart()
        self.chart.said = self._under
        row = QHBoxLayout()
        row.setContentsMargins(8, 4, 8, 2)
        row.setSpacing(10)
        self.threshold = Threshold()
        self.threshold.changed.connect(self._draw)
        for widget in (self.which, self.key, self.threshold):
            row.addWidget(widget)
        row.addStretch(1)
        row.addWidget(self.value)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(row)
        layout.addWidget(self.none)
        layout.addWidget(self.chart, 1)
        self._plane: Plane | None = None
        self._hovered: tuple[str, int] | None = None
        self._titles: dict[str, str] = {}
        self._classes: tuple[str, ...] = ()
        self.show_plane(None)
        theme.follow(self.restyle)

    def restyle(self) -> None:
        """Take the colours of the theme."""
        self.chart.restyle()
        self._draw()

    def describe(self, titles: dict[str, str], classes: tuple[str, ...], threshold: float | None = None) -> None:
        """Take the names of nodes and classes, and from where on a single output means yes."""
        self._titles, self._classes = dict(titles), classes
        if threshold is not None:
            self.threshold.begin(threshold)

    def show_plane(self, plane: Plane | None) -> None:
        """Show a plane, or say what would have one."""
        before, self._plane = self._plane, plane
        for widget in (self.chart, self.which, self.key):
            widget.setVisible(plane is not None)
        self.none.setVisible(plane is None)
        if plane is None:
            self.threshold.hide()
            self.chart.clear()
            self.value.setText("")
            return
        if before is None or {n: len(m) for n, m in before.maps.items()} != {n: len(m) for n, m in plane.maps.items()}:
            self._fill(plane)
        if in_sight(self):
            self._draw()

    def _fill(self, plane: Plane) -> None:
        blocked = self.which.blockSignals(True)
        before = self.which.currentData()
        self.which.clear()
        self.which.addItem(tr("the network's answer"), ANSWER)
        for node, units in plane.shown.items():
            for unit in units:
                self.which.addItem(f"{self._titles.get(node, node)} · {unit + 1}", (node, int(unit)))
        place = next((i for i in range(self.which.count()) if self.which.itemData(i) == before), 0)
        self.which.setCurrentIndex(place)
        self.which.blockSignals(blocked)

    def hover(self, node: str, unit: int) -> None:
        """Show one neuron as long as the mouse is on it; "" ends it."""
        self._hovered = (node, unit) if node else None
        if self._plane is not None and in_sight(self):
            self._draw()

    def catch_up(self) -> None:
        """The dock has come to the front."""
        if self._plane is not None:
            self._draw()

    @property
    def shown(self) -> tuple[str, int]:
        """The neuron that is shown, or ("", −1) for the answer."""
        return self._hovered or self.which.currentData() or ANSWER

    def _unit(self, plane: Plane) -> np.ndarray | None:
        node, unit = self.shown
        if node not in plane.maps:
            return None
        place = np.flatnonzero(plane.shown[node] == unit)
        return np.asarray(plane.maps[node][place[0]]) if len(place) else None

    def _draw(self) -> None:
        plane = self._plane
        if plane is None:
            return
        values = self._unit(plane)
        node, unit = self.shown
        name = tr("the network's answer") if values is None else f"{self._titles.get(node, node)} · {unit + 1}"
        if len(plane.low) == 1:
            colors = (
                [theme.CLASSES[k % len(theme.CLASSES)] for k in range(len(plane.said))]
                if plane.classes
                else [theme.current().positive]
            )
            self.chart.show_lines(
                plane,
                plane.said if values is None else values[None],
                colors if values is None else [theme.current().positive],
            )
            self.key.setText(name)
        elif values is None and plane.classes:
            self.chart.show_map(plane, class_pixels(plane.said))
            marks = "  ".join(
                f"<span style='color:{theme.CLASSES[k % len(theme.CLASSES)]}'>■</span> {quoting.markup(c)}"
                for k, c in enumerate(self._classes[:6])
            )
            self.key.setText(marks)
        else:
            found = value_pixels(plane.said[0] if values is None else values)
            self.chart.show_map(plane, found.pixels)
            self.key.setText(f"{name}   ± {found.limit:g}")
        yes = values is None and decides(plane)
        self.threshold.setVisible(yes)
        self.chart.show_border(border(plane.said[0], self.threshold.level, SIDE) if yes else QPainterPath())

    def _under(self, across: float, up: float) -> None:
        plane = self._plane
        if plane is None:
            return
        x = plane.low[0] + across * (plane.high[0] - plane.low[0])
        values = self._unit(plane)
        everything = plane.said if values is None else values[None]
        column = min(int(across * everything.shape[-1]), everything.shape[-1] - 1)
        if len(plane.low) == 1:
            here, spot = everything[:, column], f"x = {number(x)}"
        else:
            row = min(int((1 - up) * everything.shape[1]), everything.shape[1] - 1)
            here, spot = (
                everything[:, row, column],
                f"({number(x)}, {number(plane.low[1] + up * (plane.high[1] - plane.low[1]))})",
            )
        if values is None and plane.classes and self._classes:
            best = int(here.argmax())
            said = f"{self._classes[best] if best < len(self._classes) else best}  {float(here[best]):.3f}"
        else:
            said = ", ".join(number(float(v)) for v in here[:3])
        self.value.setText(f"{spot} → {said}")
