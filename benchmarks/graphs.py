"""Big documents for the canvas."""

from __future__ import annotations

from nnstudio.catalog.registry import CATALOG
from nnstudio.document.fields import complete
from nnstudio.document.values import Document, Node, Params, Wire

COLUMNS = 40


def ladder(count: int) -> Document:
    """Chains of Linear nodes in rows, each wired to the one before."""
    kind = CATALOG.node_kind("linear")
    assert kind is not None
    params = complete(kind.fields, Params(), CATALOG)
    nodes = tuple(Node(f"n{i}", "linear", f"layer {i}", params, (236.0 * (i % COLUMNS), 110.0 * (i // COLUMNS))) for i in range(count))
    wires = tuple(Wire(f"n{i - 1}", "y", f"n{i}", "x") for i in range(1, count) if i % COLUMNS)
    return Document("ladder", nodes, wires)
