"""Big documents for the canvas."""

from __future__ import annotations

from nnstudio.catalog.registry import CATALOG
from nnstudio.document.fields import complete
from nnstudio.document.values import Choice, Document, Node, Params, Wire

COLUMNS = 40


def ladder(count: int) -> Document:
    """Chains of Linear nodes in rows, each wired to the one before."""
    kind = CATALOG.node_kind("linear")
    assert kind is not None
    params = complete(kind.fields, Params(), CATALOG)
    nodes = tuple(
        Node(f"n{i}", "linear", f"layer {i}", params, (236.0 * (i % COLUMNS), 110.0 * (i // COLUMNS)))
        for i in range(count)
    )
    wires = tuple(Wire(f"n{i - 1}", "y", f"n{i}", "x") for i in range(1, count) if i % COLUMNS)
    return Document("ladder", nodes, wires)


def trainable(count: int) -> Document:
    """A network that can be trained: Iris through a long chain of layers, laid out in rows."""
    kinds = ["data", *["linear"] * (count - 3), "loss", "optimizer"]
    nodes = tuple(
        Node(f"n{i}", kind, f"layer {i}", _settings(kind, i, count), (236.0 * (i % COLUMNS), 110.0 * (i // COLUMNS)))
        for i, kind in enumerate(kinds)
    )
    wires = tuple(
        Wire(f"n{i - 1}", "x" if i == 1 else "y", f"n{i}", "prediction" if i == count - 2 else "x")
        for i in range(1, count - 1)
    )
    return Document("large", nodes, wires)


def _settings(kind: str, place: int, count: int) -> Params:
    entry = CATALOG.node_kind(kind)
    assert entry is not None
    given = {
        "data": {"dataset": Choice("iris")},
        "loss": {"loss": Choice("cross_entropy")},
        "linear": {"units": 3} if place == count - 3 else {"units": 4, "activation": Choice("tanh")},
    }
    return complete(entry.fields, Params(given.get(kind, {})), CATALOG)
