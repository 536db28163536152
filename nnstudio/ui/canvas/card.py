"""A node as a card, made of plain C++ items so that moving and recolouring costs no Python."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainterPath, QPen, QPixmap
from PySide6.QtWidgets import QGraphicsPathItem, QGraphicsPixmapItem, QGraphicsRectItem

from nnstudio.document.values import Node
from nnstudio.ui.canvas.column import Units
from nnstudio.ui.canvas.face import Badge, Face, Tag
from nnstudio.ui.canvas.heading import HEAD, PAD, Heading
from nnstudio.ui.canvas.placed import PlacedCard
from nnstudio.ui.canvas.strip import PLOT, SCALE, Layout
from nnstudio.ui.kit import theme
from nnstudio.ui.kit.plain import tip
from nnstudio.ui.kit.texts import words

WIDTH = 172.0
# A card that is unfolded is as wide as its neurons, but no narrower; its middle stays where a card of this height has
# it.
NARROW, USUAL = 108.0, 90.0
CLEAR = 0.45


def _rounded(width: float, height: float) -> QPainterPath:
    path = QPainterPath()
    path.addRoundedRect(QRectF(0, 0, width, height), 7, 7)
    return path


def _ground(clear: bool) -> QBrush:
    """The ground of a card; weights are seen through a layer that is unfolded, up to its neurons."""
    color = QColor(theme.current().card)
    color.setAlphaF(CLEAR if clear else 1.0)
    return QBrush(color)


class Card(PlacedCard):
    """One node. The scene asks it for port places and hands it what to show."""

    def __init__(self, node: Node) -> None:
        super().__init__(node)
        self._frame = QGraphicsPathItem(self)
        self._bar = QGraphicsRectItem(self)
        self._bar.setPen(Qt.PenStyle.NoPen)
        self.heading = Heading(self)
        self._badge = Badge(self)
        self._strip = QGraphicsPixmapItem(self)
        self._strip.setScale(1 / SCALE)
        self._strip.setPos(PAD, HEAD + 2)
        self._cell = QGraphicsRectItem(self)
        self._cell.setBrush(Qt.BrushStyle.NoBrush)
        self._tag, self.face = Tag(self), Face(self)
        self.face.setPos(PAD, HEAD)
        for item in (self._cell, self.face):
            item.setVisible(False)
        self._cells = 0
        self._grid: Layout | None = None
        self._problem = self._lit = self._selected = False
        self._pictured = True
        self._tag.text.setFont(self.heading.font)
        self.update_node(node)
        self.restyle()

    # -- what it shows ------------------------------------------------------------------------

    def update_node(self, node: Node) -> None:
        """Show another value of the same node."""
        self.node = node
        self.stand(QPointF(*node.position))
        self.setToolTip(words(self.kind.help) if self.kind else "")
        self._layout()

    def set_shape(self, text: str) -> None:
        """Show the output shape; "" while it is not known."""
        if text != self.heading.shape_text:
            self.heading.shape_text = text
            self._layout()

    def set_problem(self, text: str) -> None:
        """Show or take away the badge; the text is its tooltip."""
        if text != self._badge.toolTip():
            self._problem = bool(text)
            self._badge.setToolTip(tip(text))
            self._badge.setVisible(self._problem)
            self._edge()

    def lock(self, locked: bool) -> None:
        """Show that the card stays as it is, or not."""
        if locked != self.heading.locked:
            self.heading.locked = locked
            self._layout()

    def set_note(self, text: str) -> None:
        """Show a short line at the bottom, such as how many of how many neurons are drawn."""
        if text != self.heading.note_text:
            self.heading.note_text = text
            self._layout()

    def set_strip(self, pixmap: QPixmap | None, cells: int, grid: Layout | None = None) -> None:
        """Show the picture of the node's numbers, its cells lying in a grid, or none."""
        self._strip.setPixmap(pixmap or QPixmap())
        if cells != self._cells or grid != self._grid:
            self._cells, self._grid = cells, grid
            if grid is not None:
                self._strip.setScale(grid.scale)
            self._layout()

    def unfold(self, units: Units | None, table: np.ndarray) -> None:
        """Show every neuron, in a table of 256 colours; None folds the card."""
        opened = self.unfolded
        if self.column.show_units(units, table) or opened != self.unfolded:
            self._layout()

    def cell_at(self, place: QPointF) -> int | None:
        """The cell of the picture at a place of the canvas, or the neuron."""
        if self.unfolded:
            return self.column.place_at(place - self.pos())
        grid, spot = self._grid, place - self.pos() - QPointF(PAD, HEAD + 2)
        if grid is None or not self._cells or spot.x() < 0 or spot.y() < 0:
            return None
        column, row = int(spot.x() // grid.width), int(spot.y() // grid.height)
        cell = row * grid.columns + column
        return cell if column < grid.columns and cell < self._cells else None

    def fade(self, faded: bool) -> None:
        """Dim what is no longer true after an edit."""
        for shown in (self._strip, self.column):
            shown.setOpacity(0.35 if faded else 1.0)

    @property
    def strength(self) -> float:
        """How strongly its numbers are drawn: 1 while they are true, 0 without any."""
        if self.unfolded:
            return self.column.opacity()
        return 0.0 if self._strip.pixmap().isNull() else self._strip.opacity()

    def light(self, lit: bool, dimmed: bool = False) -> None:
        """Mark the card as the present step, or dim it beside one."""
        self.setOpacity(0.4 if dimmed else 1.0)
        if lit != self._lit:
            self._lit = lit
            self.restyle()

    def mark_cell(self, cell: int | None) -> None:
        """Mark one cell of the strip, or one neuron, as the present step, or none."""
        self.column.mark(cell)
        self._cell.setVisible(cell is not None and cell < self._cells and not self.unfolded)
        grid = self._grid
        if cell is not None and grid is not None:
            self._cell.setRect(
                PAD + cell % grid.columns * grid.width,
                HEAD + 2 + cell // grid.columns * grid.height,
                grid.width,
                grid.height,
            )

    def set_tag(self, text: str) -> None:
        """Write a few words above the card, such as the weights in use."""
        self._tag.say(text)

    def set_face(self, digits: str, curve: Sequence[float], at: float | None) -> None:
        """Show a number in large digits over its curve; "" takes both away."""
        if bool(digits) != self.face.isVisible():
            self.face.setVisible(bool(digits))
            self._layout()
        self.face.show_number(digits, curve, at)

    def select(self, selected: bool) -> None:
        """Mark the card as selected."""
        if selected != self._selected:
            self._selected = selected
            self._edge()

    @property
    def _plotted(self) -> bool:
        """Whether a picture stands beside the neurons: data in a plane."""
        return bool(self._cells) and self._grid is PLOT

    @property
    def width(self) -> float:
        """The card's width with everything on it."""
        if not self.unfolded:
            return WIDTH
        return WIDTH if self._plotted else max(NARROW, self.column.across + 2 * PAD)

    @property
    def height(self) -> float:
        """The card's height with everything on it."""
        strip = self._grid.room + 8 if self._grid is not None and self._cells else 0
        if self.unfolded:
            strip = self.column.frame.room[1] + PAD + self.column.below
            if self._plotted and len(self.column.frame.middles) < 2:
                strip += PLOT.height
        height = HEAD + strip + (self.face.room if self.face.isVisible() else 0)
        return max(height + self.heading.note_room, self._ports.least)

    def _unfold_here(self, wide: float, height: float) -> None:
        """Put the neurons into their place: in the middle, or around a plot of the samples."""
        across, down = self.column.frame.room
        left = wide - PAD - across if self._plotted else (wide - across) / 2
        room = height - HEAD - self.heading.note_room
        spare = 0.0 if self._plotted else max(0.0, (room - 6 - down - self.column.below) / 2)
        self.column.setPos(left, HEAD + 3 + spare)
        self._strip.setVisible(self._pictured and (self._plotted or not self.unfolded))
        self._strip.setPos(PAD, HEAD + (self.column.frame.height + PAD if self.unfolded else 2))

    def _layout(self) -> None:
        wide, height = self.width, self.height
        self.setRect(0, 0, wide, height)
        self._frame.setPath(_rounded(wide, height))
        self._unfold_here(wide, height)
        self.gradients.stand_below(wide, height)
        self._frame.setBrush(_ground(clear=self.unfolded and not self._plotted))
        self._bar.setRect(0, 4, 4, height - 8)
        self.heading.lay_out(self.node, wide, height, self.unfolded)
        self._badge.setPos(wide - 4, 2)
        self._ports.lay_out(wide, height)
        self._tag.centre(wide)

    def restyle(self) -> None:
        """Take the colours of the theme."""
        t = theme.current()
        self._edge()
        self._frame.setBrush(_ground(clear=self.unfolded and not self._plotted))
        self._cell.setPen(QPen(QColor(t.now), 2.2))
        self._tag.restyle()
        self.face.update()
        group = self.kind.group if self.kind else "unknown"
        self._bar.setBrush(QBrush(QColor(theme.FAMILY.get(group, theme.FAMILY["unknown"]))))
        self.heading.restyle()
        self._badge.restyle()
        self._badge.setVisible(self._problem)
        self._ports.restyle()
        self.column.update()

    def _edge(self) -> None:
        t = theme.current()
        marks = ((self._lit, t.now, 3.0), (self._selected, t.accent, 2.2), (self._problem, t.bad, 1.6))
        edge, width = next(((color, wide) for holds, color, wide in marks if holds), (t.border, 1.0))
        self._frame.setPen(QPen(QColor(edge), width))

    def simplify(self, simple: bool, picture: bool, zoom: float = 1.0) -> None:
        """Leave out text when the canvas is zoomed far out, and the picture where it is not wanted; else write it so
        large that it is read at the zoom.
        """
        self._pictured = picture or not simple
        # From far away a name is read only when it is written large.
        self.heading.show(name=picture or not simple, rest=not simple)
        self.heading.large, self.heading.zoom = simple and picture, zoom
        self._layout()
        self._ports.set_visible(not simple)
