"""Parts of a network as text, for the clipboard; pasting them; closing the gap that deleted nodes leave."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

from nnstudio.document.edits import MAX_NODES, Connect, RemoveNodes, on_canvas, require_node
from nnstudio.document.errors import EditError, OnlyOne, ProjectFileError
from nnstudio.document.fields import Vocabulary
from nnstudio.document.groups import ENTRY, EXIT, not_too_deep
from nnstudio.document.served import follow, served
from nnstudio.document.storage import FORMAT, dumps, loads
from nnstudio.document.text import Message, message
from nnstudio.document.values import COMMENT, Document, Wire

# Far more than a screen of text: what is longer is no part of a network.
MAX_TEXT = 20 * 2**20


def clip_of(document: Document, names: Iterable[str]) -> Document:
    """Return some nodes of a document with the wires among them."""
    chosen = set(names)
    return Document(
        nodes=tuple(n for n in document.nodes if n.id in chosen),
        wires=tuple(w for w in document.wires if w.source in chosen and w.target in chosen),
    )


def clip_text(clip: Document) -> str:
    """Write nodes and wires as the JSON of a project file, which other windows, mails and files can carry."""
    return dumps(clip).decode("utf-8")


def read_clip(text: str) -> Document | None:
    """Return the nodes and wires in a text; None when it does not look like any.

    Raises:
        ProjectFileError: it is meant as a network and is broken, or newer than this program.
    """
    text = text.strip()
    if len(text) > MAX_TEXT or not text.startswith("{") or f'"{FORMAT}"' not in text[:4000]:
        return None
    try:
        return loads(text.encode("utf-8"))[0]
    except UnicodeEncodeError:
        raise ProjectFileError("file.broken", detail="half a character") from None


def _fresh_name(name: str, taken: set[str]) -> str:
    """A name that no other node has: with a number behind it where it is taken."""
    new, number = name, 2
    while new and new in taken:
        new, number = f"{name} {number}", number + 1
    taken.add(new)
    return new


def _stem(node: str) -> str:
    return node.rstrip("0123456789") or "node"


def fresh_names(document: Document, names: Iterable[str]) -> dict[str, str]:
    """Return a free id for each name: itself where it is free, else its stem with the first free number."""
    taken, found = set(document.by_id), {}
    numbers: dict[str, int] = {}
    for name in names:
        new, stem = name, _stem(name)
        while new in taken:
            numbers[stem] = numbers.get(stem, 0) + 1
            new = f"{stem}{numbers[stem]}"
        taken.add(new)
        found[name] = new
    return found


@dataclass(frozen=True)
class Paste:
    """Put copied nodes and the wires among them on the canvas, under ids that are free, moved by some way.

    Kinds of which a network has one only are left out where it is there already, and ``inside`` a group; so are a
    group's own ends.
    """

    clip: Document
    by: tuple[float, float] = (0.0, 0.0)
    copying: bool = False
    inside: bool = False

    @property
    def label(self) -> Message:
        return message("edit.duplicate" if self.copying else "edit.paste", count=len(self.clip.nodes))

    def names(self, document: Document, vocabulary: Vocabulary) -> Mapping[str, str]:
        """The new id of every node that will be put there."""
        there = {node.kind for node in document.nodes}
        kept: list[str] = []
        for node in self.clip.nodes:
            kind = vocabulary.node_kind(node.kind)
            wireless = kind is not None and node.kind != COMMENT and not kind.inputs and not kind.outputs
            if node.kind in (ENTRY, EXIT) or (self.inside and kind is not None and (kind.single or wireless)):
                continue
            # What looks after the whole network comes along only by itself, or with layers that it names.
            alone = kind is not None and (
                kind.single
                or (wireless and not served(node, kind) and any(n.kind != node.kind for n in self.clip.nodes))
            )
            if not alone or node.kind not in there:
                kept.append(node.id)
                there.add(node.kind)
        return fresh_names(document, kept)

    def apply(self, document: Document, vocabulary: Vocabulary) -> Document:
        names = self.names(document, vocabulary)
        if not names:
            kind = vocabulary.node_kind(self.clip.nodes[0].kind) if self.clip.nodes else None
            raise OnlyOne("node.single", kind=kind.title) if kind is not None else EditError("paste.empty")
        if len(document.nodes) + len(names) > MAX_NODES:
            raise OnlyOne("document.full", count=MAX_NODES)
        taken = {node.name for node in document.nodes if node.name}
        moved = {old: (new,) for old, new in names.items()}
        nodes = tuple(
            replace(
                follow(n, moved, vocabulary),
                id=names[n.id],
                name=_fresh_name(n.name, taken),
                position=on_canvas((n.position[0] + self.by[0], n.position[1] + self.by[1])),
            )
            for n in self.clip.nodes
            if n.id in names
        )
        # Its wires join new nodes alone: whether they may be is seen without the rest of the network.
        part = Document(nodes=nodes)
        for wire in self.clip.wires:
            if wire.source in names and wire.target in names:
                part = Connect(Wire(names[wire.source], wire.source_port, names[wire.target], wire.target_port)).apply(
                    part, vocabulary
                )
        return not_too_deep(
            replace(document, nodes=(*document.nodes, *part.nodes), wires=(*document.wires, *part.wires))
        )


@dataclass(frozen=True)
class Bridge:
    """A wire that can close a gap, and the one whose place it takes; ``entered`` is the wire into what goes away."""

    wire: Wire
    replaces: Wire
    entered: Wire


def bridges(document: Document, names: Iterable[str]) -> tuple[Bridge, ...]:
    """The wires that would join what is in front of some nodes with what follows, where that is one value only."""
    gone = set(names)
    found = []
    for wire in document.wires:
        if wire.source not in gone or wire.target in gone:
            continue
        back: Wire | None = wire
        while back is not None and back.source in gone:
            into = document.wires_into[back.source]
            back = into[0] if len(into) == 1 else None
        if back is not None:
            found.append(Bridge(Wire(back.source, back.source_port, wire.target, wire.target_port), wire, back))
    return tuple(found)


@dataclass(frozen=True)
class RemoveClosing:
    """Take nodes away and draw wires over the gap, those that are legal."""

    nodes: tuple[str, ...]
    wires: tuple[Wire, ...]

    @property
    def label(self) -> Message:
        return RemoveNodes(self.nodes).label

    def apply(self, document: Document, vocabulary: Vocabulary) -> Document:
        for name in self.nodes:
            require_node(document, name)
        document = RemoveNodes(self.nodes).apply(document, vocabulary)
        for wire in dict.fromkeys(self.wires):
            # A wire that is there already, or cannot be, is no reason not to delete.
            with suppress(EditError):
                document = Connect(wire).apply(document, vocabulary)
        return document
