"""The contour of a surface, with the ways of those that race on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from nnstudio.document.numbers import number
from nnstudio.ui.kit import theme
from nnstudio.ui.kit.contours import contour_image
from nnstudio.ui.kit.texts import tr

MARGIN, DOT, START = 20, 5.5, 4.0


@dataclass(frozen=True)
class Line:
    """One way: its places and the colour that means it."""

    places: Any
    color: str


class RaceMap(QWidget):
    """Draws contour and ways up to ``at`` updates. A click chooses another start; the pointer tells the height."""

    start_chosen = Signal(float, float)
    said = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._ground: Any = None
        self._middle, self._half = (0.0, 0.0), (1.0, 1.0)
        self._image: QImage | None = None
        self.lines: Sequence[Line] = ()
        self.at = 0
        # The ways as spots of the picture, made anew for other ways or another size.
        self._ways: list[list[QPointF]] = []
        self._made_for: object = None
        self.setMouseTracking(True)
        self.setMinimumSize(260, 260)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName(tr("Surface, with the ways of the optimizers"))
        theme.follow(self.restyle)

    def sizeHint(self) -> QSize:
        return QSize(520, 520)

    def restyle(self) -> None:
        """Take the colours of the theme."""
        self._image = None if self._ground is None else contour_image(self._ground.loss, by_area=True)
        self.update()

    def show_ground(self, ground: Any, middle: tuple[float, float], half: tuple[float, float]) -> None:
        """Show a contour that reaches ``half`` to each side of a middle; None takes it away."""
        self._ground, self._middle, self._half = ground, middle, half
        self.restyle()

    def show_lines(self, lines: Sequence[Line], at: int) -> None:
        """Show the ways as far as they are after some updates."""
        self.lines, self.at = lines, at
        self.update()

    def frame(self) -> QRectF:
        """Where the contour is."""
        side = max(10, min(self.width() - 2 * MARGIN, self.height() - MARGIN - 4))
        return QRectF((self.width() - side) / 2, 2, side, side)

    def spot(self, place: Sequence[float]) -> QPointF:
        """Where two weights are in the picture."""
        frame = self.frame()
        across = (float(place[0]) - self._middle[0]) / self._half[0]
        up = (float(place[1]) - self._middle[1]) / self._half[1]
        # What is no number, or far outside, stays near: painters fail at huge coordinates.
        across, up = (max(-50.0, min(50.0, v)) if v == v else 50.0 for v in (across, up))
        return QPointF(frame.center().x() + across * frame.width() / 2, frame.center().y() - up * frame.height() / 2)

    def _spots(self) -> list[list[QPointF]]:
        wanted = ([id(line.places) for line in self.lines], self.frame(), self._middle, self._half)
        if wanted != self._made_for:
            self._made_for = wanted
            self._ways = [[self.spot(place) for place in line.places] for line in self.lines]
        return self._ways

    def place(self, spot: QPointF) -> tuple[float, float] | None:
        """Which two weights a spot in the picture means; None outside."""
        frame = self.frame()
        if self._ground is None or not frame.contains(spot):
            return None
        return (
            self._middle[0] + (spot.x() - frame.center().x()) / frame.width() * 2 * self._half[0],
            self._middle[1] - (spot.y() - frame.center().y()) / frame.height() * 2 * self._half[1],
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._image is None:
            return
        t = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = self.frame()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(frame, self._image)
        painter.setClipRect(frame)
        for line, spots in zip(self.lines, self._spots(), strict=True):
            way = QPolygonF(spots[: self.at + 1])
            # Light below the colour, so that a way is seen on every band.
            painter.setBrush(Qt.BrushStyle.NoBrush)
            for color, wide in ((t.panel, 4.0), (line.color, 2.2)):
                painter.setPen(QPen(QColor(color), wide, j=Qt.PenJoinStyle.RoundJoin))
                painter.drawPolyline(way)
        for line, spots in zip(self.lines, self._spots(), strict=True):
            painter.setPen(QPen(QColor(t.panel), 1.5))
            painter.setBrush(QColor(line.color))
            painter.drawEllipse(spots[min(self.at, len(spots) - 1)], DOT, DOT)
        if self.lines:
            painter.setPen(QPen(QColor(t.text), 2.0))
            painter.setBrush(QColor(t.panel))
            painter.drawEllipse(self.spot(self.lines[0].places[0]), START, START)
        painter.setClipping(False)
        painter.setPen(QColor(t.muted))
        ends = [number(m + side * h) for m, h in zip(self._middle, self._half, strict=True) for side in (-1, 1)]
        painter.drawText(
            QRectF(0, frame.bottom() + 1, self.width(), MARGIN),
            int(Qt.AlignmentFlag.AlignCenter),
            tr("→ x from {a} to {b}   ↑ y from {c} to {d}", a=ends[0], b=ends[1], c=ends[2], d=ends[3]),
        )
        painter.end()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        place = self.place(event.position())
        if place is None:
            return
        ground, frame = self._ground, self.frame()
        i = round((event.position().x() - frame.left()) / frame.width() * (len(ground.x) - 1))
        j = round((frame.bottom() - event.position().y()) / frame.height() * (len(ground.y) - 1))
        self.said.emit(
            tr(
                "height {loss} near x = {x}, y = {y}. A click starts the race there.",
                loss=number(float(ground.loss[j, i])),
                x=number(place[0]),
                y=number(place[1]),
            )
        )

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = self.place(event.position())
        if place is not None and event.button() == Qt.MouseButton.LeftButton:
            self.start_chosen.emit(round(place[0], 3), round(place[1], 3))
