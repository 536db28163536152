"""Nodes that name layers: their names follow the layers when these are copied, grouped or ungrouped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from nnstudio.document.fields import NamesField, NodeKind, Vocabulary
from nnstudio.document.values import Document, Node, Params

SEPARATOR = "/"
# Where a layer, or all in a group, has gone: its path to that of what stands for it now.
Moved = Mapping[str, tuple[str, ...]]


def served(node: Node, kind: NodeKind) -> tuple[str, ...]:
    """The layers that a node names."""
    return tuple(name for field in _fields(kind) for name in node.params.get(field) or ())


def follow(node: Node, moved: Moved, vocabulary: Vocabulary) -> Node:
    """A node that names layers by their new paths."""
    kind = vocabulary.node_kind(node.kind)
    given = {
        field: tuple(new for name in node.params[field] for new in _path(name, moved))
        for field in (_fields(kind) if kind is not None else ())
        if node.params.get(field)
    }
    return (
        replace(node, params=Params({**node.params, **given}))
        if any(node.params[field] != names for field, names in given.items())
        else node
    )


def all_follow(document: Document, moved: Moved, vocabulary: Vocabulary) -> Document:
    """A document whose nodes name layers by their new paths."""
    return (
        replace(document, nodes=tuple(follow(node, moved, vocabulary) for node in document.nodes))
        if moved
        else document
    )


def _fields(kind: NodeKind) -> tuple[str, ...]:
    return tuple(field.name for field in kind.fields if isinstance(field, NamesField) and field.kind == "layers")


def _path(name: str, moved: Moved) -> tuple[str, ...]:
    parts = name.split(SEPARATOR)
    for length in range(len(parts), 0, -1):
        head = SEPARATOR.join(parts[:length])
        if head in moved:
            return tuple(SEPARATOR.join((new, *parts[length:])) for new in moved[head])
    return (name,)
