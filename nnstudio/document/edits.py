"""Every edit as a small frozen value: ``apply(document, vocabulary)`` returns the next document or raises."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Protocol

from nnstudio.document.errors import (
    DuplicateNode,
    DuplicateWire,
    OnlyOne,
    PortTaken,
    UnknownField,
    UnknownKind,
    UnknownNode,
    UnknownPort,
    WouldCycle,
)
from nnstudio.document.fields import Field, NodeKind, Vocabulary, complete
from nnstudio.document.text import Message, message
from nnstudio.document.values import Choice, Document, Node, Params, Wire

MAX_NODES = 5000
FARTHEST = 1e6


class Edit(Protocol):
    """One change the student makes; ``label`` names it in the undo menu."""

    @property
    def label(self) -> Message: ...

    def apply(self, document: Document, vocabulary: Vocabulary) -> Document:
        """Return the changed document; raises an :class:`EditError` when the edit is illegal."""


def require_node(document: Document, node: str) -> Node:
    """Return a node of the document.

    Raises:
        UnknownNode: there is none with that id.
    """
    try:
        return document.by_id[node]
    except KeyError:
        raise UnknownNode("node.unknown", node=node) from None


def require_kind(vocabulary: Vocabulary, kind: str) -> NodeKind:
    """Return a kind of node; raises UnknownKind."""
    found = vocabulary.node_kind(kind)
    if found is None:
        raise UnknownKind("kind.unknown", kind=kind)
    return found


def on_canvas(position: tuple[float, float]) -> tuple[float, float]:
    """A place that a file can hold."""
    x, y = (min(max(v, -FARTHEST), FARTHEST) for v in position)
    return x, y


def fresh_id(document: Document, stem: str) -> str:
    """Return an id that is free in the document: the stem with the first free number."""
    number = 1
    while f"{stem}{number}" in document.by_id:
        number += 1
    return f"{stem}{number}"


def _replace_node(document: Document, node: Node) -> Document:
    return replace(document, nodes=tuple(node if old.id == node.id else old for old in document.nodes))


@dataclass(frozen=True)
class AddNode:
    """Place a node of a known kind; missing settings take their defaults."""

    kind: str
    id: str
    position: tuple[float, float] = (0.0, 0.0)
    params: Params = Params()
    name: str = ""

    @property
    def label(self) -> Message:
        return message("edit.add", name=self.name or self.id)

    def apply(self, document: Document, vocabulary: Vocabulary) -> Document:
        kind = require_kind(vocabulary, self.kind)
        if self.id in document.by_id:
            raise DuplicateNode("node.duplicate", node=self.id)
        if len(document.nodes) >= MAX_NODES:
            raise OnlyOne("document.full", count=MAX_NODES)
        if kind.single and any(node.kind == self.kind for node in document.nodes):
            raise OnlyOne("node.single", kind=kind.title)
        params = complete(kind.fields, self.params, vocabulary)
        node = Node(self.id, self.kind, self.name, params, on_canvas(self.position))
        return replace(document, nodes=(*document.nodes, node))


@dataclass(frozen=True)
class RemoveNodes:
    """Take nodes away together with their wires."""

    nodes: tuple[str, ...]

    @property
    def label(self) -> Message:
        return message("edit.remove", count=len(self.nodes))

    def apply(self, document: Document, vocabulary: Vocabulary) -> Document:
        for node in self.nodes:
            require_node(document, node)
        gone = set(self.nodes)
        return replace(
            document,
            nodes=tuple(node for node in document.nodes if node.id not in gone),
            wires=tuple(wire for wire in document.wires if wire.source not in gone and wire.target not in gone),
        )


def _port(ports: Iterable[Any], name: str, node: Node) -> Any:
    for port in ports:
        if port.name == name:
            return port
    raise UnknownPort("port.unknown", node=node.name or node.id, port=name)


@dataclass(frozen=True)
class Connect:
    """Draw a wire from an output port to an input port."""

    wire: Wire

    @property
    def label(self) -> Message:
        return message("edit.connect", source=self.wire.source, target=self.wire.target)

    def apply(self, document: Document, vocabulary: Vocabulary) -> Document:
        wire = self.wire
        source = require_node(document, wire.source)
        target = require_node(document, wire.target)
        _port(require_kind(vocabulary, source.kind).outputs, wire.source_port, source)
        port = _port(require_kind(vocabulary, target.kind).inputs, wire.target_port, target)
        if wire in document.wires:
            raise DuplicateWire("wire.duplicate")
        if not port.many and any(w.target_port == port.name for w in document.wires_into.get(target.id, ())):
            raise PortTaken("port.taken", node=target.name or target.id, port=wire.target_port)
        if document.reaches(wire.target, wire.source):
            raise WouldCycle("wire.cycle", source=source.name or source.id, target=target.name or target.id)
        return replace(document, wires=(*document.wires, wire))


@dataclass(frozen=True)
class InsertNode:
    """Put a new node into a wire."""

    wire: Wire
    kind: str
    id: str
    params: Params = Params()
    position: tuple[float, float] | None = None

    @property
    def label(self) -> Message:
        return message("edit.add", name=self.id)

    def apply(self, document: Document, vocabulary: Vocabulary) -> Document:
        kind = require_kind(vocabulary, self.kind)
        source, target = require_node(document, self.wire.source), require_node(document, self.wire.target)
        middle = ((source.position[0] + target.position[0]) / 2, (source.position[1] + target.position[1]) / 2)
        document = Disconnect(self.wire).apply(document, vocabulary)
        document = AddNode(self.kind, self.id, self.position or middle, self.params).apply(document, vocabulary)
        into = Wire(self.wire.source, self.wire.source_port, self.id, kind.inputs[0].name)
        onward = Wire(self.id, kind.outputs[0].name, self.wire.target, self.wire.target_port)
        return Connect(onward).apply(Connect(into).apply(document, vocabulary), vocabulary)


@dataclass(frozen=True)
class Bypass:
    """Take a node away and join what was in front of it with what follows."""

    node: str

    @property
    def label(self) -> Message:
        return message("edit.remove", count=1)

    def apply(self, document: Document, vocabulary: Vocabulary) -> Document:
        require_node(document, self.node)
        into, out = document.wires_into[self.node], document.wires_from[self.node]
        document = RemoveNodes((self.node,)).apply(document, vocabulary)
        if len(into) == 1:
            for wire in out:
                joined = Wire(into[0].source, into[0].source_port, wire.target, wire.target_port)
                document = Connect(joined).apply(document, vocabulary)
        return document


@dataclass(frozen=True)
class Disconnect:
    """Take one wire away."""

    wire: Wire

    @property
    def label(self) -> Message:
        return message("edit.disconnect", source=self.wire.source, target=self.wire.target)

    def apply(self, document: Document, vocabulary: Vocabulary) -> Document:
        if self.wire not in document.wires:
            raise UnknownPort("wire.unknown")
        return replace(document, wires=tuple(wire for wire in document.wires if wire != self.wire))


@dataclass(frozen=True)
class MoveNodes:
    """Put nodes somewhere else on the canvas; changes no meaning."""

    positions: tuple[tuple[str, tuple[float, float]], ...]

    @property
    def label(self) -> Message:
        return message("edit.move", count=len(self.positions))

    def apply(self, document: Document, vocabulary: Vocabulary) -> Document:
        places = dict(self.positions)
        for node in places:
            require_node(document, node)
        return replace(
            document,
            nodes=tuple(replace(n, position=on_canvas(places[n.id])) if n.id in places else n for n in document.nodes),
        )


@dataclass(frozen=True)
class RenameNode:
    """Give a node a name of the student's own."""

    node: str
    name: str

    @property
    def label(self) -> Message:
        return message("edit.rename", name=self.name)

    def apply(self, document: Document, vocabulary: Vocabulary) -> Document:
        node = require_node(document, self.node)
        return _replace_node(document, replace(node, name=self.name[:200]))


def _set(
    fields: tuple[Field, ...], params: Params, path: tuple[str, ...], value: Any, vocabulary: Vocabulary
) -> Params:
    """Return ``params`` with the value at ``path``; a path goes through choices into their own settings."""
    field = next((field for field in fields if field.name == path[0]), None)
    if field is None:
        raise UnknownField("field.unknown", field=path[0])
    if len(path) == 1:
        return params.with_value(field.name, field.check(value, vocabulary))
    chosen = params.get(field.name, field.default)
    entry = vocabulary.choice(getattr(field, "family", ""), getattr(chosen, "kind", ""))
    if not isinstance(chosen, Choice) or entry is None:
        raise UnknownField("field.unknown", field=".".join(path))
    inner = _set(entry.fields, complete(entry.fields, chosen.params, vocabulary), path[1:], value, vocabulary)
    return params.with_value(field.name, field.check(Choice(chosen.kind, inner), vocabulary))


@dataclass(frozen=True)
class SetParam:
    """Change one setting of a node; the path may lead into a choice: ("activation", "slope")."""

    node: str
    path: tuple[str, ...]
    value: Any

    @property
    def label(self) -> Message:
        return message("edit.set", field=".".join(self.path), node=self.node)

    def apply(self, document: Document, vocabulary: Vocabulary) -> Document:
        node = require_node(document, self.node)
        fields = require_kind(vocabulary, node.kind).fields
        return _replace_node(
            document, replace(node, params=_set(fields, node.params, self.path, self.value, vocabulary))
        )


@dataclass(frozen=True)
class SetTraining:
    """Change one setting of the training run: epochs, batch size, seed and the like."""

    path: tuple[str, ...]
    value: Any

    @property
    def label(self) -> Message:
        return message("edit.training", field=".".join(self.path))

    def apply(self, document: Document, vocabulary: Vocabulary) -> Document:
        params = _set(vocabulary.training_fields(), document.training, self.path, self.value, vocabulary)
        return replace(document, training=params)


@dataclass(frozen=True)
class SetNotes:
    """Change the notes of a node, or of the whole document when ``node`` is empty."""

    node: str
    notes: str

    @property
    def label(self) -> Message:
        return message("edit.notes")

    def apply(self, document: Document, vocabulary: Vocabulary) -> Document:
        if not self.node:
            return replace(document, notes=self.notes)
        return _replace_node(document, replace(require_node(document, self.node), notes=self.notes))


@dataclass(frozen=True)
class ReplaceAll:
    """Put another document in the place of this one: the network of an earlier run."""

    document: Document

    @property
    def label(self) -> Message:
        return message("edit.replace")

    def apply(self, document: Document, vocabulary: Vocabulary) -> Document:
        return self.document


@dataclass(frozen=True)
class Together:
    """Several edits as one step of undo; either all of them apply or none does."""

    edits: tuple[Edit, ...]
    label: Message

    def apply(self, document: Document, vocabulary: Vocabulary) -> Document:
        for edit in self.edits:
            document = edit.apply(document, vocabulary)
        return document
