"""The part of the scene that draws weights: a curve for each between neurons that are shown, and what flows along
them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF

from nnstudio.document.values import Wire
from nnstudio.ui.canvas.card import Card
from nnstudio.ui.canvas.column import Units
from nnstudio.ui.canvas.heading import title_of
from nnstudio.ui.canvas.unfolded import UnfoldedScene
from nnstudio.ui.canvas.weights import Bright, Bundle, Curves, Dots, Flow, bundle, largest

FADED = 0.25
# So many curves are drawn smoothly while the zoom changes.
SMOOTH = 150


class WeighedScene(UnfoldedScene):
    """``curves`` are by the wire in whose place they run."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self.curves: dict[Wire, Curves] = {}
        # What is brought out, brought out again where curves have moved.
        self._light_again: Callable[[], None] = lambda: None
        self._focus_again: Callable[[], None] = lambda: None
        self._focused = False
        self._lit_wires: frozenset[Wire] | None = None
        self.bright, self.lit, self.dots = Bright(), Bright(), Dots()
        for item in (self.bright, self.lit, self.dots):
            self.addItem(item)

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
                self.forget_curves(wire)
                if item is not None:
                    item.cover(False)
                continue
            if curves is None:
                self.curves[wire] = curves = Curves()
                self.addItem(curves)
            curves.lead(found)
            item.cover(True)
        self._shade()
        self._light_again()
        self._focus_again()

    def forget_curves(self, wire: Wire) -> None:
        """Draw no weights in the place of a wire, which may be gone."""
        curves = self.curves.pop(wire, None)
        if curves is not None:
            self.removeItem(curves)

    def _bundle(self, wire: Wire, source: Card, target: Card) -> Bundle | None:
        """The curves between two cards; None where neither is unfolded, or the wire leads back."""
        # What is inside a group is a network of its own: weights lead to its ports.
        here, there = (
            units if units is not None and units.inside is None else None
            for units in (source.column.units, target.column.units)
        )
        start, end = source.ends("out", wire.source_port), target.ends("in", wire.target_port)
        if (here is None and there is None) or end.edge[:, 0].min() < start.edge[:, 0].max():
            return None
        if here is not None and wire.source_port != (source.kind.outputs[0].name if source.kind is not None else ""):
            # What is no value of the neurons, such as a target, comes from its port.
            return None
        matrix = self._matrices.get(wire.target) if target.node.body is None else None
        chosen = None
        if matrix is not None and here is not None and there is not None:
            rows, cols = there.places, here.places
            if here.picture.size == 1 and matrix.shape == (len(there.picture.values), len(here.picture.values)):
                chosen = matrix[np.ix_(rows, cols)]
        return bundle(start, end, chosen, full=matrix is not None, pairs=self._beside(wire, here, there))

    def _beside(self, wire: Wire, here: Units | None, there: Units | None) -> tuple[np.ndarray, np.ndarray] | None:
        """Which neuron of a join each neuron becomes, where a join puts its inputs side by side; None elsewhere."""
        joined = [w for w in self.wires if (w.target, w.target_port) == (wire.target, wire.target_port)]
        units = [self.cards[w.source].column.units if w.source in self.cards else None for w in joined]
        if here is None or there is None or len(joined) < 2 or None in units:
            return None
        totals = [found.picture.total for found in units if found is not None]
        if sum(totals) != there.picture.total:
            return None
        first = sum(totals[: joined.index(wire)])
        goal = {unit: place for place, unit in enumerate(there.picture.shown[there.places].tolist())}
        mine = enumerate((here.picture.shown[here.places] + first).tolist())
        pairs = [(goal[unit], place) for place, unit in mine if unit in goal]
        rows, cols = (np.array(side, dtype=int) for side in (zip(*pairs, strict=True) if pairs else ((), ())))
        return rows, cols

    def restyle_pictures(self) -> None:
        """Draw anew what is shown, in the colours of the theme."""
        super().restyle_pictures()
        self.flow((), backward=False)
        for item in (*self.curves.values(), *(card.gradients for card in self.cards.values())):
            item.update()

    def draw_roughly(self) -> None:
        """Draw many weights quickly while the zoom changes."""
        if sum(len(curves.bundle.values) for curves in self.curves.values()) > SMOOTH:
            for curves in self.curves.values():
                curves.draw_roughly(True)

    def smooth_one(self) -> bool:
        """Draw the weights of one wire smoothly again; returns whether there was one. All at once would hold the window
        up.
        """
        rough = next((curves for curves in self.curves.values() if curves.rough), None)
        if rough is not None:
            rough.draw_roughly(False)
        return rough is not None

    def curve_at(self, place: QPointF, reach: float) -> tuple[Wire, int] | None:
        """The weight whose curve is under a place: its wire, and its place among the wire's curves."""
        for wire, curves in self.curves.items():
            found = curves.at(place, reach)
            if found is not None and np.isfinite(curves.bundle.values[found]):
                return wire, found
        return None

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
        self._focus_again = (lambda: self._focus(name, unit)) if unit is not None else lambda: None
        self._focus(name, unit)

    def _focus(self, name: str, unit: int | None) -> None:
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
        found, weighs = curves.bundle, bool(np.isfinite(curves.bundle.values).any())
        # Without weights each value goes on as it is, and what comes back is the gradient that arrives at it.
        back = backward and weighs
        units, places = (target.column.units, found.rows) if back else (source.column.units, found.cols)
        if units is None or places.min() < 0 or (not weighs and len(np.unique(places)) < len(places)):
            # Of curves between all maps it is not known what flows along each.
            return None
        picture = units.picture
        carried = picture.gradients if backward else picture.values
        if back and len(picture.deltas) == len(picture.gradients):
            carried = picture.deltas
        numbers = carried[units.places][places] * (np.nan_to_num(found.values) if weighs else 1.0)
        return largest(found.lines[:, ::-1] if backward else found.lines, numbers)

    def flow(self, wires: Iterable[Wire], backward: bool) -> int:
        """Have dots ready for what flows along some wires; returns how many there are."""
        flows = [flow for wire in wires if (flow := self.flow_of(wire, backward)) is not None]
        self.dots.carry(flows)
        return self.dots.count

    def light_path(self, name: str, unit: int | None, source: int | None = None) -> None:
        """Bring out, in the colour of the present step, the weights into a neuron, or the one that comes from
        ``source``; without a neuron none.
        """
        # Once more whenever the curves have moved.
        self._light_again = (lambda: self._light_path(name, unit, source)) if unit is not None else lambda: None
        self._light_path(name, unit, source)

    def _light_path(self, name: str, unit: int | None, source: int | None) -> None:
        lit = []
        place = self.place_of(name, unit) if unit is not None else None
        for wire, curves in self.curves.items():
            if place is None or wire.target != name:
                continue
            chosen = curves.bundle.rows == place
            if source is not None:
                chosen &= curves.bundle.cols == (-2 if (from_ := self.place_of(wire.source, source)) is None else from_)
            lit.append((curves.bundle, chosen, curves.limit))
        self.lit.show_curves(lit, now=True)

    def light_weight(self, wire: Wire | None, chosen: Sequence[bool]) -> None:
        """Bring out one weight, in the colour of the present step; None ends it."""
        self._light_again = (lambda: self._light_weight(wire, chosen)) if wire is not None else lambda: None
        self._light_weight(wire, chosen)

    def _light_weight(self, wire: Wire | None, chosen: Sequence[bool]) -> None:
        curves = self.curves.get(wire) if wire is not None else None
        fits = curves is not None and len(chosen) == len(curves.bundle.values)
        lit = [(curves.bundle, np.array(chosen, dtype=bool), curves.limit)] if curves is not None and fits else []
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
