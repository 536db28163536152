"""The part of the scene in which layers are unfolded: every neuron on its card, every weight as a curve."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QPointF, Signal

from nnstudio.document.values import Wire
from nnstudio.ui.canvas.card import USUAL, WIDTH, Card, title_of
from nnstudio.ui.canvas.column import FEWER, MOST, ONE_COLUMN, SHORT, Units, chosen_of
from nnstudio.ui.canvas.comment import CommentCard
from nnstudio.ui.canvas.gradient_strip import SHOWN
from nnstudio.ui.canvas.pictured import PicturedScene
from nnstudio.ui.canvas.strip import PLOT
from nnstudio.ui.canvas.weights import Bright, Bundle, Curves, Dots, Flow, bundle, largest

if TYPE_CHECKING:
    from nnstudio.engine.snapshot import Picture

# Layers unfold of themselves in a network of no more cards.
FEW = 14
# In networks of more cards a wide layer shows fewer neurons.
MANY_LAYERS = 8
# Cards keep so far apart where one of them is unfolded; pushed apart so many times at most.
APART, PUSHES = 18.0, 12
FADED = 0.25
# Between a plot of the samples and the inputs above and below it.
AROUND = 4.0


class UnfoldedScene(PicturedScene):
    """``wished`` are the layers that the student unfolded or folded, ``ways`` and ``pinned`` which neurons of a wide
    one are shown. ``reshaped`` tells that cards take another room.
    """

    reshaped = Signal()

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self.wished: dict[str, bool] = {}
        self.ways: dict[str, str] = {}
        self.pinned: dict[str, tuple[int, ...]] = {}
        # What neurons are called, by card; and the card whose neurons stand for classes, of which one is chosen.
        self.names: Mapping[str, tuple[str, ...]] = {}
        self.chooses = ""
        # The cards that have parameters: there is a gradient to show below them.
        self.trained: frozenset[str] = frozenset()
        # How much higher than they need be the columns stand, to fill a high canvas.
        self.stretch = 1.0
        self.curves: dict[Wire, Curves] = {}
        # The neurons that were chosen of a wide layer, and of how many: they stay until they are chosen again.
        self._chosen: dict[str, tuple[int, np.ndarray]] = {}
        self._focused = False
        self._lit_wires: frozenset[Wire] | None = None
        self.bright, self.lit, self.dots = Bright(), Bright(), Dots()
        for item in (self.bright, self.lit, self.dots):
            self.addItem(item)

    # -- which --------------------------------------------------------------------------------

    def unfolds(self, card: Card) -> bool:
        """Whether a card that has a picture is to show every neuron: as wished, else in a small network."""
        if isinstance(card, CommentCard) or card.kind is None or card.kind.role in ("loss", "optimizer"):
            return False
        return self.wished.get(card.node.id, len(self.cards) <= FEW)

    def stretch_to(self, stretch: float) -> None:
        """Let columns of neurons stand so much higher than they need be."""
        self.stretch = stretch
        opened = [name for name, card in self.cards.items() if card.unfolded]
        self.redraw(opened)
        self.make_room()

    def choose_again(self, name: str) -> None:
        """Choose anew which neurons of a layer are shown, when it is drawn next."""
        self._chosen.pop(name, None)

    def redraw(self, names: Iterable[str]) -> None:
        """Draw some cards again, as they are to be shown now."""
        for name in names:
            drawn, card = self._drawn.get(name), self.cards.get(name)
            if card is None:
                continue
            before = card.rect()
            if drawn is not None:
                shown = self._draw(card, drawn[1][0], drawn[0][1])
                self._note(card, drawn[1][0], shown, drawn[0][1])
            if name in self._points:
                self._draw_inputs(name)
            if card.rect() != before:
                self._take_room([name])
        self.route(self.wires_of(names))

    @property
    def most(self) -> int:
        """How many neurons of a wide layer are shown: fewer where many layers need room."""
        return MOST if len(self.cards) <= MANY_LAYERS else FEWER

    # -- drawn --------------------------------------------------------------------------------

    def _draw(self, card: Card, picture: Picture, limit: float) -> int:
        if not self.unfolds(card):
            card.unfold(None, self._colors)
            return super()._draw(card, picture, limit)
        name = card.node.id
        count = len(picture.values)
        kept = self._chosen.get(name)
        if kept is None or kept[0] != count:
            chosen = chosen_of(picture, self.ways.get(name, "first"), self.pinned.get(name, ()), self.most)
            kept = self._chosen[name] = count, chosen
        places = kept[1]
        if name not in self._points:
            card.set_strip(None, 0)
        before = card.column.units
        card.gradients.awaited = name in self.trained
        card.unfold(self._units(name, picture, places, limit), self._colors)
        self._shown[name] = {int(picture.shown[place]): k for k, place in enumerate(places.tolist())}, picture.size
        if before is None or not np.array_equal(before.places, places):
            self._lead(self.wires_of([name]))
        return len(places)

    def _units(self, name: str, picture: Picture, places: np.ndarray, limit: float) -> Units:
        """What is shown of a layer, with names and shares where they are known for every neuron."""
        names, shares = self.names.get(name, ()), ()
        called = tuple(names[unit] for unit in picture.shown[places].tolist()) if len(names) == picture.total else ()
        if called and name == self.chooses and picture.total == len(picture.values):
            raised = np.exp(picture.values - picture.values.max())
            shares = tuple((raised / raised.sum())[places].tolist())
        longest = ONE_COLUMN if self.most == MOST else SHORT
        # The samples are drawn as points, between the inputs.
        around = PLOT.height + 2 * AROUND if name in self._points and picture.total <= 2 else 0.0
        return Units(picture, places, limit, self._limits[1], called, shares, longest, self.stretch, around)

    def show_norms(self, norms: Mapping[str, Sequence[float]]) -> None:
        """Show the latest gradients' norms under their layers, where these are unfolded, on one scale."""
        most = max((max(values[-SHOWN:], default=0.0) for values in norms.values()), default=0.0)
        for name, card in self.cards.items():
            card.gradients.show_norms(norms.get(name, ()) if card.unfolded else (), most)

    def _draw_inputs(self, name: str) -> None:
        card, picture = self.cards[name], self._inputs.get(name)
        if picture is None or not self.unfolds(card):
            card.unfold(None, self._colors)
        else:
            self._draw(card, picture, self._limits[0])

    def _take_room(self, names: Collection[str]) -> None:
        self.make_room()
        self.reshaped.emit()

    def make_room(self) -> None:
        """Put the cards where the document has them, or aside where an unfolded one needs the room."""
        cards = [card for card in self.cards.values() if not isinstance(card, CommentCard)]
        spots = np.array([[card.home.x(), card.home.y()] for card in cards]).reshape(-1, 2)
        sizes = np.array([[card.space.width(), card.space.height()] for card in cards]).reshape(-1, 2)
        heights = np.array([card.rect().height() for card in cards])
        opened = np.array([card.unfolded for card in cards], dtype=bool)
        if opened.any():
            usual, shown = np.minimum(USUAL, heights), np.column_stack([sizes[:, 0], heights])
            # Its middle stays where it was.
            spots[opened] += (np.column_stack([np.full(len(cards), WIDTH), usual]) - shown)[opened] / 2
            _push_apart(spots, sizes, opened)
        for card, (x, y) in zip(cards, spots.tolist(), strict=True):
            aside = QPointF(x, y) - card.home
            if aside != card.aside:
                card.stand(card.home, aside)
        self.route(self.wires)

    # -- weights ------------------------------------------------------------------------------

    def route(self, wires: Iterable[Wire]) -> None:
        """Lead wires, and the curves of the weights in their place."""
        led = list(wires)
        super().route(led)
        self._lead(led)

    def show_matrices(self, matrices: Mapping[str, np.ndarray]) -> None:
        """Show weights (outputs, inputs) under the wires into their nodes, or as curves between neurons."""
        super().show_matrices(matrices)
        self._lead(self.wires)

    def _lead(self, wires: Iterable[Wire]) -> None:
        for wire in wires:
            source, target, item = self.cards.get(wire.source), self.cards.get(wire.target), self.wires.get(wire)
            found = self._bundle(wire, source, target) if source is not None and target is not None else None
            curves = self.curves.get(wire)
            if item is None or found is None:
                if curves is not None:
                    self.removeItem(self.curves.pop(wire))
                if item is not None:
                    item.cover(False)
                continue
            if curves is None:
                self.curves[wire] = curves = Curves()
                self.addItem(curves)
            curves.lead(found)
            item.cover(True)
        self._shade()

    def _bundle(self, wire: Wire, source: Card, target: Card) -> Bundle | None:
        """The curves between two cards; None where neither is unfolded, or the wire leads back."""
        here, there = source.column.units, target.column.units
        start, end = source.ends("out", wire.source_port), target.ends("in", wire.target_port)
        if (here is None and there is None) or end.edge[:, 0].min() < start.edge[:, 0].max():
            return None
        if here is not None and wire.source_port != (source.kind.outputs[0].name if source.kind is not None else ""):
            # What is no value of the neurons, such as a target, comes from its port.
            return None
        matrix = self._matrices.get(wire.target)
        chosen = None
        if matrix is not None and here is not None and there is not None:
            rows, cols = there.places, here.places
            if here.picture.size == 1 and matrix.shape == (len(there.picture.values), len(here.picture.values)):
                chosen = matrix[np.ix_(rows, cols)]
        return bundle(start, end, chosen, full=matrix is not None)

    def curve_at(self, place: QPointF, reach: float) -> tuple[Wire, int] | None:
        """The weight whose curve is under a place: its wire, and its place among the wire's curves."""
        for wire, curves in self.curves.items():
            found = curves.at(place, reach)
            if found is not None and np.isfinite(curves.bundle.values[found]):
                return wire, found
        return None

    def place_of(self, name: str, unit: int) -> int | None:
        """The place of a unit among the neurons that are shown of a card; None where it is not."""
        shown, _ = self._shown.get(name, ({}, 1))
        return shown.get(unit)

    def strongest_into(self, name: str, place: int) -> tuple[str, float] | None:
        """Where the strongest of the weights that are shown into a neuron comes from, and the weight."""
        best: tuple[str, float] | None = None
        for wire, curves in self.curves.items():
            units = self.cards[wire.source].column.units if wire.target == name else None
            if units is None:
                continue
            for curve in np.flatnonzero(curves.bundle.rows == place):
                value = float(curves.bundle.values[curve])
                if np.isfinite(value) and (best is None or abs(value) > abs(best[1])):
                    unit = int(units.picture.shown[units.places[curves.bundle.cols[curve]]])
                    best = f"{title_of(self.cards[wire.source].node)} · {unit + 1}", value
        return best

    def focus(self, name: str, unit: int | None) -> None:
        """Bring out the curves of one neuron, or all alike again."""
        card = self.cards.get(name)
        place = self.place_of(name, unit) if unit is not None and card is not None and card.unfolded else None
        found = []
        for wire, curves in self.curves.items():
            mine = None
            if place is not None and wire.target == name:
                mine = curves.bundle.rows == place
            elif place is not None and wire.source == name:
                mine = curves.bundle.cols == place
            if mine is not None and mine.any():
                found.append((curves.bundle, mine, curves.limit))
        self._focused = place is not None
        self._shade()
        self.bright.show_curves(found)

    def flow_of(self, wire: Wire, backward: bool) -> Flow | None:
        """What flows along the curves of a wire: forward w·a of each weight, backward w·∂E/∂z."""
        curves, source, target = self.curves.get(wire), self.cards.get(wire.source), self.cards.get(wire.target)
        if curves is None or source is None or target is None or not len(curves.bundle.values):
            return None
        found = curves.bundle
        weights = np.where(np.isfinite(found.values), found.values, 1.0)
        units, places = (target.column.units, found.rows) if backward else (source.column.units, found.cols)
        if units is None or places.min() < 0:
            return None
        picture = units.picture
        carried = picture.values
        if backward:
            carried = picture.deltas if len(picture.deltas) == len(picture.gradients) else picture.gradients
        numbers = carried[units.places][places] * weights
        return largest(found.lines[:, ::-1] if backward else found.lines, numbers)

    def flow(self, wires: Iterable[Wire], backward: bool) -> int:
        """Have dots ready for what flows along some wires; returns how many there are."""
        flows = [flow for wire in wires if (flow := self.flow_of(wire, backward)) is not None]
        self.dots.carry(flows)
        return self.dots.count

    def light_weight(self, wire: Wire | None, chosen: Sequence[bool]) -> None:
        """Bring out one weight, in the colour of the present step; None ends it."""
        curves = self.curves.get(wire) if wire is not None else None
        lit = [(curves.bundle, np.array(chosen, dtype=bool), curves.limit)] if curves is not None else []
        self.lit.show_curves(lit, now=True)

    def fade_pictures(self, faded: bool) -> None:
        """Dim pictures and weights that are no longer true."""
        super().fade_pictures(faded)
        self._shade()

    def shade(self, lit: Collection[Wire] | None) -> None:
        """Dim all weights but those of some wires; None dims none."""
        self._lit_wires = None if lit is None else frozenset(lit)
        self._shade()

    def _shade(self) -> None:
        for wire, curves in self.curves.items():
            dimmed = self._faded or self._focused or (self._lit_wires is not None and wire not in self._lit_wires)
            curves.setOpacity(FADED if dimmed else 1.0)

    def forget_pictures(self) -> None:
        """Take all pictures away; every card is folded."""
        for card in self.cards.values():
            card.unfold(None, self._colors)
        super().forget_pictures()
        self.make_room()


def _push_apart(spots: np.ndarray, sizes: np.ndarray, opened: np.ndarray) -> None:
    """Move cards up or down until none lies over an unfolded one; unfolded ones stay, or share the way."""
    middles = spots[:, 1] + sizes[:, 1] / 2
    order = np.argsort(middles, kind="stable").tolist()
    for _ in range(PUSHES):
        moved = False
        for number, upper in enumerate(order):
            for lower in order[number + 1 :]:
                if not (opened[upper] or opened[lower]):
                    continue
                beside = (
                    spots[upper, 0] + sizes[upper, 0] <= spots[lower, 0]
                    or spots[lower, 0] + sizes[lower, 0] <= spots[upper, 0]
                )
                lack = spots[upper, 1] + sizes[upper, 1] + APART - spots[lower, 1]
                if beside or lack <= 0.5:
                    continue
                moved = True
                share = 0.5 if opened[upper] == opened[lower] else 0.0 if opened[upper] else 1.0
                spots[upper, 1] -= lack * share
                spots[lower, 1] += lack * (1 - share)
        if not moved:
            return
