"""The data as a table and as a picture: what is in the file, and what goes into the network after scaling."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLabel, QSplitter, QTableView, QVBoxLayout, QWidget

from nnstudio.catalog.sources.tokenizing import MARKS, PAD
from nnstudio.document.numbers import number
from nnstudio.ui.kit import theme
from nnstudio.ui.kit.low_rows import keep_rows_low
from nnstudio.ui.kit.plain import tip
from nnstudio.ui.kit.plain_plot import plain_plot, restyle
from nnstudio.ui.kit.texts import tr

if TYPE_CHECKING:
    from nnstudio.engine.curves import DataPreview

MAX_COLUMNS = 200
GRID = 10
BINS = 30
MAX_GRAPH = 300
TOP = QModelIndex()


class DataModel(QAbstractTableModel):
    """The shown rows: number, part, target, then the numbers of a sample."""

    def __init__(self) -> None:
        super().__init__()
        self._preview: DataPreview | None = None
        self._x = np.zeros((0, 0))
        self._places = np.zeros(0, dtype=int)
        self._names: list[str] = []
        self._words: tuple[str, ...] = ()

    def show(
        self,
        preview: DataPreview | None,
        x: np.ndarray,
        places: np.ndarray,
        names: list[str],
        in_words: bool = False,
    ) -> None:
        """Show some places of a preview; tokens as what they are called or as the numbers that go in."""
        self._words = preview.vocabulary if preview is not None and in_words else ()
        self.beginResetModel()
        self._preview, self._x, self._places, self._names = (
            preview,
            x.reshape(len(x), math.prod(x.shape[1:])),
            places,
            names[:MAX_COLUMNS],
        )
        self.endResetModel()

    def rowCount(self, parent: Any = TOP) -> int:
        return 0 if self._preview is None else len(self._places)

    def columnCount(self, parent: Any = TOP) -> int:
        return 0 if self._preview is None else 2 + len(self._names)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role != Qt.ItemDataRole.DisplayRole or self._preview is None:
            return None
        if orientation == Qt.Orientation.Vertical:
            return str(int(self._preview.rows[self._places[section]]))
        return (tr("part"), tr("target"), *self._names)[section]

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        preview = self._preview
        if preview is None:
            return None
        place, column = int(self._places[index.row()]), index.column()
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return (
                Qt.AlignmentFlag.AlignCenter
                if column < 2
                else Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            )
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return None
        if column == 0:
            return (tr("training"), tr("validation"), tr("test"))[preview.part[place]]
        if column == 1:
            text = target_text(preview, place)
            return tip(text) if role == Qt.ItemDataRole.ToolTipRole else text
        value = float(self._x[place, column - 2])
        if value != value:
            return tr("missing")
        if preview.tokens and self._words:
            # What a text is filled up with is nothing.
            name = self._words[int(value)]
            return "" if name == MARKS[PAD] else name
        if preview.tokens:
            return str(int(value))
        return f"{value!r}" if role == Qt.ItemDataRole.ToolTipRole else number(value)


def target_text(preview: DataPreview, place: int) -> str:
    """The class, or the values, of a row."""
    if preview.classes:
        told = [preview.classes[int(k)] for k in np.atleast_1d(preview.y[place]) if k >= 0]
        return (" " if any(len(name) > 1 for name in told) else "").join(told)
    return ", ".join(number(float(v)) for v in np.atleast_1d(preview.y[place]))


PARTS = ("training", "validation", "test")


def _parts() -> tuple[tuple[str, str], ...]:
    """What can be shown of the data."""
    return (
        ("all", tr("all rows")),
        ("training", tr("training part")),
        ("validation", tr("validation part")),
        ("test", tr("test part")),
    )


class DataView(QWidget):
    """Table on the left, picture on the right: scatter, histogram, images or lines."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._preview: DataPreview | None = None
        self.model = DataModel()
        self.table = QTableView()
        self.table.setModel(self.model)
        self.table.setAccessibleName(tr("Data table"))
        keep_rows_low(self.table)
        self.table.horizontalHeader().setDefaultSectionSize(86)
        self.part = QComboBox()
        for name, text in _parts():
            self.part.addItem(text, name)
        self.scaled = QCheckBox(tr("as it goes in (scaled)"))
        self.kind, self.first, self.second = QComboBox(), QComboBox(), QComboBox()
        for box, text in (
            (self.part, tr("Part")),
            (self.kind, tr("Kind of picture")),
            (self.first, tr("First column")),
            (self.second, tr("Second column")),
        ):
            box.setAccessibleName(text)
            box.setToolTip(text)
            box.setMaximumWidth(170)
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
            box.activated.connect(self._redraw)
        self.scaled.toggled.connect(self._redraw)
        self.about = QLabel()
        self.about.setObjectName("muted")
        head = QHBoxLayout()
        head.setContentsMargins(8, 4, 8, 0)
        for widget in (self.part, self.scaled, self.kind, self.first, self.second):
            head.addWidget(widget)
        head.addWidget(self.about, 1)
        # Made when there is something to draw: it takes a while.
        self.plot: Any = None
        self._split = QSplitter(Qt.Orientation.Horizontal)
        self._split.addWidget(self.table)
        self._left = False
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(head)
        layout.addWidget(self._split, 1)
        theme.follow(self.restyle)

    def restyle(self) -> None:
        """Take the colours and the text size of the program."""
        if self.plot is not None:
            restyle(self.plot)
            self._redraw()

    def _make_plot(self) -> None:
        self.plot = plain_plot(tr("Picture of the data"))
        self._split.addWidget(self.plot)
        self._split.setSizes([500, 400])

    def show_preview(self, preview: DataPreview | None) -> None:
        """Show other data; the choices stay where they still have a meaning."""
        if preview is self._preview:
            return
        self._preview = preview
        names = self._names()
        for box, place in ((self.first, 0), (self.second, 1)):
            kept = box.currentText()
            box.clear()
            box.addItems(names[:MAX_COLUMNS])
            box.setCurrentIndex(names.index(kept) if kept in names else min(place, len(names) - 1))
        kept_kind = self.kind.currentData()
        self.kind.clear()
        for name, text in self._kinds():
            self.kind.addItem(text, name)
        self.kind.setCurrentIndex(max(0, self.kind.findData(kept_kind)))
        self._redraw()

    def leave(self) -> None:
        """Let go of what pyqtgraph keeps."""
        plot, self.plot, self._left = self.plot, None, True
        if plot is None:
            return
        menu = plot.getPlotItem().ctrlMenu
        plot.clear()
        plot.close()
        if menu is not None:
            menu.deleteLater()

    def _names(self) -> list[str]:
        preview = self._preview
        if preview is None:
            return []
        size = math.prod(preview.raw.shape[1:])
        return list(preview.columns) if len(preview.columns) == size else [f"x{i + 1}" for i in range(size)]

    def _kinds(self) -> list[tuple[str, str]]:
        preview = self._preview
        if preview is None:
            return []
        if preview.adjacency is not None and len(preview.rows) == len(preview.adjacency) <= MAX_GRAPH:
            return [("graph", tr("graph")), ("histogram", tr("histogram"))]
        if preview.axes == "CHW" or self._square():
            return [("images", tr("images")), ("histogram", tr("histogram"))]
        if preview.axes:
            return [("lines", tr("sequences")), ("histogram", tr("histogram"))]
        if math.prod(preview.raw.shape[1:]) == 1:
            return [("target", tr("value against target")), ("histogram", tr("histogram"))]
        return [("scatter", tr("scatter")), ("histogram", tr("histogram"))]

    def _square(self) -> bool:
        """Whether rows are pictures laid flat: bytes, or many columns that are a square."""
        preview = self._preview
        if preview is None or preview.raw.ndim != 2 or preview.raw.shape[1] < 36:
            return False
        return (
            math.isqrt(preview.raw.shape[1]) ** 2 == preview.raw.shape[1]
            and bool((preview.raw >= 0).all())
            and preview.adjacency is None
        )

    def _redraw(self, *_: object) -> None:
        preview = self._preview
        if self._left:
            return
        if self.plot is not None:
            self.plot.clear()
        if preview is None:
            self.model.show(None, np.zeros((0, 0)), np.zeros(0, dtype=int), [])
            self.about.setText("")
            return
        if self.plot is None:
            self._make_plot()
        wanted = self.part.currentData()
        chosen = preview.part == PARTS.index(wanted) if wanted in PARTS else np.ones(len(preview.part), dtype=bool)
        places = np.flatnonzero(chosen)
        x = preview.scaled if self.scaled.isChecked() else preview.raw
        names = self._names()
        self.model.show(preview, x, places, names, in_words=not self.scaled.isChecked())
        text = tr(
            "{rows} rows: {training} training, {validation} validation",
            rows=f"{preview.total:,}",
            training=f"{preview.training:,}",
            validation=f"{preview.total - preview.training:,}",
        )
        if len(preview.rows) < preview.total:
            text += " · " + tr("{count} shown", count=f"{len(preview.rows):,}")
        self.about.setText(text)
        kind = self.kind.currentData()
        self.first.setVisible(kind in ("scatter", "histogram") and len(names) > 1)
        self.second.setVisible(kind == "scatter")
        view = self.plot.getViewBox()
        view.setAspectLocked(kind == "images")
        view.invertY(kind == "images")
        for side in ("left", "bottom"):
            self.plot.setLabel(side, "")
            self.plot.showAxis(side, kind not in ("images", "graph"))
        if len(places):
            getattr(self, f"_draw_{kind}")(
                preview, x.reshape(len(x), math.prod(x.shape[1:])) if kind != "images" else x, places
            )
        view.autoRange()

    def _colors(self, preview: DataPreview, places: np.ndarray) -> list[QColor]:
        if preview.classes:
            return [
                QColor(theme.CLASSES[int(k) % len(theme.CLASSES)])
                for k in preview.y.reshape(len(preview.y), -1)[places, -1]
            ]
        values = preview.y.reshape(len(preview.y), -1)[places, 0]
        middle = float(np.mean(values))
        limit = float(np.abs(values - middle).max()) or 1.0
        return [theme.color_of(float(v) - middle, limit) for v in values]

    def _draw_scatter(self, preview: DataPreview, x: np.ndarray, places: np.ndarray) -> None:
        a, b = self.first.currentIndex(), self.second.currentIndex()
        kept = places[np.isfinite(x[places][:, [a, b]]).all(axis=1)]
        brushes = [pg.mkBrush(color) for color in self._colors(preview, kept)]
        outline = pg.mkPen(theme.current().border)
        # Samples held aside are squares, training samples dots.
        marks = np.where(preview.part[kept] > 0, "s", "o").tolist()
        self.plot.addItem(
            pg.ScatterPlotItem(x=x[kept, a], y=x[kept, b], size=7, brush=brushes, pen=outline, symbol=marks)
        )
        self.plot.setLabel("bottom", self.first.currentText())
        self.plot.setLabel("left", self.second.currentText())

    def _draw_graph(self, preview: DataPreview, x: np.ndarray, places: np.ndarray) -> None:
        import networkx as nx

        assert preview.adjacency is not None
        graph = nx.from_numpy_array(preview.adjacency)
        spots = nx.spring_layout(graph, seed=0)
        at = np.array([spots[node] for node in range(len(preview.adjacency))])
        ends = np.array(graph.edges())
        lines = at[ends].reshape(-1, 2)
        self.plot.addItem(
            pg.PlotCurveItem(lines[:, 0], lines[:, 1], connect="pairs", pen=pg.mkPen(theme.current().border))
        )
        brushes = [pg.mkBrush(color) for color in self._colors(preview, places)]
        marks = np.where(preview.part[places] > 0, "s", "o").tolist()
        self.plot.addItem(
            pg.ScatterPlotItem(
                x=at[places, 0],
                y=at[places, 1],
                size=10,
                brush=brushes,
                pen=pg.mkPen(theme.current().panel),
                symbol=marks,
            )
        )

    def _draw_target(self, preview: DataPreview, x: np.ndarray, places: np.ndarray) -> None:
        y = preview.y.reshape(len(preview.y), -1)[places, 0]
        self.plot.addItem(
            pg.ScatterPlotItem(
                x=x[places, 0], y=y.astype(float), size=6, brush=pg.mkBrush(theme.current().accent), pen=None
            )
        )

    def _draw_histogram(self, preview: DataPreview, x: np.ndarray, places: np.ndarray) -> None:
        values = x[places][:, max(0, self.first.currentIndex())].astype(float)
        values = values[np.isfinite(values)]
        if not len(values):
            return
        edges = np.histogram_bin_edges(values, bins=BINS)
        groups = preview.classes if 1 < len(preview.classes) <= 4 else ("",)
        below = np.zeros(len(edges) - 1)
        numbers = preview.y.reshape(len(preview.y), -1)[places, -1]
        numbers = numbers[np.isfinite(x[places][:, max(0, self.first.currentIndex())])] if len(groups) > 1 else numbers
        for k, _ in enumerate(groups):
            counts, _ = np.histogram(values[numbers == k] if len(groups) > 1 else values, bins=edges)
            color = theme.CLASSES[k] if len(groups) > 1 else theme.current().accent
            self.plot.addItem(
                pg.BarGraphItem(
                    x0=edges[:-1], x1=edges[1:], y0=below, y1=below + counts, brush=color, pen=theme.current().panel
                )
            )
            below = below + counts
        self.plot.setLabel("bottom", self.first.currentText())

    def _draw_lines(self, preview: DataPreview, x: np.ndarray, places: np.ndarray) -> None:
        steps = preview.raw.shape[1]
        for place, color in zip(places[:24], self._colors(preview, places[:24]), strict=True):
            values = x[place].reshape(steps, -1)[:, 0]
            self.plot.addItem(
                pg.PlotCurveItem(np.arange(steps), values.astype(float), pen=pg.mkPen(color, width=1.4), antialias=True)
            )

    def _draw_images(self, preview: DataPreview, x: np.ndarray, places: np.ndarray) -> None:
        self.plot.addItem(pg.ImageItem(sheet_of(x, places), axisOrder="row-major"))


def sheet_of(x: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Return pictures beside and below each other, as bytes (height, width, 3)."""
    if x.ndim == 2:
        side = math.isqrt(x.shape[1])
        x = x.reshape(len(x), 1, side, side)
    shown = places[: GRID * 4]
    _, channels, height, width = x.shape
    rows = -(-len(shown) // GRID)
    sheet = np.zeros((rows * (height + 1), GRID * (width + 1), 3))
    pictures = x[shown].astype(float)
    low, high = float(pictures.min()), float(pictures.max())
    pictures = (pictures - low) / ((high - low) or 1.0)
    for place, picture in enumerate(pictures):
        top, left = (place // GRID) * (height + 1), (place % GRID) * (width + 1)
        sheet[top : top + height, left : left + width] = (
            picture[:3].transpose(1, 2, 0) if channels >= 3 else picture[0][:, :, None]
        )
    return (sheet * 255).astype(np.uint8)
