"""Friendships in a karate club that split in two."""

from __future__ import annotations

from nnstudio.catalog.entry import Dataset, Table
from nnstudio.document.text import Text
from nnstudio.document.values import Params


def _make(params: Params) -> Table:
    import networkx as nx
    import numpy as np

    graph = nx.karate_club_graph()
    members = sorted(graph)
    adjacency = nx.to_numpy_array(graph, nodelist=members, weight=None)
    club = np.array([0 if graph.nodes[m]["club"] == "Mr. Hi" else 1 for m in members])
    # No feature is known of a member: each is told from the others by a one of its own.
    return Table(
        tuple(f"member {m + 1}" for m in members),
        np.eye(len(members)),
        club,
        ("Mr. Hi", "Officer"),
        adjacency=adjacency,
        scale_axis=None,
    )


ENTRY = Dataset(
    id="karate",
    title=Text("Karate club"),
    help=Text(
        "34 members of a club and who met whom outside it; the club split in two (Zachary, 1977). Each node sees only "
        "itself: the links must tell. Use graph layers with an Edges node."
    ),
    make=_make,
    order=80,
)
