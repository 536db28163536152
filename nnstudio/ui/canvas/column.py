"""The neurons of a layer that is unfolded: a tile or a circle each, ringed by its gradient, with its numbers where
there is room for them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QImage, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from nnstudio.document.numbers import few, number
from nnstudio.ui.canvas.aspect_face import foot_of, paint_foot, paint_over
from nnstudio.ui.canvas.graph_face import HIGH, WIDE, GraphView, paint_graph
from nnstudio.ui.canvas.heading import larger
from nnstudio.ui.canvas.samples_face import Samples, paint_samples, room_of
from nnstudio.ui.canvas.strip import indices
from nnstudio.ui.kit import theme

if TYPE_CHECKING:
    from nnstudio.document.values import Document
    from nnstudio.engine.snapshot import Picture

# So many neurons stand in a column; more in two, the second half a neuron lower, so that what leads to it passes
# between those of the first.
ONE_COLUMN, MOST = 8, 16
# Where many layers stand side by side, so many of a wide one, in columns half as long.
FEWER, SHORT = 8, 4
# Of so few, such as ten classes, none is left out.
ALL = 10
SIZE, GAP = 46.0, 9.0
# Few of them are larger: (at most so many, the size of each); and one picture alone, whose sides these are at most.
LARGER = ((2, 100.0), (4, 74.0), (6, 60.0), (8, 54.0))
ALONE, WIDEST = (150.0, 140.0), 120.0
# In a high canvas all are so much larger at most; the rest of the height goes between them.
LARGEST = 1.4
# Circles do not need as much.
ROUND = 0.72
# The ring at the largest gradient, and the share of the scale below which there is none.
RING, LEAST = 3.0, 0.02
CORNER = 6.0
# The bar of a share, below its neuron.
BAR = 4.0
# Words stand on a neuron that is so large on the screen, numbers on a tile that is larger still; letters are so high.
WORDS, NUMBERS, LETTERS = 35.0, 66.0, 11.0
SMALL = 1.12


@dataclass(frozen=True)
class Frame:
    """Where neurons stand: the size of each, and their middles within the column, (n, 2)."""

    width: float
    height: float
    middles: tuple[tuple[float, float], ...]
    columns: int

    @property
    def room(self) -> tuple[float, float]:
        """Width and height of the whole."""
        across = max((x for x, _ in self.middles), default=0.0) + self.width / 2
        return across, max((y for _, y in self.middles), default=0.0) + self.height / 2


def frame_of(
    count: int,
    shape: tuple[int, int] | None,
    below: float,
    longest: int = ONE_COLUMN,
    stretch: float = 1.0,
    around: float = 0.0,
) -> Frame:
    """Return where so many neurons stand: tiles of a shape (rows, columns) or circles, with room below for words.

    Where there is room they are ``stretch`` times as high together, a little larger and farther apart. One or two may
    stand above and below something that is ``around`` high.
    """
    stands = count if longest == ONE_COLUMN else -(-count // 2)
    size = next((size for most, size in LARGER if stands <= most), SIZE)
    width = height = max(SIZE, size * ROUND)
    if shape is not None:
        aspect = shape[1] / max(1, shape[0])
        height = size
        if count == 1:
            height = min(ALONE[1], ALONE[0] / aspect)
            width = height * aspect
        else:
            width = min(max(height * aspect, height * 0.6), WIDEST)
            height = min(height, width / aspect) if aspect > 1 else height
    if around:
        apart = height + around
        return Frame(width, height, tuple((width / 2, height / 2 + apart * place) for place in range(count)), 1)
    columns = 1 if count <= longest else 2
    larger = min(stretch, LARGEST)
    width, height = width * larger, height * larger
    pitch = max((height + GAP + below) * stretch / larger, height + GAP + below)
    middles = tuple(
        (
            width / 2 + (place % columns) * (width + GAP),
            height / 2 + (place // columns) * pitch + (place % columns) * pitch / 2,
        )
        for place in range(count)
    )
    return Frame(width, height, middles, columns)


class Inside(Protocol):
    """The network inside a group, drawn on its card."""

    @property
    def size(self) -> tuple[float, float]: ...
    def show(self, document: Document) -> None: ...
    def take(
        self, pictures: Mapping[str, Picture], matrices: Mapping[str, np.ndarray], limits: Sequence[float]
    ) -> None: ...
    def paint(self, painter: QPainter, box: QRectF) -> None: ...
    def restyle(self) -> None: ...


@dataclass(frozen=True)
class Units:
    """What is shown of a layer: its picture, the places in it that were chosen, and the ends of the scales.

    ``names`` are what its neurons are called, ``shares`` what each has of the whole: the probability of its class.
    At most ``longest`` stand in one column, ``stretch`` times as high as they need, or above and below something
    that is ``around`` high. A ``graph`` is drawn in their place. ``deltas`` asks for ∂E/∂z on each.
    ``samples`` of the data stand below. Of a group what is ``inside`` is drawn.
    """

    picture: Picture
    places: np.ndarray
    limit: float
    slope: float
    names: tuple[str, ...] = ()
    shares: tuple[float, ...] = ()
    longest: int = ONE_COLUMN
    stretch: float = 1.0
    around: float = 0.0
    graph: GraphView | None = None
    deltas: bool = False
    samples: Samples | None = None
    inside: Inside | None = None

    def delta(self, place: int) -> float:
        """∂E/∂z of a neuron that is shown, where it is asked for; 0 where there is none."""
        deltas, found = self.picture.deltas, int(self.places[place])
        return float(deltas[found]) if self.deltas and found < len(deltas) else 0.0


class Column(QGraphicsItem):
    """Drawn anew when its numbers change; while the canvas moves Qt moves its picture."""

    def __init__(self, parent: QGraphicsItem) -> None:
        super().__init__(parent)
        self.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)
        self.frame = Frame(SIZE, SIZE, (), 1)
        self.units: Units | None = None
        self.marked: int | None = None
        self._foot = (0.0, 0.0)
        self._table = theme.color_table()
        self._tiles: object = None
        self._images: list[QImage] = []
        self._fills: list[QColor] = []
        self._font = QFont(theme.canvas_font())
        self._font.setPointSizeF(self._font.pointSizeF() * SMALL)
        self._line = QFontMetricsF(self._font).height()
        self.setVisible(False)

    # -- what it shows ------------------------------------------------------------------------

    def show_units(self, units: Units | None, table: np.ndarray) -> bool:
        """Show the neurons of a layer, in a table of 256 colours; returns whether they take another room."""
        before, self.units = (self.frame, self._foot), units
        self.setVisible(units is not None)
        self._table, self._foot = table, (0.0, 0.0)
        if units is None:
            self._images, self._tiles = [], None
            return False
        tiles = units.picture.tiles
        if units.graph is not None or units.inside is not None:
            self._images, self._tiles = [], None
            self._fills = []
            wide, high = units.inside.size if units.inside is not None else (WIDE, HIGH)
            return self._take_room(before, Frame(wide, high, ((wide / 2, high / 2),), 1))
        shape = (tiles.shape[1], tiles.shape[2]) if tiles.size else None
        letters = QFontMetricsF(self._font)
        self._foot = (
            foot_of(units.picture.aspect, letters) if units.samples is None else room_of(units.samples, letters)
        )
        frame = frame_of(len(units.places), shape, self._words_below(units), units.longest, units.stretch, units.around)
        key = (id(tiles), units.limit, tuple(units.places.tolist()), id(table))
        if shape is not None and key != self._tiles:
            # The tiles are held by the picture, so that no others can take their identity.
            self._tiles = key
            self._images = [_image(table[indices(tiles[place], units.limit)]) for place in units.places.tolist()]
        if shape is None:
            self._images, self._tiles = [], None
            chosen = units.picture.values[units.places]
            self._fills = [QColor(*rgb) for rgb in table[indices(chosen, units.limit)].tolist()]
        return self._take_room(before, frame)

    def _take_room(self, before: tuple[Frame, tuple[float, float]], frame: Frame) -> bool:
        """Stand in a frame; returns whether that is another room than before."""
        other = (frame, self._foot) != before
        if other:
            self.prepareGeometryChange()
            self.frame = frame
        self.update()
        return other

    def mark(self, place: int | None) -> None:
        """Mark one neuron as the present step, or none."""
        if place != self.marked:
            self.marked = place
            self.update()

    def middle(self, place: int) -> QPointF:
        """The middle of a neuron, in the card's pixels."""
        x, y = self.frame.middles[place]
        return self.pos() + QPointF(x, y)

    def place_at(self, spot: QPointF) -> int | None:
        """The neuron at a place of the card."""
        near = spot - self.pos()
        across, down = self.frame.width / 2 + 2, self.frame.height / 2 + 2
        for place, (x, y) in enumerate(self.frame.middles):
            if abs(near.x() - x) <= across and abs(near.y() - y) <= down:
                return place
        return None

    @property
    def below(self) -> float:
        """The room below the last neuron, where its words stand, and what else there is to see of the layer."""
        return self._words_below(self.units) + self._foot[1] if self.units is not None else 0.0

    @property
    def across(self) -> float:
        """The width of the whole, with what stands below the neurons."""
        return max(self.frame.room[0], self._foot[0])

    def _words_below(self, units: Units) -> float:
        room = self._line if units.names and units.picture.tiles.size else 0.0
        return room + (BAR + 4 if units.shares else 0.0)

    # -- drawn --------------------------------------------------------------------------------

    def boundingRect(self) -> QRectF:
        across, down = self.frame.room
        edge = max(0.0, self._foot[0] - across) / 2 + RING + 2
        return QRectF(-edge, -RING - 2, across + 2 * edge, down + 2 * RING + 4 + self._line + self._foot[1])

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        units = self.units
        if units is None:
            return
        t = theme.current()
        zoom = QStyleOptionGraphicsItem.levelOfDetailFromTransform(painter.worldTransform())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if units.inside is not None:
            units.inside.paint(painter, QRectF(0, 0, self.frame.width, self.frame.height))
            return
        if units.graph is not None:
            paint_graph(painter, units.graph, QRectF(0, 0, WIDE, HIGH))
            return
        # A plane is smooth; of a picture every number is a cell.
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, units.picture.size == 1)
        slopes = units.picture.gradients[units.places].tolist()
        values = units.picture.values[units.places].tolist()
        wide, high = self.frame.width, self.frame.height
        for place, (x, y) in enumerate(self.frame.middles):
            box = QRectF(x - wide / 2, y - high / 2, wide, high)
            share = min(1.0, abs(slopes[place]) / units.slope) if units.slope > 0 else 0.0
            ring = QPen(QColor(t.border), 1.0)
            if share > LEAST:
                ring = QPen(QColor(t.negative if slopes[place] < 0 else t.positive), 0.8 + (RING - 0.8) * share)
            if place == self.marked:
                ring = QPen(QColor(t.now), RING + 0.5)
            painter.setPen(ring)
            name = units.names[place] if place < len(units.names) else ""
            if self._images:
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawImage(box.adjusted(1.5, 1.5, -1.5, -1.5), self._images[place])
                painter.drawRoundedRect(box, CORNER, CORNER)
                self._write_below(painter, name, box, values[place], zoom)
                self._draw_share(painter, units, place, box.translated(0, self._line if name else 0.0))
                if high * zoom >= NUMBERS and units.picture.size == 1:
                    slope = units.delta(place) or slopes[place]
                    self._write_on(painter, box, values[place], slope, zoom, named=bool(name))
            else:
                painter.setBrush(QBrush(self._fills[place]))
                painter.drawEllipse(box)
                self._draw_share(painter, units, place, box)
                if wide * zoom >= WORDS:
                    numbers = values[place], units.delta(place)
                    self._write_in(painter, name, box, numbers, self._fills[place], zoom)
            paint_over(painter, units.picture.aspect, int(units.places[place]), box, self._table)
        painter.setFont(self._legible(zoom))
        if units.samples is not None:
            paint_samples(painter, units.samples, self.foot_box)
        else:
            paint_foot(painter, units.picture.aspect, self.foot_box, self._table)

    @property
    def foot_box(self) -> QRectF:
        """Where that stands which there is to see beyond the neurons."""
        (across, down), (wide, high) = self.frame.room, self._foot
        words = self._words_below(self.units) if self.units is not None else 0.0
        return QRectF((across - wide) / 2, down + words, wide, high)

    def _legible(self, zoom: float) -> QFont:
        """The font, larger from farther away."""
        font = QFont(self._font)
        font.setPointSizeF(font.pointSizeF() * larger(font, zoom))
        return font

    def _sized(self, pixels: float, zoom: float) -> QFont:
        """The font in a size on the screen."""
        font = QFont(self._font)
        font.setPixelSize(max(1, round(pixels / zoom)))
        return font

    def _write_in(
        self, painter: QPainter, name: str, box: QRectF, numbers: tuple[float, float], fill: QColor, zoom: float
    ) -> None:
        """Name, value and δ in a circle, as many of them as there is room for."""
        painter.setPen(QColor("#ffffff" if fill.lightnessF() < 0.5 else "#1d2127"))
        value, delta = numbers
        # Of the size that is read at any zoom, until the circle is large.
        size = 0.2 if delta else 0.24
        font = self._sized(max(LETTERS, size * box.height() * zoom), zoom)
        painter.setFont(font)
        letters = QFontMetricsF(font)
        digits = number(value)
        if letters.horizontalAdvance(digits) > 0.9 * box.width():
            # The card of the neuron, and a click, have all of them.
            digits = few(value)
        lines = [digits]
        room = int(0.86 * box.height() / letters.height())
        said = f"δ {few(delta)}"
        # A circle is narrower where its lowest line stands.
        if delta and room > 1 and letters.horizontalAdvance(said) <= 0.86 * box.width():
            lines.append(said)
        if name and room > len(lines):
            lines.insert(0, letters.elidedText(name, Qt.TextElideMode.ElideRight, 0.86 * box.width()))
        for place, text in enumerate(lines):
            top = box.center().y() + letters.height() * (place - len(lines) / 2)
            across = QRectF(box.left() - 10, top, box.width() + 20, letters.height())
            painter.drawText(across, Qt.AlignmentFlag.AlignCenter, text)

    def _draw_share(self, painter: QPainter, units: Units, place: int, box: QRectF) -> None:
        """The share of the whole as a bar."""
        if place >= len(units.shares):
            return
        t = theme.current()
        room = QRectF(box.left(), box.bottom() + 3, box.width(), BAR)
        painter.fillRect(room, QColor(t.border))
        room.setWidth(room.width() * min(max(units.shares[place], 0.0), 1.0))
        painter.fillRect(room, QColor(t.accent))

    def _write_below(self, painter: QPainter, name: str, box: QRectF, value: float, zoom: float) -> None:
        """Name and value below a tile."""
        if not name:
            return
        font = self._legible(zoom)
        painter.setFont(font)
        painter.setPen(QColor(theme.current().text))
        below = QRectF(box.left() - RING, box.bottom() + 1, box.width() + 2 * RING, self._line)
        text = QFontMetricsF(font).elidedText(f"{name} {number(value)}", Qt.TextElideMode.ElideRight, below.width())
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, text)

    def _write_on(
        self, painter: QPainter, box: QRectF, value: float, slope: float, zoom: float, *, named: bool
    ) -> None:
        """The numbers themselves on a tile that is near enough."""
        t = theme.current()
        lines = [] if named else [f"a {number(value)}"]
        lines += [f"∂ {number(slope)}"] if slope else []
        if not lines:
            return
        font = self._sized(LETTERS, zoom)
        painter.setFont(font)
        metrics = QFontMetricsF(font)
        wide, line = max(metrics.horizontalAdvance(text) for text in lines) + 6 / zoom, metrics.height()
        shade = QColor(t.card)
        shade.setAlphaF(0.8)
        room = QRectF(
            box.left() + 2, box.bottom() - 2 - line * len(lines), min(wide, box.width() - 4), line * len(lines)
        )
        painter.fillRect(room, shade)
        painter.setPen(QColor(t.text))
        painter.drawText(room, Qt.AlignmentFlag.AlignCenter, "\n".join(lines))


def _image(pixels: np.ndarray) -> QImage:
    flat = np.ascontiguousarray(pixels)
    high, wide = flat.shape[:2]
    return QImage(flat.data, wide, high, wide * 3, QImage.Format.Format_RGB888).copy()


def chosen_of(picture: Picture, way: str, pinned: Sequence[int], most: int = MOST) -> np.ndarray:
    """Return the places of a picture that are shown of a wide layer: all of a narrow one, else the pinned units and
    those that ``way`` names: "first", "gradient" (the largest) or "even".
    """
    from nnstudio.engine.snapshot import sampled

    count = len(picture.values)
    if count <= max(most, ALL):
        return np.arange(count)
    kept = [place for place, unit in enumerate(picture.shown.tolist()) if unit in set(pinned)][:most]
    rest = [place for place in range(count) if place not in kept]
    if way == "gradient":
        rest.sort(key=lambda place: -abs(float(picture.gradients[place])))
    elif way == "even":
        rest = [rest[place] for place in sampled(len(rest), most - len(kept)).tolist()]
    return np.sort(np.array(kept + rest[: most - len(kept)], dtype=int))
