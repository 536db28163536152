"""The part of the scene that shows values and gradients on the cards, and weights under the wires."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QRectF, Signal

from nnstudio.ui.canvas.card import Card
from nnstudio.ui.canvas.cards import CardScene
from nnstudio.ui.canvas.strip import PLOT, draw, draw_points, layout_of, matrix_pixmap
from nnstudio.ui.kit import theme
from nnstudio.ui.kit.texts import tr

if TYPE_CHECKING:
    from nnstudio.engine.snapshot import Picture, Plane

# The ends of a picture's own scale, in its mean size: a few far places must not make the rest pale.
TYPICAL = 2.2
# The scale of gradients comes down by so much with every picture, and changes when it would be so much of what it was.
SLOWLY, CLOSE, LEAST_SLOPE = 0.97, 0.85, 1e-12


class PicturedScene(CardScene):
    """Cards with pictures; those out of sight wait."""

    scale_changed = Signal(float, float)

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self._limits = [1.0, 1e-3]
        # The largest gradient of late.
        self._steep = 0.0
        self._colors = theme.color_table()
        # What was drawn: (picture's identity, its scale, the gradients' scale), and the picture with its tiles.
        self._drawn: dict[str, tuple[tuple[int, float, float], tuple[Picture, np.ndarray]]] = {}
        self._own_limits: dict[str, float] = {}
        # What data is drawn as points, with the present sample.
        self._points: dict[str, tuple[Plane, np.ndarray | None]] = {}
        self._inputs: dict[str, Picture] = {}
        self._matrices: Mapping[str, np.ndarray] = {}
        # What is looked at; pictures of cards outside wait until they come into sight.
        self.sight: Callable[[], QRectF] | None = None
        self._faded = False
        self._waiting: tuple[Mapping[str, Picture], Mapping[str, str]] | None = None

    def restyle_pictures(self) -> None:
        """Draw anew what is shown, in the colours of the theme."""
        self._colors = theme.color_table()
        for name, (key, (picture, _)) in self._drawn.items():
            if name in self.cards:
                self._draw(self.cards[name], picture, key[1])
        for name, (plane, sample) in self._points.items():
            if name in self.cards:
                self.cards[name].set_strip(draw_points(plane, sample), 1, PLOT)
        self.show_matrices(self._matrices)

    def show_pictures(self, pictures: Mapping[str, Picture], input_names: Mapping[str, str]) -> None:
        """Show values and gradients; ``input_names`` leads from a data node to the picture of its samples."""
        if not pictures:
            return
        values = max((_greatest(p) for p in pictures.values() if not p.own_scale), default=1.0)
        slopes = max((_steepest(p.gradients) for p in pictures.values()), default=1e-3)
        # The scale of values only widens during a run, in steps, so colours do not jump.
        limits = [max(self._limits[0], theme.nice_limit(values)), self._scale_of(slopes)]
        if limits != self._limits:
            self._limits = limits
            self.scale_changed.emit(*limits)
        grown = []
        seen = self.sight() if self.sight is not None else None
        self._waiting = None
        for name, card in self.cards.items():
            picture = pictures.get(name) or pictures.get(input_names.get(name, ""))
            if name in self._points:
                card.fade(False)
                if picture is not None:
                    self._inputs[name] = picture
                    before = card.rect()
                    self._draw_inputs(name)
                    if card.rect() != before:
                        grown.append(name)
                continue
            if card.face.isVisible():
                # Its number is written large.
                continue
            if picture is None:
                # What was not computed yet, or no more, is not true now.
                card.fade(True)
                continue
            card.fade(False)
            limit = limits[0]
            if picture.own_scale:
                limit = self._own_limits[name] = max(
                    self._own_limits.get(name, 0.0), theme.nice_limit(TYPICAL * float(abs(picture.tiles).mean()))
                )
            # A plane is drawn when it is new: its rings may wait for that, but for those that are looked at closely.
            calm = picture.own_scale and not card.unfolded
            key = (id(picture.tiles) if calm else id(picture), limit, limits[1])
            if self._drawn.get(name, (None, None))[0] == key:
                continue
            if name in self._drawn and seen is not None and not seen.intersects(card.sceneBoundingRect()):
                # The first is drawn wherever it is: a card with a picture is higher.
                self._waiting = pictures, input_names
                continue
            # The picture is held, so that no other one can take its identity.
            self._drawn[name] = key, (picture, picture.tiles)
            before = card.rect()
            shown = self._draw(card, picture, limit)
            self._note(card, picture, shown, limit)
            if card.rect() != before:
                grown.append(name)
        if grown:
            self._take_room(grown)
        else:
            self._lead_again()

    def _lead_again(self) -> None:
        """Lead to the neurons that are shown now; a strip has none of its own."""

    def _scale_of(self, slopes: float) -> float:
        """The end of the gradients' scale: it follows the largest at once, and slowly when they shrink, so that rings
        are seen at the end of a run as at its beginning.
        """
        if not math.isfinite(slopes):
            return self._limits[1]
        if slopes > self._limits[1] or self._steep == 0.0:
            self._steep = slopes
            return max(slopes, LEAST_SLOPE)
        if slopes > 0:
            self._steep = max(slopes, self._steep * SLOWLY)
        return max(self._steep, LEAST_SLOPE) if self._steep < CLOSE * self._limits[1] else self._limits[1]

    def show_points(self, name: str, plane: Plane | None, sample: np.ndarray | None) -> None:
        """Show data as points in the plane of its inputs, or no more."""
        card, before = self.cards.get(name), self._points.get(name)
        if card is None or plane is None:
            self._points.pop(name, None)
            return
        if before is None or not plane.points.same(before[0].points) or _bytes(before[1]) != _bytes(sample):
            self._drawn.pop(name, None)
            self._shown.pop(name, None)
            card.set_strip(draw_points(plane, sample), 1, PLOT)
            card.set_note("")
            self.route(self.wires_of([name]))
        self._points[name] = plane, sample

    def set_face(self, name: str, digits: str, curve: Sequence[float], at: float | None) -> None:
        """Show a number over its curve on a card, or nothing."""
        card = self.cards.get(name)
        if card is not None:
            height = card.height
            card.set_face(digits, curve, at)
            if card.height != height:
                self.route(self.wires_of([name]))

    def catch_up(self, *, everywhere: bool = False) -> None:
        """Draw what waits on cards that have come into sight, or on all of them."""
        if self._waiting is None:
            return
        sight = self.sight
        self.sight = None if everywhere else sight
        try:
            self.show_pictures(*self._waiting)
        finally:
            self.sight = sight
        if self._faded:
            self.fade_pictures(True)

    def render(self, *args: Any, **kwargs: Any) -> None:
        """Draw the scene for a file: also what nobody looks at."""
        self.catch_up(everywhere=True)
        super().render(*args, **kwargs)

    def _note(self, card: Card, picture: Picture, shown: int, limit: float) -> None:
        """Say how many of how many units are shown, and the scale where it is the picture's own."""
        notes = [tr("{shown} of {total} shown", shown=shown, total=picture.total)] if shown < picture.total else []
        card.set_note(" · ".join([*notes, f"± {limit:g}"] if picture.own_scale else notes))

    def _draw_inputs(self, name: str) -> None:
        """Show the present sample of data that is drawn as points; where cards are folded, its ring is all."""

    def _take_room(self, names: Collection[str]) -> None:
        """Some cards are larger or smaller than they were."""
        self.route(self.wires_of(names))

    def _draw(self, card: Card, picture: Picture, limit: float) -> int:
        """Draw a picture on its card; returns how many units of it are shown."""
        self._shown[card.node.id] = {int(place): number for number, place in enumerate(picture.shown)}, picture.size
        ground = theme.rgb(theme.current().card)
        card.set_strip(
            draw(picture, self._colors, limit, self._limits[1], ground), len(picture.values), layout_of(picture)
        )
        return len(picture.values)

    def show_matrices(self, matrices: Mapping[str, np.ndarray]) -> None:
        """Show weights (outputs, inputs) under the wires into their nodes, in the colours of numbers."""
        self._matrices = matrices
        for wire, item in self.wires.items():
            matrix = matrices.get(wire.target)
            if matrix is None or not matrix.size:
                item.set_weights(None, "")
                continue
            limit = theme.nice_limit(float(np.nanmax(np.abs(matrix)) if np.isfinite(matrix).any() else 1.0))
            item.set_weights(
                matrix_pixmap(matrix, self._colors, limit),
                tr("weights into {name}, ± {limit}", name=wire.target, limit=f"{limit:g}"),
            )

    def forget_pictures(self) -> None:
        """Take all pictures away and start the colour scale anew."""
        self._limits, self._steep = [1.0, 1e-3], 0.0
        self._drawn, self._own_limits, self._points, self._waiting = {}, {}, {}, None
        self.show_matrices({})
        for card in self.cards.values():
            card.set_strip(None, 0)
            card.set_note("")
        self.route(self.wires)

    def keep_pictures(self, names: Collection[str]) -> None:
        """Take the pictures of all other cards away."""
        self._waiting = None
        gone = [name for name in self.cards if name not in names]
        for name in gone:
            self._drawn.pop(name, None)
            self._points.pop(name, None)
            self.cards[name].set_strip(None, 0)
        self.route(self.wires_of(gone))

    def forget_picture(self, name: str) -> None:
        """A card is made anew: nothing is drawn on it yet."""
        self._drawn.pop(name, None)
        self._points.pop(name, None)

    def fade_pictures(self, faded: bool) -> None:
        """Dim pictures that are no longer true."""
        self._faded = faded
        for card in self.cards.values():
            card.fade(faded)
            card.face.setOpacity(0.35 if faded else 1.0)

    @property
    def limits(self) -> tuple[float, float]:
        """The ends of the colour scales for values and gradients."""
        return self._limits[0], self._limits[1]


def _greatest(picture: Picture) -> float:
    return float(abs(picture.tiles if picture.tiles.size else picture.values).max(initial=0.0))


def _steepest(slopes: np.ndarray) -> float:
    """The largest of the gradients that are numbers."""
    return float(np.abs(slopes[np.isfinite(slopes)]).max(initial=0.0))


def _bytes(numbers: np.ndarray | None) -> bytes:
    return b"" if numbers is None else numbers.tobytes()
