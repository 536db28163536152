"""Put nodes on the canvas: dropped, appended to the selected one, or laid out anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF

from nnstudio.catalog.registry import node_kinds
from nnstudio.document.edits import AddNode, Connect, Edit, MoveNodes, Together, fresh_id
from nnstudio.document.errors import StudioError
from nnstudio.document.groups import GROUP, AddGroup, empty_body
from nnstudio.document.text import message
from nnstudio.document.values import Wire
from nnstudio.session.blocks import load_block
from nnstudio.ui.canvas.card import WIDTH
from nnstudio.ui.canvas.layout import tidy
from nnstudio.ui.palette import BLOCK, OWN_BLOCK, SHIPPED
from nnstudio.ui.texts import words

if TYPE_CHECKING:
    from nnstudio.ui.main_window import MainWindow


class Placing:
    """Makes the edits that add and arrange nodes in one window."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window

    def add_at(self, kind: str, place: QPointF) -> None:
        """Put a node where it was dropped."""
        edit = self._new(kind, (round((place.x() - WIDTH / 2) / 10) * 10.0, round((place.y() - 20) / 10) * 10.0))
        if edit is not None:
            name = edit.id
            if self._window.propose(edit):
                self._window.scene.select({name})
                self._window.canvas.setFocus()

    def _new(self, kind: str, spot: tuple[float, float]) -> AddNode | AddGroup | None:
        """The edit that adds a node, a group or a block; None when there is no such kind."""
        document = self._window.grouping.document
        for mark, own in ((OWN_BLOCK, True), (BLOCK, False)):
            if kind.startswith(mark):
                name = kind.removeprefix(mark)
                try:
                    body = load_block(name, own=own)
                except StudioError as error:
                    self._window.files.refuse(error.message)
                    return None
                title = name if own else words(SHIPPED[name]) if name in SHIPPED else name
                return AddGroup(fresh_id(document, GROUP), body, title, spot)
        if kind == GROUP:
            return AddGroup(fresh_id(document, GROUP), empty_body(), "", spot)
        return AddNode(kind, fresh_id(document, kind.split("_")[0]), spot) if kind in node_kinds() else None

    def append(self, kind: str) -> None:
        """Put a node behind the selected one and wire it, as one step of undo."""
        document = self._window.grouping.document
        before = next(iter(self._window.scene.selected), None) if len(self._window.scene.selected) == 1 else None
        new = self._new(kind, self._free_place(before))
        if new is None:
            return
        name = new.id
        entry = node_kinds()[new.kind if isinstance(new, AddNode) else GROUP]
        edits: list[Edit] = [new]
        source = node_kinds().get(document.by_id[before].kind) if before else None
        if source is not None and source.outputs and entry.inputs:
            edits.append(Connect(Wire(before or "", source.outputs[0].name, name, entry.inputs[0].name)))
        if self._window.propose(Together(tuple(edits), message("edit.append", name=name))):
            self._window.scene.select({name})
            self._window.canvas.ensureVisible(self._window.scene.cards[name])

    def duplicate(self) -> None:
        """Copy the selected nodes, groups with what is in them, and the wires among them; the copies have weights of their own."""
        document, chosen = self._window.grouping.document, sorted(self._window.scene.selected)
        edits: list[Edit] = []
        names: dict[str, str] = {}
        for name in chosen:
            node = document.by_id[name]
            stem, number = node.kind.split("_")[0], 1
            while f"{stem}{number}" in document.by_id or f"{stem}{number}" in names.values():
                number += 1
            names[name] = f"{stem}{number}"
            spot = (node.position[0] + 30.0, node.position[1] + 110.0)
            if node.body is not None:
                edits.append(AddGroup(names[name], node.body, node.name, spot))
            else:
                edits.append(AddNode(node.kind, names[name], spot, node.params, node.name))
        for wire in document.wires:
            if wire.source in names and wire.target in names:
                edits.append(Connect(Wire(names[wire.source], wire.source_port, names[wire.target], wire.target_port)))
        if edits and self._window.propose(Together(tuple(edits), message("edit.duplicate", count=len(chosen)))):
            self._window.scene.select(set(names.values()))

    def _free_place(self, before: str | None) -> tuple[float, float]:
        if before is not None:
            card = self._window.scene.cards[before]
            x, y = card.pos().x() + WIDTH + 50, card.pos().y()
        else:
            centre = self._window.canvas.mapToScene(self._window.canvas.viewport().rect().center())
            x, y = round((centre.x() - WIDTH / 2) / 10) * 10.0, round((centre.y() - 30) / 10) * 10.0
        while any(abs(c.pos().x() - x) < WIDTH and abs(c.pos().y() - y) < c.height + 10 for c in self._window.scene.cards.values()):
            y += 100
        return x, y

    def tidy(self) -> None:
        """Lay the network out from left to right, as one step of undo."""
        places = tidy(self._window.grouping.document, {name: card.height for name, card in self._window.scene.cards.items()})
        if places and self._window.propose(MoveNodes(tuple(places.items()))):
            self._window.canvas.fit()
