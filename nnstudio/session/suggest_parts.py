"""A first network for data with several inputs: each is read by a part of its own, and all are joined."""

from __future__ import annotations

from dataclasses import replace

from nnstudio.catalog.entry import Side, Table
from nnstudio.catalog.registry import CATALOG
from nnstudio.document import storage
from nnstudio.document.edits import RemoveNodes, SetParam
from nnstudio.document.values import Document, Node, Wire
from nnstudio.resources import resource

IN, END, HIDDEN, JOIN, NEXT, SOURCE = "in", "end", "h1", "join", "h2", "data"
# How far apart the parts stand below each other.
APART = 230.0
WIDEST = 16


def part_for(side: Side) -> str:
    """The name of the template that reads an input."""
    return "part-picture" if side.axes == "CHW" else "part-category" if side.shape == (1,) else "part-text"


def joined(base: Document, table: Table) -> Document:
    """Return a template for several inputs with a part for each of a table's."""
    numbers = table.sides[0].start
    if not numbers:
        # The Data node gives the first of them itself.
        base = RemoveNodes((HIDDEN,)).apply(base, CATALOG)
    for place, side in enumerate(table.sides):
        base = _with_part(base, side, place, by_data=not numbers and not place)
    into = [wire for wire in base.wires if wire.target == JOIN]
    if len(into) == 1:
        # Nothing is to be joined.
        onward = Wire(into[0].source, into[0].source_port, NEXT, into[0].target_port)
        base = RemoveNodes((JOIN,)).apply(base, CATALOG)
        base = replace(base, wires=(*base.wires, onward))
    return base


def _with_part(base: Document, side: Side, place: int, *, by_data: bool) -> Document:
    part, _ = storage.load(resource("suggestions", f"{part_for(side)}.nns"))
    column = next(node for node in base.nodes if node.id == JOIN).position[0]
    source = next(node for node in base.nodes if node.id == SOURCE)
    names = {node.id: SOURCE if by_data and node.id == IN else f"{node.id}{place + 1}" for node in part.nodes}
    below = source.position[1] + APART * (place + (not by_data))
    last = len(part.nodes) - 1
    nodes: list[Node] = []
    for number, node in enumerate(part.nodes):
        # Each part ends in front of where they are joined.
        moved = replace(node, id=names[node.id], position=(column - APART * (last - number + 1), below))
        if moved.id == SOURCE:
            stands = replace(source, position=moved.position)
            base = replace(base, nodes=tuple(stands if other is source else other for other in base.nodes))
            continue
        nodes.append(replace(moved, name=_called(side.name)) if node.id == IN else moved)
    wires = [replace(wire, source=names[wire.source], target=names[wire.target]) for wire in part.wires]
    end = next(iter(wire for wire in base.wires if wire.target == NEXT)).target_port
    wires.append(Wire(names[END], "y", JOIN, end))
    found = replace(base, nodes=(*base.nodes, *nodes), wires=(*base.wires, *wires))
    if not by_data:
        found = SetParam(names[IN], ("column",), side.name).apply(found, CATALOG)
    if side.shape == (1,):
        width = max(2, min(WIDEST, (side.tokens + 1) // 2))
        found = SetParam(names["e"], ("width",), width).apply(found, CATALOG)
    return found


def _called(column: str) -> str:
    return column[:40]
