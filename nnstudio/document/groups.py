"""Groups: nodes that hold a network. Opening them, editing inside, and laying them flat for the lowering."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from nnstudio.document.edits import Edit, fresh_id, require_node
from nnstudio.document.errors import EditError, UnknownNode
from nnstudio.document.fields import Vocabulary, complete
from nnstudio.document.served import SEPARATOR as SEPARATOR
from nnstudio.document.served import Moved, all_follow
from nnstudio.document.text import Message, message
from nnstudio.document.values import COMMENT, Document, Node, Params, Wire

GROUP, ENTRY, EXIT = "group", "group_input", "group_output"
IN_PORT, OUT_PORT = "x", "y"
MAX_DEPTH = 16

Path = tuple[str, ...]


def is_group(node: Node) -> bool:
    """Whether a node is a group; a body on another kind is kept, but not looked into."""
    return node.kind == GROUP and node.body is not None


def depth_of(document: Document) -> int:
    """How many groups lie in one another."""
    return max((1 + depth_of(node.body) for node in document.nodes if node.body is not None), default=0)


def not_too_deep(document: Document) -> Document:
    """Return the document; raises EditError when more groups lie in one another than any network needs."""
    if depth_of(document) > MAX_DEPTH:
        raise EditError("group.deep", high=MAX_DEPTH)
    return document


def body_at(document: Document, path: Path) -> Document:
    """Return the network inside the group at a path of node ids; () is the document itself.

    Raises:
        UnknownNode: there is no group at that path.
    """
    for name in path:
        node = require_node(document, name)
        if node.body is None:
            raise UnknownNode("node.unknown", node=name)
        document = node.body
    return document


def empty_body() -> Document:
    """The network of a new group: its input and its output, joined."""
    return Document(
        "",
        (Node("input", ENTRY, position=(-160.0, 0.0)), Node("output", EXIT, position=(320.0, 0.0))),
        (Wire("input", OUT_PORT, "output", IN_PORT),),
    )


@dataclass(frozen=True)
class Inside:
    """An edit of the network inside a group."""

    path: Path
    edit: Edit

    @property
    def label(self) -> Message:
        return self.edit.label

    def apply(self, document: Document, vocabulary: Vocabulary) -> Document:
        if not self.path:
            return self.edit.apply(document, vocabulary)
        node = require_node(document, self.path[0])
        if node.body is None:
            raise UnknownNode("node.unknown", node=node.id)
        body = Inside(self.path[1:], self.edit).apply(node.body, vocabulary)
        edited = replace(document, nodes=tuple(replace(n, body=body) if n.id == node.id else n for n in document.nodes))
        return not_too_deep(all_follow(edited, self.moved(document), vocabulary))

    def moved(self, document: Document) -> Moved:
        """Where layers go: into another group of this one, or out of one."""
        if not isinstance(self.edit, MakeGroup | Ungroup):
            return {}
        start = SEPARATOR.join(self.path) + SEPARATOR
        return {
            start + old: tuple(start + name for name in new)
            for old, new in self.edit.moved(body_at(document, self.path)).items()
        }


@dataclass(frozen=True)
class AddGroup:
    """Place a group that holds a copy of a network, with weights of its own."""

    id: str
    body: Document
    name: str = ""
    position: tuple[float, float] = (0.0, 0.0)

    @property
    def label(self) -> Message:
        return message("edit.add", name=self.name or self.id)

    def apply(self, document: Document, vocabulary: Vocabulary) -> Document:
        if self.id in document.by_id:
            raise EditError("node.duplicate", node=self.id)
        kind = vocabulary.node_kind(GROUP)
        params = complete(kind.fields, Params(), vocabulary) if kind is not None else Params()
        return not_too_deep(
            replace(
                document,
                nodes=(*document.nodes, Node(self.id, GROUP, self.name, params, self.position, body=self.body)),
            )
        )


def _body(chosen: list[Node], into: list[Wire], results: list[tuple[str, str]]) -> tuple[Document, tuple[float, float]]:
    """The network inside a group that is made of nodes, and where the group stands: in their middle. ``into`` are all
    wires that lead to them, in order: that decides what several inputs of a node are.
    """
    left = min((node.position[0] for node in chosen), default=0.0)
    right = max((node.position[0] for node in chosen), default=0.0)
    middle = sum(node.position[1] for node in chosen) / max(1, len(chosen))
    taken = Document(nodes=tuple(chosen))
    start, end = fresh_id(taken, "input"), fresh_id(taken, "output")
    entry, leaving = (
        Node(start, ENTRY, position=(left - 220.0, middle)),
        Node(end, EXIT, position=(right + 220.0, middle)),
    )
    wires = [
        wire if wire.source in taken.by_id else Wire(start, OUT_PORT, wire.target, wire.target_port) for wire in into
    ]
    wires += [Wire(source, port, end, IN_PORT) for source, port in results]
    return Document("", (entry, *chosen, leaving), tuple(wires)), ((left + right) / 2, middle)


@dataclass(frozen=True)
class MakeGroup:
    """Put chosen nodes into a group; one value may come in and one may go out."""

    nodes: tuple[str, ...]
    name: str = ""

    @property
    def label(self) -> Message:
        return message("edit.group", count=len(self.nodes))

    def apply(self, document: Document, vocabulary: Vocabulary) -> Document:
        chosen = [require_node(document, name) for name in self.nodes]
        inside = set(self.nodes)
        for node in chosen:
            kind = vocabulary.node_kind(node.kind)
            if kind is not None and node.kind != COMMENT and (kind.single or not kind.outputs):
                raise EditError("group.unfit", node=node.name or node.id)
        into = [w for w in document.wires if w.source not in inside and w.target in inside]
        out = [w for w in document.wires if w.source in inside and w.target not in inside]
        sources = list(dict.fromkeys((w.source, w.source_port) for w in into))
        results = list(dict.fromkeys((w.source, w.source_port) for w in out))
        if len(sources) > 1 or len(results) > 1:
            raise EditError("group.ports", inputs=len(sources), outputs=len(results))
        body, place = _body(chosen, [w for w in document.wires if w.target in inside], results)
        name = fresh_id(document, GROUP)
        moved = self.moved(document)
        rest = replace(
            document,
            nodes=tuple(n for n in document.nodes if n.id not in inside),
            wires=tuple(
                [
                    w if w.source not in inside else Wire(name, OUT_PORT, w.target, w.target_port)
                    for w in document.wires
                    if w.target not in inside
                ]
                + [Wire(source, port, name, IN_PORT) for source, port in sources]
            ),
        )
        return AddGroup(name, body, self.name, place).apply(all_follow(rest, moved, vocabulary), vocabulary)

    def moved(self, document: Document) -> Moved:
        """Where the nodes go."""
        name = fresh_id(document, GROUP)
        return {node: (name + SEPARATOR + node,) for node in self.nodes}


@dataclass(frozen=True)
class Ungroup:
    """Put the nodes of a group back onto the canvas around it."""

    node: str

    @property
    def label(self) -> Message:
        return message("edit.ungroup", node=self.node)

    def apply(self, document: Document, vocabulary: Vocabulary) -> Document:
        group = require_node(document, self.node)
        if group.body is None or not is_group(group):
            raise EditError("group.none", node=group.name or group.id)
        rest = replace(
            document,
            nodes=tuple(n for n in document.nodes if n.id != group.id),
        )
        new = self._names(document)
        for node in group.body.nodes:
            if node.id in new:
                x, y = node.position[0] + group.position[0], node.position[1] + group.position[1]
                rest = replace(rest, nodes=(*rest.nodes, replace(node, id=new[node.id], position=(x, y))))
        return all_follow(replace(rest, wires=self._wires(document, new)), self.moved(document), vocabulary)

    def _wires(self, document: Document, new: Mapping[str, str]) -> tuple[Wire, ...]:
        """The wires without the group. What came out of it keeps its place among the inputs of the node that it leads
        to.
        """
        group = require_node(document, self.node)
        body = group.body
        assert body is not None
        into = next((w for w in document.wires if w.target == group.id and w.target_port == IN_PORT), None)
        end = next((node.id for node in body.nodes if node.kind == EXIT), "")

        def begun(source: str, port: str) -> tuple[str, str] | None:
            """Where a value inside comes from."""
            if source in new:
                return new[source], port
            return (into.source, into.source_port) if into is not None else None

        given = next((begun(w.source, w.source_port) for w in body.wires if w.target == end), None)
        found: list[Wire] = []
        for wire in document.wires:
            if wire.source == group.id and given is not None:
                found.append(Wire(*given, wire.target, wire.target_port))
            elif group.id not in (wire.source, wire.target):
                found.append(wire)
        for wire in body.wires:
            source = begun(wire.source, wire.source_port)
            if wire.target in new and source is not None:
                found.append(Wire(*source, new[wire.target], wire.target_port))
        return tuple(dict.fromkeys(found))

    def moved(self, document: Document) -> Moved:
        """Where the nodes go; who names the whole group names all of them."""
        new = self._names(document)
        return {self.node: tuple(new.values()), **{self.node + SEPARATOR + old: (name,) for old, name in new.items()}}

    def _names(self, document: Document) -> dict[str, str]:
        """The ids that the nodes get outside."""
        group = require_node(document, self.node)
        rest = replace(document, nodes=tuple(n for n in document.nodes if n.id != group.id), wires=())
        new: dict[str, str] = {}
        for node in group.body.nodes if group.body is not None else ():
            if node.kind not in (ENTRY, EXIT):
                new[node.id] = node.id if node.id not in rest.by_id else fresh_id(rest, node.kind)
                rest = replace(rest, nodes=(*rest.nodes, replace(node, id=new[node.id])))
        return new


def flatten(document: Document) -> Document:
    """Return the document without groups and comments: inner nodes have paths as ids ("group1/linear1"), wires go
    straight.

    A document without groups is returned as it is. Deeper than MAX_DEPTH groups are left out.
    """
    if not any(is_group(node) or node.kind == COMMENT for node in document.nodes) and all(
        w.source in document.by_id and w.target in document.by_id for w in document.wires
    ):
        return document
    flat = _Flat(document)
    nodes = tuple(flat.nodes((), document, ""))
    known = {node.id for node in nodes}
    wires = tuple(w for w in dict.fromkeys(flat.wires((), document)) if w.source in known and w.target in known)
    return replace(document, nodes=nodes, wires=wires)


def rings_of_groups(document: Document) -> list[str]:
    """The groups whose wires lead round in a ring of groups alone, in document order."""
    groups = {node.id for node in document.nodes if is_group(node)}
    ahead = {name: {w.target for w in document.wires_from.get(name, ()) if w.target in groups} for name in groups}
    found = []
    for node in document.nodes:
        stack, seen = list(ahead.get(node.id, ())), set[str]()
        while stack:
            here = stack.pop()
            if here not in seen:
                seen.add(here)
                stack += ahead[here]
        if node.id in seen:
            found.append(node.id)
    return found


class _Flat:
    """One pass over nested documents."""

    def __init__(self, root: Document) -> None:
        self._root = root

    def nodes(self, path: Path, document: Document, title: str) -> Iterator[Node]:
        for node in document.nodes:
            if node.kind == COMMENT:
                continue
            name = (f"{title} / " if title else "") + (node.name or node.id)
            if node.body is not None and is_group(node):
                if len(path) < MAX_DEPTH:
                    yield from self.nodes((*path, node.id), node.body, name)
            elif not (path and node.kind in (ENTRY, EXIT)):
                yield replace(node, id=SEPARATOR.join((*path, node.id)), name=name if path else node.name)

    def wires(self, path: Path, document: Document) -> Iterator[Wire]:
        for node in document.nodes:
            if node.body is not None and is_group(node) and len(path) < MAX_DEPTH:
                yield from self.wires((*path, node.id), node.body)
        for wire in document.wires:
            target = document.by_id.get(wire.target)
            if (
                target is None
                or wire.source not in document.by_id
                or is_group(target)
                or (path and target.kind == EXIT)
            ):
                continue
            source = self.source(path, wire.source, wire.source_port, frozenset())
            if source is not None:
                yield Wire(*source, SEPARATOR.join((*path, wire.target)), wire.target_port)

    def source(self, path: Path, name: str, port: str, seen: frozenset[tuple[Path, str]]) -> tuple[str, str] | None:
        """Where the value of an output comes from, through the edges of groups; None when nothing is wired there, or
        groups pass it round in a ring.
        """
        node = body_at(self._root, path).by_id.get(name)
        if node is None or (path, name) in seen:
            return None
        seen |= {(path, name)}
        if node.body is not None and is_group(node):
            inner = node.body
            end = next((n for n in inner.nodes if n.kind == EXIT), None)
            wires = inner.wires_into.get(end.id, ()) if end is not None else ()
            return (
                self.source((*path, name), wires[0].source, wires[0].source_port, seen)
                if wires and len(path) < MAX_DEPTH
                else None
            )
        if path and node.kind == ENTRY:
            outer = [w for w in body_at(self._root, path[:-1]).wires_into.get(path[-1], ()) if w.target_port == IN_PORT]
            return self.source(path[:-1], outer[0].source, outer[0].source_port, seen) if outer else None
        return SEPARATOR.join((*path, name)), port
