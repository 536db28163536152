"""The part of the scene in which layers are unfolded: every neuron on its card, every weight as a curve."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QPointF, Signal
from PySide6.QtGui import QColor

from nnstudio.ui.canvas.card import USUAL, WIDTH, Card
from nnstudio.ui.canvas.column import FEWER, MOST, ONE_COLUMN, SHORT, Inside, Units, chosen_of
from nnstudio.ui.canvas.comment import CommentCard
from nnstudio.ui.canvas.gradient_strip import SHOWN
from nnstudio.ui.canvas.graph_face import GraphView, Links
from nnstudio.ui.canvas.pictured import PicturedScene
from nnstudio.ui.canvas.samples_face import Samples
from nnstudio.ui.canvas.strip import PLOT, indices
from nnstudio.ui.kit import theme
from nnstudio.ui.kit.texts import tr

if TYPE_CHECKING:
    from nnstudio.engine.snapshot import Picture

# Layers unfold of themselves in a network of no more cards.
FEW = 14
# In networks of more cards a wide layer shows fewer neurons.
MANY_LAYERS = 8
# Cards keep so far apart where one of them is unfolded; pushed apart so many times at most.
APART, PUSHES = 18.0, 12
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
        # The cards of a large network that are looked at from near.
        self.near: frozenset[str] = frozenset()
        self.ways: dict[str, str] = {}
        self.pinned: dict[str, tuple[int, ...]] = {}
        # What neurons are called, by card; and the card whose neurons stand for classes, of which one is chosen.
        self.names: Mapping[str, tuple[str, ...]] = {}
        self.chooses = ""
        # The graph that a graph network works on, the classes of its nodes by data card, and the present node.
        self.graph: Links | None = None
        self.labels: Mapping[str, tuple[int, ...]] = {}
        self.present = -1
        # What draws the inside of a group, and what it is to show: pictures and matrices by group.
        self.make_inside: Callable[[], Inside] | None = None
        self._insides: dict[str, Inside] = {}
        self._inner: Mapping[str, tuple[Mapping[str, Picture], Mapping[str, np.ndarray]]] = {}
        # Rows of the data, by data card.
        self.samples: Mapping[str, Samples] = {}
        # A step is shown: neurons say their δ.
        self.stepping = False
        # The cards that have parameters: there is a gradient to show below them.
        self.trained: frozenset[str] = frozenset()
        # How much higher than they need be the columns stand, to fill a high canvas.
        self.stretch = 1.0
        # The neurons that were chosen of a wide layer, and of how many: they stay until they are chosen again.
        self._chosen: dict[str, tuple[int, np.ndarray]] = {}
        # The cards that show other neurons than the curves lead to.
        self._stale: set[str] = set()

    # -- which --------------------------------------------------------------------------------

    def unfolds(self, card: Card) -> bool:
        """Whether a card that has a picture is to show every neuron: as wished, else in a small network."""
        if isinstance(card, CommentCard) or card.kind is None:
            return False
        if card.node.body is not None:
            # A group is there to be closed, until it is asked for.
            return self.make_inside is not None and self.wished.get(card.node.id, False)
        if card.kind.role in ("loss", "optimizer"):
            return False
        return self.wished.get(card.node.id, self.small or card.node.id in self.near)

    @property
    def small(self) -> bool:
        """Whether the network is so small that its layers unfold of themselves."""
        return len(self.cards) <= FEW

    def stretch_to(self, stretch: float) -> None:
        """Let columns of neurons stand so much higher than they need be."""
        self.stretch = stretch
        opened = [name for name, card in self.cards.items() if card.unfolded]
        self.redraw(opened)
        self.make_room()

    def choose_again(self, name: str | None = None) -> None:
        """Choose anew which neurons of a layer, or of all, are shown when they are drawn next."""
        if name is None:
            self._chosen.clear()
        else:
            self._chosen.pop(name, None)

    def redraw(self, names: Iterable[str]) -> None:
        """Draw some cards again, as they are to be shown now."""
        again = [name for name in names if name in self.cards]
        before = {name: self.cards[name].rect() for name in again}
        for name in again:
            drawn, card = self._drawn.get(name), self.cards[name]
            if drawn is not None:
                shown = self._draw(card, drawn[1][0], drawn[0][1])
                self._note(card, drawn[1][0], shown, drawn[0][1])
            if name in self._points:
                self._draw_inputs(name)
        if any(self.cards[name].rect() != box for name, box in before.items()):
            self._take_room(again)
        else:
            self._lead_again()

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
        units = card.column.units
        assert units is not None
        # Data that is drawn as a graph has no neuron to point at.
        drawn = () if name in self.labels and units.graph is not None else enumerate(units.places.tolist())
        self._shown[name] = {int(picture.shown[place]): k for k, place in drawn}, picture.size
        if before is None or not np.array_equal(before.places, units.places):
            self._stale.add(name)
        return len(places)

    def _units(self, name: str, picture: Picture, places: np.ndarray, limit: float) -> Units:
        """What is shown of a layer, with names and shares where they are known for every neuron."""
        if self.cards[name].node.body is not None:
            return Units(picture, places[:1], limit, self._limits[1], inside=self._inside(name))
        names, shares = self.names.get(name, ()), ()
        called = tuple(names[unit] if unit < len(names) else "" for unit in picture.shown[places].tolist())
        called = called if any(called) else ()
        if called and name == self.chooses and picture.total == len(picture.values):
            raised = np.exp(picture.values - picture.values.max())
            shares = tuple((raised / raised.sum())[places].tolist())
        longest = ONE_COLUMN if self.most == MOST else SHORT
        # The samples are drawn as points, between the inputs.
        around = PLOT.height + 2 * AROUND if name in self._points and picture.total <= 2 else 0.0
        view, place = self._graph_view(name, picture, places)
        if view is not None:
            return Units(picture, places if place is None else places[[place]], limit, self._limits[1], graph=view)
        said = called, shares, longest, self.stretch, around
        samples = None if around else self.samples.get(name)
        return Units(picture, places, limit, self._limits[1], *said, deltas=self.stepping, samples=samples)

    def _inside(self, name: str) -> Inside:
        """What draws the network inside a group, as it is now."""
        if name not in self._insides:
            assert self.make_inside is not None
            self._insides[name] = self.make_inside()
        found, body = self._insides[name], self.cards[name].node.body
        assert body is not None
        found.show(body)
        found.take(*self._inner.get(name, ({}, {})), self._limits)
        return found

    def restyle_pictures(self) -> None:
        """Draw anew what is shown, in the colours of the theme."""
        self._insides = {name: inside for name, inside in self._insides.items() if name in self.cards}
        for inside in self._insides.values():
            inside.restyle()
        super().restyle_pictures()

    def show_inside(self, inner: Mapping[str, tuple[Mapping[str, Picture], Mapping[str, np.ndarray]]]) -> None:
        """Know what the nodes inside groups have to show, when their cards are drawn next."""
        self._inner = inner

    def use_limits(self, limits: Sequence[float]) -> None:
        """Take the ends of the scales from around."""
        self._limits = list(limits)

    def _graph_view(self, name: str, picture: Picture, places: np.ndarray) -> tuple[GraphView | None, int | None]:
        """A layer of a graph network as the graph, coloured by the neuron that differs most from node to node or is
        pinned; and the place of the neuron. The data has the colours of the classes.
        """
        if self.graph is None:
            return None, None
        if name in self.labels and picture.total == len(self.labels[name]):
            colors = tuple(QColor(theme.CLASSES[kind % len(theme.CLASSES)]) for kind in self.labels[name])
            return GraphView(self.graph, colors, self.present), None
        if len(picture.nodes) != len(self.graph.places):
            return None, None
        pinned = [p for p in range(len(places)) if picture.shown[places[p]] in self.pinned.get(name, ())]
        spread = np.nan_to_num(picture.nodes[:, places].std(axis=0))
        place = pinned[0] if pinned else int(spread.argmax())
        values = picture.nodes[:, places[place]]
        chosen = self._colors[indices(values, _own_limit(values))]
        return GraphView(self.graph, tuple(QColor(*rgb) for rgb in chosen.tolist()), self.present), place

    def _note(self, card: Card, picture: Picture, shown: int, limit: float) -> None:
        units = card.column.units
        if units is not None and units.inside is not None:
            card.set_note("")
        elif units is None or units.graph is None:
            super()._note(card, picture, shown, limit)
        elif card.node.id in self.labels:
            card.set_note("")
        else:
            unit = int(picture.shown[units.places[0]])
            scale = _own_limit(picture.nodes[:, units.places[0]])
            card.set_note(tr("neuron {number} of {total}", number=unit + 1, total=picture.total) + f" · ± {scale:g}")

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

    def _lead_again(self) -> None:
        if self._stale:
            self.route(self.wires_of(self._stale))
            self._stale = set()

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
        self._stale = set()
        self.route(self.wires)

    def place_of(self, name: str, unit: int) -> int | None:
        """The place of a unit among the neurons that are shown of a card; None where it is not."""
        shown, _ = self._shown.get(name, ({}, 1))
        return shown.get(unit)

    def forget_pictures(self) -> None:
        """Take all pictures away; every card is folded."""
        for card in self.cards.values():
            card.unfold(None, self._colors)
        super().forget_pictures()
        self.make_room()


def _own_limit(values: np.ndarray) -> float:
    return theme.nice_limit(float(np.abs(np.nan_to_num(values)).max(initial=0.0)))


def _push_apart(spots: np.ndarray, sizes: np.ndarray, opened: np.ndarray) -> None:
    """Move cards up or down until none lies over an unfolded one; unfolded ones stay, or share the way."""
    order = np.argsort(spots[:, 1] + sizes[:, 1] / 2, kind="stable").tolist()
    left, right = spots[:, 0], spots[:, 0] + sizes[:, 0]
    # Who stands in the same column, in the order from top to bottom; nobody moves sideways.
    below = {
        upper: [
            lower
            for lower in order[number + 1 :]
            if left[lower] < right[upper] and left[upper] < right[lower] and (opened[upper] or opened[lower])
        ]
        for number, upper in enumerate(order)
    }
    for _ in range(PUSHES):
        moved = False
        for upper in order:
            for lower in below[upper]:
                lack = spots[upper, 1] + sizes[upper, 1] + APART - spots[lower, 1]
                if lack <= 0.5:
                    continue
                moved = True
                share = 0.5 if opened[upper] == opened[lower] else 0.0 if opened[upper] else 1.0
                spots[upper, 1] -= lack * share
                spots[lower, 1] += lack * (1 - share)
        if not moved:
            return
