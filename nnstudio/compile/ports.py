"""Check wires against ports: what may end where."""

from __future__ import annotations

from nnstudio.catalog.entry import Node, Port
from nnstudio.compile.context import Context
from nnstudio.compile.program import Shape
from nnstudio.compile.sizes import RANK_FORMS, shape_text
from nnstudio.document.edits import InsertNode, fresh_id
from nnstudio.document.groups import SEPARATOR, body_at
from nnstudio.document.values import Node as DocumentNode


def wired_rightly(context: Context, node: DocumentNode, entry: Node) -> bool:
    """Check wires against ports: files may hold what the mouse cannot draw."""
    inputs = {port.name: port for port in entry.inputs}
    seen: set[str] = set()
    for wire in context.document.wires_into[node.id]:
        source = context.kinds.get(context.document.by_id[wire.source].kind)
        known = source is None or any(port.name == wire.source_port for port in source.outputs)
        port = inputs.get(wire.target_port)
        if port is None or not known:
            context.problem(node.id, "port.missing", port=wire.target_port if port is None else wire.source_port)
            return False
        if not port.many and port.name in seen:
            context.problem(node.id, "port.double", port=port.title)
            return False
        seen.add(port.name)
    return True


def fits(context: Context, node: DocumentNode, port: Port, values: list[tuple[str, Shape]]) -> bool:
    """Check the values wired to a port: how many axes, tokens or numbers, one per sample or shared."""
    shapes = [shape for _, shape in values]
    if not shapes:
        if not port.optional:
            context.problem(node.id, "port.unwired", port=port.title)
        return port.optional
    shared = any(name == "adjacency" for name, _ in values)
    if shared != (port.per == "shared"):
        context.problem(node.id, "port.shared" if shared else "port.needs_edges", port=port.title)
        return False
    tokens = [bool(context.tokens.get(name)) for name, _ in values]
    if port.tokens and not all(tokens):
        context.problem(node.id, "port.needs_tokens")
        return False
    if any(tokens) and not port.tokens:
        context.problem(node.id, "port.tokens", mend=_insert(context, node, port, "tokens"))
        return False
    if port.ranks and any(len(shape) not in port.ranks for shape in shapes):
        bad = next(shape for shape in shapes if len(shape) not in port.ranks)
        if port.ranks == (2,) or (2 in port.ranks and len(bad) > 3):
            context.problem(
                node.id, "shape.features", shape=shape_text(bad), mend=_insert(context, node, port, "lays_flat")
            )
        else:
            wanted = " / ".join(RANK_FORMS[rank] for rank in port.ranks)
            context.problem(node.id, "shape.rank", shape=shape_text(bad), wanted=wanted)
        return False
    if port.alike and len(set(shapes)) > 1:
        context.problem(node.id, "shape.differ", shapes=", ".join(shape_text(shape) for shape in shapes))
        return False
    return True


def _insert(context: Context, node: DocumentNode, port: Port, tag: str) -> InsertNode | None:
    """An edit that puts the layer with a tag into the wire that ends at a port."""
    kind = next((entry.id for entry in context.kinds.values() if tag in entry.tags), None)
    wire = next((w for w in context.document.wires_into[node.id] if w.target_port == port.name), None)
    path = tuple(node.id.split(SEPARATOR)[:-1])
    if kind is None or wire is None or tuple(wire.source.split(SEPARATOR)[:-1]) != path:
        return None
    return InsertNode(wire, kind, fresh_id(body_at(context.original, path), kind))
