"""The Edges node: which nodes of the graph are linked."""

from __future__ import annotations

from nnstudio.catalog.entry import Node, Port
from nnstudio.document.text import Text

ENTRY = Node(
    id="edges",
    title=Text("Edges", "边"),
    help=Text("The links of the Data node's graph, as a table of ones and zeros (adjacency matrix). Wire it to graph layers.",
              "数据节点中图的连边，以 0/1 表（邻接矩阵）表示。请接到图层。"),
    role="edges",
    group="data",
    single=True,
    outputs=(Port("adjacency", Text("edges", "边"), per="shared"),),
    order=5,
)
