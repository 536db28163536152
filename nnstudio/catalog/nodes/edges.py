"""The Edges node: which nodes of the graph are linked."""

from __future__ import annotations

from nnstudio.catalog.entry import Node, Port
from nnstudio.document.text import Text

ENTRY = Node(
    id="edges",
    title=Text("Edges"),
    help=Text(
        "The links of the Data node's graph, as a table of ones and zeros (adjacency matrix). Wire it to graph layers."
    ),
    role="edges",
    group="data",
    single=True,
    outputs=(Port("adjacency", Text("edges"), per="shared"),),
    order=5,
)
