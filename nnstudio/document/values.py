"""The immutable values a document is made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any


class Params(Mapping[str, Any]):
    """A frozen, hashable mapping from field names to values, in sorted order."""

    __slots__ = ("_hash", "_items")

    def __init__(self, items: Mapping[str, Any] | None = None, **more: Any) -> None:
        merged = {**(items or {}), **more}
        self._items: dict[str, Any] = {key: freeze(merged[key]) for key in sorted(merged)}
        self._hash: int | None = None

    def __getitem__(self, key: str) -> Any:
        return self._items[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __hash__(self) -> int:
        if self._hash is None:
            self._hash = hash(tuple((k, type(v).__name__, v) for k, v in self._items.items()))
        return self._hash

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Params):
            return NotImplemented
        return self._items == other._items

    def __repr__(self) -> str:
        return f"Params({self._items!r})"

    def with_value(self, key: str, value: Any) -> Params:
        """Return a copy with one entry replaced."""
        return Params({**self._items, key: value})

    def without(self, key: str) -> Params:
        """Return a copy without one entry."""
        return Params({k: v for k, v in self._items.items() if k != key})


@dataclass(frozen=True)
class Choice:
    """A choice from one family of the vocabulary, with its own parameters."""

    kind: str
    params: Params = Params()


def freeze(value: Any) -> Any:
    """Turn lists into tuples so that the value can be hashed and shared."""
    if isinstance(value, list | tuple):
        return tuple(freeze(item) for item in value)
    return value


# A box with words on the canvas: a node like others to move, copy and undo, and nothing to the network.
COMMENT = "comment"


# Settings of a node that are names of the student's own; they mean nothing to what is computed.
LABELS = ("names", "weight_names")


def unnamed(params: Params) -> Params:
    """Return the settings of a node without what its neurons, inputs and weights are called."""
    for label in LABELS:
        if isinstance(params.get(label), tuple):
            params = params.without(label)
    return params


@dataclass(frozen=True)
class Node:
    """A card on the canvas; ``body`` is the network inside when the node is a group."""

    id: str
    kind: str
    name: str = ""
    params: Params = Params()
    position: tuple[float, float] = (0.0, 0.0)
    notes: str = ""
    body: Document | None = None

    @cached_property
    def meaning(self) -> tuple[Any, ...]:
        """What the program has of it: everything but position, notes, and what its neurons and weights are called."""
        return (self.id, self.kind, self.name, unnamed(self.params), self.body and self.body.meaning)


@dataclass(frozen=True, order=True)
class Wire:
    """A connection from an output port to an input port, by node ids and port names."""

    source: str
    source_port: str
    target: str
    target_port: str


@dataclass(frozen=True)
class Document:
    """Everything the student made; two equal documents are the same project."""

    name: str = ""
    nodes: tuple[Node, ...] = ()
    wires: tuple[Wire, ...] = ()
    training: Params = Params()
    notes: str = ""
    lesson: Params = Params()

    @cached_property
    def by_id(self) -> dict[str, Node]:
        """The nodes by their id."""
        return {node.id: node for node in self.nodes}

    @cached_property
    def wires_into(self) -> dict[str, tuple[Wire, ...]]:
        """The wires that end at each node, in the order they were drawn."""
        found: dict[str, list[Wire]] = {node.id: [] for node in self.nodes}
        for wire in self.wires:
            found.setdefault(wire.target, []).append(wire)
        return {key: tuple(wires) for key, wires in found.items()}

    @cached_property
    def wires_from(self) -> dict[str, tuple[Wire, ...]]:
        """The wires that start at each node."""
        found: dict[str, list[Wire]] = {node.id: [] for node in self.nodes}
        for wire in self.wires:
            found.setdefault(wire.source, []).append(wire)
        return {key: tuple(wires) for key, wires in found.items()}

    @cached_property
    def meaning(self) -> tuple[Any, ...]:
        """What decides the program: everything but positions, notes and comments."""
        return (tuple(node.meaning for node in self.nodes if node.kind != COMMENT), self.wires, self.training)

    @property
    def labels(self) -> tuple[Any, ...]:
        """What neurons, inputs and weights are called: a program has it, and nothing is computed otherwise by it."""
        return tuple(
            (node.id, tuple(node.params.get(label) for label in LABELS), node.body and node.body.labels)
            for node in self.nodes
            if node.kind != COMMENT
        )

    def reaches(self, start: str, goal: str) -> bool:
        """Tell whether a path of wires leads from ``start`` to ``goal``."""
        seen: set[str] = set()
        stack = [start]
        while stack:
            here = stack.pop()
            if here == goal:
                return True
            if here not in seen:
                seen.add(here)
                stack.extend(wire.target for wire in self.wires_from.get(here, ()))
        return False


@dataclass(frozen=True)
class Parts:
    """What a project file may carry beside the document: trained weights, what the window showed, copies of data files.

    ``data`` holds files by their name: the fingerprint and the ending of the original. ``arrays`` are those that
    ``run``'s ``state`` names: with them the run goes on where it stood. ``progress`` is how far a student came in the
    project's lesson.
    """

    weights: Mapping[str, Any] = field(default_factory=dict)
    run: Mapping[str, Any] = field(default_factory=dict)
    view: Mapping[str, Any] = field(default_factory=dict)
    data: Mapping[str, bytes] = field(default_factory=dict)
    arrays: Mapping[str, Any] = field(default_factory=dict)
    progress: Mapping[str, Any] = field(default_factory=dict)
