"""The scene: draws a document and updates only what changed between two of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import Signal

from nnstudio.document.values import COMMENT, Document, Wire
from nnstudio.ui.canvas.card import Card
from nnstudio.ui.canvas.cards import CardScene
from nnstudio.ui.canvas.comment import CommentCard
from nnstudio.ui.canvas.strip import draw, layout_of, matrix_pixmap
from nnstudio.ui.canvas.wire import WireItem
from nnstudio.ui.kit import theme
from nnstudio.ui.kit.texts import tr

if TYPE_CHECKING:
    from nnstudio.engine.snapshot import Picture

# The ends of a picture's own scale, in its mean size: a few far places must not make the rest pale.
TYPICAL = 2.2
# With more cards than this, pictures are left out when zoomed far out, as words are.
MANY = 60


class GraphScene(CardScene):
    """Cards and wires of one document; holds what is selected, which is no part of the document."""

    selection_changed = Signal()
    scale_changed = Signal(float, float)

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self.selected: frozenset[str] = frozenset()
        self.selected_wire: Wire | None = None
        # What is to be selected when the next document is shown.
        self.wanted: Collection[str] | None = None
        self._document = Document()
        self._limits = [1.0, 1e-3]
        self._colors = theme.color_table()
        self._simple = False
        # What was drawn: (picture's identity, its scale, the gradients' scale), and the picture with its tiles.
        self._drawn: dict[str, tuple[tuple[int, float, float], tuple[Picture, np.ndarray]]] = {}
        self._own_limits: dict[str, float] = {}
        self._matrices: Mapping[str, np.ndarray] = {}

    def restyle(self) -> None:
        """Take the colours of the theme, in what is on the cards and wires as well."""
        self._colors = theme.color_table()
        for card in self.cards.values():
            card.restyle()
        for wire in self.wires.values():
            wire.restyle()
        for name, (key, (picture, _)) in self._drawn.items():
            if name in self.cards:
                self._draw(self.cards[name], picture, key[1])
        self.show_matrices(self._matrices)

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
                self._drawn.pop(node.id, None)
                self.cards[node.id] = card = CommentCard(node) if node.kind == COMMENT else Card(node)
                card.simplify(self._simple, len(document.nodes) <= MANY)
                card.select(node.id in self.selected)
                self.addItem(card)
            elif before.get(node.id) is not node:
                card.update_node(node)
        wires = set(document.wires)
        for wire in [wire for wire in self.wires if wire not in wires]:
            self.removeItem(self.wires.pop(wire))
        new = [wire for wire in document.wires if wire not in self.wires]
        for wire in new:
            self.wires[wire] = item = WireItem(wire)
            item.simplify(self._simple)
            self.addItem(item)
        self.route({*new, *self.wires_of(changed)})
        self.select(name for name in (self.selected if self.wanted is None else self.wanted) if name in self.cards)
        if self.selected_wire is not None and self.selected_wire not in self.wires:
            self.selected_wire = None
        self.fit_scene()

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

    def show_pictures(self, pictures: Mapping[str, Picture], input_names: Mapping[str, str]) -> None:
        """Show values and gradients; ``input_names`` leads from a data node to the picture of its samples."""
        if not pictures:
            return
        values = max((_greatest(p) for p in pictures.values() if not p.own_scale), default=1.0)
        slopes = max((float(abs(p.gradients).max(initial=0.0)) for p in pictures.values()), default=1e-3)
        # The scale only widens during a run, in steps, so colours do not jump.
        limits = [max(self._limits[0], theme.nice_limit(values)), max(self._limits[1], theme.nice_limit(slopes))]
        if limits != self._limits:
            self._limits = limits
            self.scale_changed.emit(*limits)
        grown = []
        for name, card in self.cards.items():
            picture = pictures.get(name) or pictures.get(input_names.get(name, ""))
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
            # A plane is drawn when it is new: its rings may wait for that.
            key = (id(picture.tiles) if picture.own_scale else id(picture), limit, limits[1])
            if self._drawn.get(name, (None, None))[0] == key:
                continue
            # The picture is held, so that no other one can take its identity.
            self._drawn[name] = key, (picture, picture.tiles)
            height = card.height
            self._shown[name] = {int(place): number for number, place in enumerate(picture.shown)}, picture.size
            self._draw(card, picture, limit)
            shown = len(picture.values)
            notes = [tr("{shown} of {total} shown", shown=shown, total=picture.total)] if shown < picture.total else []
            card.set_note(" · ".join([*notes, f"± {limit:g}"] if picture.own_scale else notes))
            if card.height != height:
                grown.append(name)
        if grown:
            self.route(self.wires_of(grown))

    def _draw(self, card: Card, picture: Picture, limit: float) -> None:
        ground = theme.rgb(theme.current().card)
        card.set_strip(
            draw(picture, self._colors, limit, self._limits[1], ground), len(picture.values), layout_of(picture)
        )

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
        self._limits = [1.0, 1e-3]
        self._drawn, self._own_limits = {}, {}
        self.show_matrices({})
        for card in self.cards.values():
            card.set_strip(None, 0)
            card.set_note("")
        self.route(self.wires)

    def keep_pictures(self, names: Collection[str]) -> None:
        """Take the pictures of all other cards away."""
        gone = [name for name in self.cards if name not in names]
        for name in gone:
            self._drawn.pop(name, None)
            self.cards[name].set_strip(None, 0)
        self.route(self.wires_of(gone))

    def fade_pictures(self, faded: bool) -> None:
        """Dim pictures that are no longer true."""
        for card in self.cards.values():
            card.fade(faded)

    @property
    def limits(self) -> tuple[float, float]:
        """The ends of the colour scales for values and gradients."""
        return self._limits[0], self._limits[1]

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

    def show_weights(self, notes: Mapping[str, str]) -> None:
        """Write the weights in use above nodes, and above no other node."""
        for name, card in self.cards.items():
            card.set_tag(notes.get(name, ""))

    def pulse(self, place: float | None, backward: bool = False, only: Iterable[Wire] | None = None) -> None:
        """Move the dots on the wires (all, or some) to a share of their way, or take them away."""
        chosen = set(self.wires if only is None else only)
        for wire, item in self.wires.items():
            item.pulse(place if wire in chosen else None, backward)

    def simplify(self, simple: bool) -> None:
        """Leave out details when zoomed far out."""
        if simple != self._simple:
            self._simple = simple
            for card in self.cards.values():
                card.simplify(simple, len(self.cards) <= MANY)
            for wire in self.wires.values():
                wire.simplify(simple)


def _greatest(picture: Picture) -> float:
    return float(abs(picture.tiles if picture.tiles.size else picture.values).max(initial=0.0))
