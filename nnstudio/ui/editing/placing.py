"""Put nodes on the canvas and take them off: dropped, inserted into a wire, wired to a port, appended, deleted with the
gap closed.
"""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QPointF

from nnstudio.catalog.entry import Node as Kind
from nnstudio.catalog.registry import node_kinds
from nnstudio.document.clips import Bridge, RemoveClosing, bridges
from nnstudio.document.edits import AddNode, Connect, Disconnect, Edit, InsertNode, MoveNodes, Together, fresh_id
from nnstudio.document.errors import StudioError
from nnstudio.document.groups import GROUP, AddGroup, empty_body
from nnstudio.document.text import message
from nnstudio.document.values import Params, Wire
from nnstudio.session.blocks import load_block
from nnstudio.session.meaning import Meaning
from nnstudio.ui.canvas.card import WIDTH
from nnstudio.ui.canvas.ghost import corner_at
from nnstudio.ui.canvas.view import CanvasView
from nnstudio.ui.desk import Asks, Stage
from nnstudio.ui.editing.palette import BLOCK, OWN_BLOCK, SHIPPED
from nnstudio.ui.kit.texts import words

GAP = 50.0


def kind_of(kind: str) -> Kind | None:
    """The entry of what the palette names: a kind of node, or a group for a block."""
    return node_kinds().get(GROUP if kind.startswith((BLOCK, OWN_BLOCK)) else kind)


def fits_in_wire(kind: str) -> bool:
    """Whether something has a way in and a way out."""
    entry = kind_of(kind)
    return entry is not None and bool(entry.inputs) and bool(entry.outputs)


class Placing:
    """Makes the edits that add and remove nodes in one window."""

    def __init__(self, stage: Stage, canvas: CanvasView, asks: Asks, meaning: Meaning) -> None:
        self._stage, self._canvas, self._scene, self._asks, self._meaning = stage, canvas, canvas.graph, asks, meaning
        # What was placed and may still be made to fit the rest.
        self.fresh: set[str] = set()

    def add_at(self, kind: str, place: QPointF) -> None:
        """Put a node where it was dropped; on a wire, into it."""
        wire = self._scene.wire_at(place)
        spot = corner_at(place)
        if wire is not None and fits_in_wire(kind):
            self._insert(kind, wire, spot)
            return
        edit = self._new(kind, spot)
        if edit is not None:
            self._propose(edit, edit.id)

    def add_wired(self, kind: str, place: QPointF, node: str, side: str, port: str) -> None:
        """Put a node at the end of a wire that was pulled into the void."""
        edit, entry = self._new(kind, corner_at(place, side)), kind_of(kind)
        if edit is None or entry is None:
            return
        ports = entry.inputs if side == "out" else entry.outputs
        edits: list[Edit] = [edit]
        if ports:
            wire = (
                Wire(node, port, edit.id, ports[0].name) if side == "out" else Wire(edit.id, ports[0].name, node, port)
            )
            taken = [
                w for w in self._stage.document.wires_into.get(wire.target, ()) if w.target_port == wire.target_port
            ]
            target = self._stage.document.by_id.get(wire.target)
            many = target is None or any(
                p.name == wire.target_port and p.many for p in node_kinds()[target.kind].inputs
            )
            edits += [Disconnect(w) for w in taken if not many] + [Connect(wire)]
        self._propose(Together(tuple(edits), message("edit.append", name=entry.title)), edit.id)

    def _propose(self, edit: Edit, name: str) -> None:
        if self._stage.propose(edit, select={name}):
            self._canvas.setFocus()
            self._canvas.ensureVisible(self._scene.cards[name])

    def _insert(self, kind: str, wire: Wire, spot: tuple[float, float]) -> None:
        """Put a node into a wire and make room for it by moving what follows."""
        new = self._new(kind, spot)
        entry = kind_of(kind)
        if new is None or entry is None:
            return
        if isinstance(new, AddNode):
            edits: list[Edit] = [InsertNode(wire, new.kind, new.id, new.params, position=spot)]
        else:
            into, onward = (
                Wire(wire.source, wire.source_port, new.id, entry.inputs[0].name),
                Wire(new.id, entry.outputs[0].name, wire.target, wire.target_port),
            )
            edits = [Disconnect(wire), new, Connect(into), Connect(onward)]
        nodes = self._stage.document.by_id
        source, target = nodes[wire.source].position, nodes[wire.target].position
        x = max(spot[0], source[0] + WIDTH + GAP) if target[0] > source[0] else spot[0]
        lack = x + WIDTH + GAP - target[0]
        if x != spot[0]:
            edits.append(MoveNodes(((new.id, (x, spot[1])),)))
        if target[0] > source[0] and lack > 0:
            after = [n for n in nodes.values() if n.position[0] >= target[0] - 1]
            edits.append(MoveNodes(tuple((n.id, (n.position[0] + lack, n.position[1])) for n in after)))
        self._propose(Together(tuple(edits), message("edit.add", name=entry.title)), new.id)

    def _new(self, kind: str, spot: tuple[float, float]) -> AddNode | AddGroup | None:
        """The edit that adds a node, a group or a block; None when there is no such kind."""
        document = self._stage.document
        for mark, own in ((OWN_BLOCK, True), (BLOCK, False)):
            if kind.startswith(mark):
                name = kind.removeprefix(mark)
                try:
                    body = load_block(name, own=own)
                except StudioError as error:
                    self._asks.refuse(error.message)
                    return None
                title = name if own else words(SHIPPED[name]) if name in SHIPPED else name
                return AddGroup(fresh_id(document, GROUP), body, title, spot)
        if kind == GROUP:
            return AddGroup(fresh_id(document, GROUP), empty_body(), "", spot)
        found = node_kinds().get(kind)
        if found is None:
            return None
        name = fresh_id(document, kind.split("_")[0])
        self.fresh.add(name)
        return AddNode(kind, name, spot, Params(dict(found.begins)))

    def append(self, kind: str) -> None:
        """Put a node behind the selected one and wire it, as one step of undo."""
        document = self._stage.document
        before = next(iter(self._scene.selected), None) if len(self._scene.selected) == 1 else None
        onward = document.wires_from.get(before or "", ())
        if before is not None and len(onward) == 1 and fits_in_wire(kind):
            # Behind a layer that leads on means between the two, not beside.
            x, y = document.by_id[before].position
            self._insert(kind, onward[0], (x + WIDTH + GAP, y))
            return
        new = self._new(kind, self._free_place(before))
        if new is None:
            return
        name = new.id
        entry = node_kinds()[new.kind if isinstance(new, AddNode) else GROUP]
        edits: list[Edit] = [new]
        source = node_kinds().get(document.by_id[before].kind) if before else None
        if source is not None and source.outputs and entry.inputs:
            edits.append(Connect(Wire(before or "", source.outputs[0].name, name, entry.inputs[0].name)))
        if self._stage.propose(Together(tuple(edits), message("edit.append", name=entry.title)), select={name}):
            self._canvas.ensureVisible(self._scene.cards[name])

    def _free_place(self, before: str | None) -> tuple[float, float]:
        if before is not None:
            card = self._scene.cards[before]
            x, y = card.home.x() + WIDTH + GAP, card.home.y()
        else:
            centre = self._canvas.mapToScene(self._canvas.viewport().rect().center())
            x, y = round((centre.x() - WIDTH / 2) / 10) * 10.0, round((centre.y() - 30) / 10) * 10.0
        while any(
            abs(c.home.x() - x) < WIDTH and abs(c.home.y() - y) < c.height + 10 for c in self._scene.cards.values()
        ):
            y += 100
        return x, y

    # -- removing -----------------------------------------------------------------------------

    def remove(self, names: Iterable[str]) -> bool:
        """Delete nodes; what was in front of them is wired to what follows where the shapes allow it."""
        chosen = tuple(sorted(names))
        if not chosen:
            return False
        wires = tuple(bridge.wire for bridge in bridges(self._stage.document, chosen) if self._closes(bridge))
        return self._stage.propose(RemoveClosing(chosen, wires))

    def _closes(self, bridge: Bridge) -> bool:
        """Whether what comes out in front of a gap can go in behind it."""
        lowered, stage = self._meaning.lowered, self._stage
        if lowered is None:
            return True
        before = lowered.shapes.get(stage.full_id(bridge.wire.source), {}).get(bridge.wire.source_port)
        after = lowered.shapes.get(stage.full_id(bridge.replaces.source), {}).get(bridge.replaces.source_port)
        if before is None or after is None:
            return True
        target = stage.document.by_id[bridge.wire.target]
        kind = node_kinds().get(target.kind)
        exact = kind is None or kind.role != "layer" or any(port.many for port in kind.inputs) or len(kind.inputs) > 1
        return (
            tuple(before) == tuple(after)
            if exact and kind is not None and kind.role != "loss"
            else len(before) == len(after)
        )
