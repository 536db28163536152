"""What a screen reader says of the canvas: "Linear h1, 64 · ReLU, output N × 64, from Data, to Loss"."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from nnstudio.catalog.registry import node_kinds
from nnstudio.document.values import COMMENT, Document
from nnstudio.ui.canvas.heading import summary_of, title_of
from nnstudio.ui.kit.texts import tr, words

MOST_NAMED = 5


def spoken(document: Document, chosen: Iterable[str], shapes: Mapping[str, str], problems: Mapping[str, str]) -> str:
    """Say what is selected, or what there is."""
    names = [name for name in chosen if name in document.by_id]
    if not names:
        return tr(
            "{nodes} nodes, {wires} wires. Tab walks through the nodes.",
            nodes=len(document.nodes),
            wires=len(document.wires),
        )
    if len(names) > 1:
        titles = [title_of(document.by_id[name]) for name in sorted(names)[:MOST_NAMED]]
        return tr(
            "{count} nodes selected: {names}",
            count=len(names),
            names=", ".join(titles) + (" …" if len(names) > MOST_NAMED else ""),
        )
    node = document.by_id[names[0]]
    kind = node_kinds().get(node.kind)
    title = words(kind.title) if kind is not None else node.kind
    said = [title if title == title_of(node) else f"{title} {title_of(node)}"]
    if node.kind == COMMENT:
        return ", ".join([said[0], str(node.params.get("text", ""))])
    if summary_of(node):
        said.append(summary_of(node))
    if shapes.get(node.id):
        said.append(tr("output {shape}", shape=shapes[node.id]))
    before = [title_of(document.by_id[w.source]) for w in document.wires_into.get(node.id, ())]
    after = [title_of(document.by_id[w.target]) for w in document.wires_from.get(node.id, ())]
    said.append(
        tr("from {names}", names=", ".join(before))
        if before
        else tr("nothing comes in")
        if kind is not None and kind.inputs
        else ""
    )
    said.append(
        tr("to {names}", names=", ".join(after))
        if after
        else tr("leads nowhere")
        if kind is not None and kind.outputs
        else ""
    )
    if problems.get(node.id):
        said.append(problems[node.id].splitlines()[0])
    return ", ".join(part for part in said if part)
