"""What a lesson points at is framed: a control, a panel, a node, a neuron. The frame follows what it is around."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtWidgets import QFrame, QWidget
from shiboken6 import isValid

from nnstudio.ui.canvas.card import Card
from nnstudio.ui.canvas.view import CanvasView

ROOM = 4


class Spotlight:
    """Lights the things of one window by name: "node:ID", "neuron:ID/PLACE", and what ``controls`` has."""

    def __init__(self, window: QWidget, canvas: CanvasView) -> None:
        self._window, self._canvas = window, canvas
        self.controls: dict[str, QWidget] = {}
        self._frames: dict[str, QFrame] = {}

    @property
    def lit(self) -> dict[str, QRect]:
        """What is lit now, and where on the window."""
        return {name: frame.geometry() for name, frame in self._frames.items() if frame.isVisible()}

    def point(self, names: tuple[str, ...]) -> None:
        """Light these things and nothing else."""
        for name in [known for known in self._frames if known not in names]:
            gone = self._frames.pop(name)
            gone.hide()
            gone.deleteLater()
        for name in names:
            if name not in self._frames:
                frame = self._frames[name] = QFrame(self._window)
                frame.setObjectName("lit")
                frame.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
                frame.hide()
        self.follow()

    def follow(self) -> None:
        """Put the frames where their things are now; what is not in sight is not lit."""
        for name, frame in self._frames.items():
            box = self._box(name)
            if box is None or box.isEmpty():
                frame.hide()
                continue
            if frame.geometry() != box:
                frame.setGeometry(box)
            if not frame.isVisible():
                frame.show()
                frame.raise_()

    def _box(self, name: str) -> QRect | None:
        kind, _, rest = name.partition(":")
        if kind in ("node", "neuron"):
            return self._on_canvas(kind, rest)
        widget = self.controls.get(name)
        if widget is None or not isValid(widget) or not widget.isVisible():
            return None
        spot = QRect(widget.mapTo(self._window, QPoint(0, 0)), widget.size())
        return spot.adjusted(-ROOM, -ROOM, ROOM, ROOM).intersected(self._window.rect())

    def _on_canvas(self, kind: str, rest: str) -> QRect | None:
        node, _, place = rest.partition("/")
        card = self._canvas.graph.cards.get(node)
        if not isinstance(card, Card) or not self._canvas.isVisible():
            return None
        box: QRectF = card.sceneBoundingRect()
        units = card.column.units
        if kind == "neuron" and place.isdigit() and units is not None and int(place) in units.places.tolist():
            frame = card.column.frame
            middle = card.mapToScene(card.column.middle(units.places.tolist().index(int(place))))
            box = QRectF(middle.x() - frame.width / 2, middle.y() - frame.height / 2, frame.width, frame.height)
        view = self._canvas.viewport()
        spot = self._canvas.mapFromScene(box).boundingRect().intersected(view.rect())
        return QRect(view.mapTo(self._window, spot.topLeft()), spot.size()).adjusted(-ROOM, -ROOM, ROOM, ROOM)
