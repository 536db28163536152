"""Left-to-right layout: columns by longest path, order in a column by the barycentre of the neighbours."""

from __future__ import annotations

from nnstudio.catalog.registry import node_kinds
from nnstudio.document.values import Document

COLUMN, ROW_GAP, SWEEPS = 230.0, 36.0, 8


def tidy(document: Document, heights: dict[str, float]) -> dict[str, tuple[float, float]]:
    """Return a place for every node. Nodes that need no wire (the optimizer) stand below the last column."""
    # Imported when it is first asked for: the window is painted sooner without.
    import networkx as nx

    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(node.id for node in document.nodes)
    graph.add_edges_from((wire.source, wire.target) for wire in document.wires)
    if not nx.is_directed_acyclic_graph(graph):
        return {node.id: node.position for node in document.nodes}
    loose = {n.id for n in document.nodes if n.kind in node_kinds() and not node_kinds()[n.kind].inputs and not node_kinds()[n.kind].outputs}
    depth: dict[str, int] = {}
    for name in nx.topological_sort(graph):
        depth[name] = max((depth[before] + 1 for before in graph.predecessors(name)), default=0)
    last = max((depth[name] for name in graph if name not in loose), default=0)
    for name in loose:
        depth[name] = last
    columns: list[list[str]] = [[] for _ in range(max(depth.values(), default=0) + 1)]
    for node in document.nodes:
        columns[depth[node.id]].append(node.id)
    for sweep in range(SWEEPS):
        order = columns if sweep % 2 == 0 else list(reversed(columns))
        place = {name: i - len(column) / 2 for column in columns for i, name in enumerate(column)}
        for column in order:
            neighbours = graph.predecessors if sweep % 2 == 0 else graph.successors

            def weight(name: str, neighbours: object = neighbours, place: dict[str, float] = place) -> float:
                around = [place[other] for other in neighbours(name)]
                return sum(around) / len(around) if around else place[name]

            column.sort(key=lambda name: (name in loose, weight(name)))
            place.update({name: i - len(column) / 2 for i, name in enumerate(column)})
    found = {}
    for number, column in enumerate(columns):
        total = sum(heights.get(name, 60.0) + ROW_GAP for name in column) - ROW_GAP
        y = -total / 2
        for name in column:
            found[name] = (number * COLUMN, round(y / 10) * 10.0)
            y += heights.get(name, 60.0) + ROW_GAP
    return found
