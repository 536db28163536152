"""A layer of a graph network as the graph itself: nodes coloured by a neuron, the present one with its links."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from nnstudio.ui.kit import theme

WIDE, HIGH, DOT, MARGIN = 190.0, 170.0, 4.6, 9.0
# A graph of more nodes is a ball of wool.
MOST = 300
LAYOUT_SEED, PASSES = 3, 80


@dataclass(frozen=True)
class Links:
    """A graph as it is drawn: places of its nodes (N, 2) between 0 and 1, its links (E, 2), and how much of what each
    node says arrives at which (N, N): the adjacency with loops, scaled by the degrees at both ends, as GCN has it
    (Kipf and Welling, 2017).
    """

    places: np.ndarray
    links: np.ndarray
    share: np.ndarray


def links_of(adjacency: np.ndarray) -> Links | None:
    """Return a graph as it is drawn; None when it is too large to be."""
    if len(adjacency) > MOST:
        return None
    import networkx as nx

    graph = nx.from_numpy_array(adjacency)
    found = nx.spring_layout(graph, seed=LAYOUT_SEED, iterations=PASSES)
    places = np.array([found[node] for node in range(len(adjacency))])
    low, high = places.min(axis=0), places.max(axis=0)
    looped = (adjacency != 0).astype(float) + np.eye(len(adjacency))
    root = 1 / np.sqrt(looped.sum(axis=1))
    return Links(
        (places - low) / np.maximum(high - low, 1e-9),
        np.argwhere(np.triu(adjacency, 1)),
        looped * root[:, None] * root[None, :],
    )


@dataclass(frozen=True)
class GraphView:
    """What is drawn of a graph: a colour for each node, and which of them is the present sample (−1: none)."""

    links: Links
    colors: tuple[QColor, ...]
    present: int


def paint_graph(painter: QPainter, view: GraphView, box: QRectF) -> None:
    """Draw a graph into a rectangle."""
    t = theme.current()
    inner = box.adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN)
    spots = [
        QPointF(inner.left() + x * inner.width(), inner.top() + y * inner.height())
        for x, y in view.links.places.tolist()
    ]
    faint = QColor(t.muted)
    faint.setAlphaF(0.3)
    painter.setPen(QPen(faint, 0.8))
    for a, b in view.links.links.tolist():
        painter.drawLine(spots[a], spots[b])
    if view.present >= 0:
        shares = view.links.share[view.present]
        largest = float(shares.max(initial=1e-9))
        for other in np.flatnonzero(shares).tolist():
            if other != view.present:
                # As wide as what arrives along it.
                painter.setPen(QPen(QColor(t.now), 0.8 + 2.2 * float(shares[other]) / largest))
                painter.drawLine(spots[view.present], spots[other])
    painter.setPen(QPen(QColor(t.border), 0.8))
    for place, (spot, color) in enumerate(zip(spots, view.colors, strict=True)):
        painter.setBrush(color)
        size = DOT * (1.5 if place == view.present else 1.0)
        if place == view.present:
            painter.setPen(QPen(QColor(t.now), 2.0))
        painter.drawEllipse(spot, size, size)
        painter.setPen(QPen(QColor(t.border), 0.8))
    painter.setBrush(Qt.BrushStyle.NoBrush)
