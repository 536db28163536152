"""The scene: draws a document and updates only what changed between two of them."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from PySide6.QtCore import Signal

from nnstudio.document.values import COMMENT, Document, Wire
from nnstudio.ui.canvas.bonds import Bonds
from nnstudio.ui.canvas.card import Card
from nnstudio.ui.canvas.comment import CommentCard
from nnstudio.ui.canvas.weighed import WeighedScene
from nnstudio.ui.canvas.wire import WireItem

# With more cards than this, pictures are left out when zoomed far out, as words are.
MANY = 60
# Words change their size in such steps of the zoom.
ZOOM_STEP = 0.05


class GraphScene(WeighedScene):
    """Cards and wires of one document; holds what is selected, which is no part of the document."""

    selection_changed = Signal()

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self.selected: frozenset[str] = frozenset()
        self.selected_wire: Wire | None = None
        # What is to be selected when the next document is shown.
        self.wanted: Collection[str] | None = None
        self._document = Document()
        self.bonds = Bonds(self)
        self._simple = False
        self._zoom = 1.0

    def restyle(self) -> None:
        """Take the colours of the theme, in what is on the cards and wires as well."""
        for card in self.cards.values():
            card.restyle()
        for wire in self.wires.values():
            wire.restyle()
        self.bonds.restyle()
        self.restyle_pictures()

    def stand_like(self, other: GraphScene) -> None:
        """Unfold what another scene of the same network has unfolded, and show the same neurons."""
        self.wished, self.ways, self.pinned = dict(other.wished), dict(other.ways), dict(other.pinned)
        self.near, self._chosen = other.near, dict(other._chosen)
        self.redraw(list(self.cards))

    # -- the document -------------------------------------------------------------------------

    def show(self, document: Document) -> None:
        """Show a document; nodes that are the same value keep their cards untouched."""
        before, self._document = self._document.by_id, document
        changed: set[str] = set()
        for gone in [name for name in self.cards if name not in document.by_id]:
            self.removeItem(self.cards.pop(gone))
        for node in document.nodes:
            card = self.cards.get(node.id)
            if card is not None and card.node.kind != node.kind:
                self.removeItem(self.cards.pop(node.id))
                card = None
            if before.get(node.id) is not node:
                changed.add(node.id)
            if card is None:
                changed.add(node.id)
                self.forget_picture(node.id)
                self.choose_again(node.id)
                self.cards[node.id] = card = CommentCard(node) if node.kind == COMMENT else Card(node)
                card.simplify(self._simple, len(document.nodes) <= MANY, self._zoom)
                card.select(node.id in self.selected)
                self.addItem(card)
            elif before.get(node.id) is not node:
                card.update_node(node)
        wires = set(document.wires)
        for wire in [wire for wire in self.wires if wire not in wires]:
            self.removeItem(self.wires.pop(wire))
            self.forget_curves(wire)
        new = [wire for wire in document.wires if wire not in self.wires]
        for wire in new:
            self.wires[wire] = item = WireItem(wire)
            item.simplify(self._simple)
            self.addItem(item)
        # In the document's order, in which a join takes its inputs.
        self.wires = {wire: self.wires[wire] for wire in document.wires}
        self.bonds.tie(self.cards)
        self.route({*new, *self.wires_of(changed)})
        if any(card.unfolded for card in self.cards.values()):
            self.make_room()
        self.select(name for name in (self.selected if self.wanted is None else self.wanted) if name in self.cards)
        if self.selected_wire is not None and self.selected_wire not in self.wires:
            self.selected_wire = None
        self.fit_scene()

    def route(self, wires: Iterable[Wire]) -> None:
        """Lead wires, and the arcs between cards that share weights."""
        super().route(wires)
        self.bonds.lead(self.cards)

    # -- selection ----------------------------------------------------------------------------

    def select(self, names: Iterable[str], wire: Wire | None = None) -> None:
        """Select some cards, or one wire."""
        chosen = frozenset(names)
        if chosen == self.selected and wire == self.selected_wire:
            return
        for name in self.selected ^ chosen:
            if name in self.cards:
                self.cards[name].select(name in chosen)
        for key in {self.selected_wire, wire}:
            if key is not None and key in self.wires:
                self.wires[key].select(key == wire)
        self.selected, self.selected_wire = chosen, wire
        self.selection_changed.emit()

    # -- what it knows ------------------------------------------------------------------------

    def set_shapes(self, shapes: Mapping[str, str], ports: Mapping[tuple[str, str], str]) -> None:
        """Show shapes on cards (by node) and wires (by node and output port)."""
        for name, card in self.cards.items():
            card.set_shape(shapes.get(name, ""))
        for wire, item in self.wires.items():
            item.set_shape(ports.get((wire.source, wire.source_port), ""))

    def set_problems(self, problems: Mapping[str, str]) -> None:
        """Show badges with these texts by node, and on no other node."""
        for name, card in self.cards.items():
            card.set_problem(problems.get(name, ""))

    def lock(self, names: Iterable[str]) -> None:
        """Mark the cards that a lesson keeps as they are."""
        locked = set(names)
        for name, card in self.cards.items():
            card.lock(name in locked)

    def light_step(self, node: str | None, wires: Iterable[Wire] = (), cell: int | None = None) -> None:
        """Mark a node and its wires as the present step and dim the rest; None ends it.

        ``cell`` is a neuron of the node.
        """
        lit = set(wires)
        for name, card in self.cards.items():
            card.light(name == node, dimmed=node is not None and name != node)
            shown, size = self._shown.get(name, ({}, 1))
            card.mark_cell(shown.get(cell // size) if name == node and cell is not None else None)
        for wire, item in self.wires.items():
            item.light(wire in lit, dimmed=node is not None and wire not in lit)
        self.shade(lit if node is not None else None)

    def show_weights(self, notes: Mapping[str, str]) -> None:
        """Write the weights in use above nodes, and above no other node."""
        for name, card in self.cards.items():
            card.set_tag(notes.get(name, ""))

    def pulse(self, place: float | None, backward: bool = False, only: Iterable[Wire] | None = None) -> None:
        """Move the dots on the wires (all, or some) to a share of their way, or take them away."""
        chosen = set(self.wires if only is None else only)
        if place is None:
            self.dots.carry([])
        else:
            if place == 0.0 or not self.dots.count:
                self.flow(chosen, backward)
            self.dots.move_to(place)
        for wire, item in self.wires.items():
            item.pulse(place if wire in chosen else None, backward)

    def simplify(self, simple: bool, zoom: float | None = None) -> None:
        """Leave out details when zoomed far out; write words so large that they are read at a zoom."""
        near = self._zoom if zoom is None else min(1.0, math.floor(zoom / ZOOM_STEP) * ZOOM_STEP)
        if (simple, near) != (self._simple, self._zoom):
            other, self._simple, self._zoom = simple != self._simple, simple, near
            for card in self.cards.values():
                card.simplify(simple, len(self.cards) <= MANY, near)
            for wire in self.wires.values() if other else ():
                wire.simplify(simple)
