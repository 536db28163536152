"""Left-to-right layout: columns by longest path, order in a column by the barycentre of the neighbours; a long network
in rows, as text is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from nnstudio.catalog.registry import node_kinds
from nnstudio.document.values import Document

if TYPE_CHECKING:
    import networkx as nx

COLUMN, ROW_GAP, SWEEPS = 230.0, 36.0, 8
# Between two rows run the wires that lead from the end of one to the beginning of the next: no more than these, or
# there is no fold.
BETWEEN, MOST_CROSSING = 80.0, 2
# How much larger cards must become for a network to be folded.
WORTH = 1.3


def tidy(
    document: Document, heights: dict[str, float], view: tuple[float, float] | None = None
) -> dict[str, tuple[float, float]]:
    """Return a place for every node. Nodes that need no wire (the optimizer) stand below the last column.

    With a ``view`` (width and height of the canvas on screen) a network that would be small in it is folded into rows.
    """
    # Imported when it is first asked for: the window is painted sooner without.
    import networkx as nx

    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(node.id for node in document.nodes)
    graph.add_edges_from((wire.source, wire.target) for wire in document.wires)
    if not nx.is_directed_acyclic_graph(graph):
        return {node.id: node.position for node in document.nodes}
    loose = {node.id for node in document.nodes if _stands_alone(node.kind)}
    depth = _depths(graph, list(nx.topological_sort(graph)), loose)
    columns: list[list[str]] = [[] for _ in range(max(depth.values(), default=0) + 1)]
    for node in document.nodes:
        columns[depth[node.id]].append(node.id)
    _sort(columns, graph, loose)
    tall = [sum(heights.get(name, 60.0) + ROW_GAP for name in column) - ROW_GAP for column in columns]
    ends = [depth[wire.source] for wire in document.wires], [depth[wire.target] for wire in document.wires]
    crossing = [sum(a <= cut < b for a, b in zip(*ends, strict=True)) for cut in range(len(columns) - 1)]
    rows = _rows(tall, crossing, view) if view is not None else [range(len(columns))]
    return _placed(columns, rows, tall, heights)


def _stands_alone(kind: str) -> bool:
    """Whether nodes of a kind take no wire at all."""
    entry = node_kinds().get(kind)
    return entry is not None and not entry.inputs and not entry.outputs


def _depths(graph: nx.DiGraph[str], order: list[str], loose: set[str]) -> dict[str, int]:
    """The column of every node: the longest path that leads to it; what needs no wire stands in the last one."""
    depth: dict[str, int] = {}
    for name in order:
        depth[name] = max((depth[before] + 1 for before in graph.predecessors(name)), default=0)
    last = max((depth[name] for name in graph if name not in loose), default=0)
    return {**depth, **dict.fromkeys(loose, last)}


def _sort(columns: list[list[str]], graph: nx.DiGraph[str], loose: set[str]) -> None:
    """Sort each column by where its neighbours stand, back and forth."""
    for sweep in range(SWEEPS):
        order = columns if sweep % 2 == 0 else list(reversed(columns))
        place = {name: i - len(column) / 2 for column in columns for i, name in enumerate(column)}
        for column in order:
            neighbours = graph.predecessors if sweep % 2 == 0 else graph.successors

            def weight(
                name: str, neighbours: Callable[[str], Iterable[str]] = neighbours, place: dict[str, float] = place
            ) -> float:
                around = [place[other] for other in neighbours(name)]
                return sum(around) / len(around) if around else place[name]

            column.sort(key=lambda name: (name in loose, weight(name)))
            place.update({name: i - len(column) / 2 for i, name in enumerate(column)})


def _placed(
    columns: list[list[str]], rows: list[range], tall: list[float], heights: dict[str, float]
) -> dict[str, tuple[float, float]]:
    """Where every card stands: columns beside each other, rows of them below each other."""
    found, middle = {}, 0.0
    for line, row in enumerate(rows):
        height = max((tall[number] for number in row), default=0.0)
        middle += height / 2 + BETWEEN if line else 0.0
        for number in row:
            y = middle - tall[number] / 2
            for name in columns[number]:
                found[name] = ((number - row[0]) * COLUMN, round(y / 10) * 10.0)
                y += heights.get(name, 60.0) + ROW_GAP
        middle += height / 2
    return found


def _rows(tall: list[float], crossing: list[int], view: tuple[float, float]) -> list[range]:
    """The columns in rows such that the whole is as large in the view as can be; one row where that does not help
    much.
    """
    best, count = [range(len(tall))], len(tall)

    def zoom(rows: list[range]) -> float:
        width = max(len(row) for row in rows) * COLUMN
        height = sum(max(tall[number] for number in row) + BETWEEN for row in rows) - BETWEEN
        return min(view[0] / max(width, 1.0), view[1] / max(height, 1.0))

    least = WORTH * min(1.0, zoom(best))
    for length in range(3, count):
        rows, first = [], 0
        while count - first > length:
            # A little earlier where fewer wires are cut.
            cut = min(range(first + length - 1, first + max(1, length - 3), -1), key=lambda place: crossing[place])
            if crossing[cut] > MOST_CROSSING:
                break
            rows.append(range(first, cut + 1))
            first = cut + 1
        else:
            rows.append(range(first, count))
            if min(1.0, zoom(rows)) > least:
                best, least = rows, min(1.0, zoom(rows))
    return best
