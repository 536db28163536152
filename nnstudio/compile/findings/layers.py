"""Checks of the layers: start values, activations, depth, dropout and norms."""

from __future__ import annotations

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

from nnstudio.catalog.entry import Entry, Initializer, Layer
from nnstudio.catalog.registry import family
from nnstudio.compile.findings.view import View, finding, mends
from nnstudio.compile.problems import Problem
from nnstudio.document.edits import Bypass
from nnstudio.document.values import Choice, Params
from nnstudio.document.values import Node as DocumentNode

SHAPES_OF_ACTIVATIONS = frozenset({"rectifier", "saturating", "self_normalizing"})
DEEP = 5
STRONG_DROPOUT, USUAL_DROPOUT = 0.8, 0.2


def _activation_behind(view: View, node: DocumentNode) -> Entry | None:
    """The activation that a layer's sums go through: its own, or that of a node behind it (with norms between)."""
    own = view.activation(node)
    if own is not None and own[1].tags:
        return own[1]
    for _ in view.layers:
        readers = view.after(node)
        if len(readers) != 1:
            return None
        node = readers[0]
        kind = view.kind(node)
        weighs = isinstance(kind, Layer) and any(True for _ in view.chosen(node, "initializers"))
        if not isinstance(kind, Layer) or weighs:
            return None
        found = view.activation(node)
        if found is not None:
            return found[1] if found[1].tags else None
    return None


def _weight_start(view: View, node: DocumentNode) -> tuple[str, Initializer, Params] | None:
    """The field and the choice of the initializer of a layer's weights, not of its bias."""
    for name, entry, params in view.chosen(node, "initializers"):
        if name == "weight_initializer" and isinstance(entry, Initializer):
            return name, entry, params
    return None


def mismatched_start(view: View) -> Iterator[Problem]:
    """An initializer made for another kind of activation."""
    for node in view.layers:
        start = _weight_start(view, node)
        activation = _activation_behind(view, node) if start is not None else None
        if start is None or activation is None:
            continue
        field, entry, _ = start
        tags = activation.tags & SHAPES_OF_ACTIVATIONS
        needs = "self_normalizing" in tags and not entry.suits & tags and not entry.tags & {"even"}
        if not tags or not (needs or (entry.suits and not entry.suits & tags)):
            continue
        better = next((e for e in family("initializers").values() if e.suits & tags), None)
        if better is not None:
            yield finding(
                "start.mismatch",
                node.id,
                mends(view.set(node, (field,), Choice(better.id))),
                initializer=entry.title,
                activation=activation.title,
                better=better.title,
            )


def equal_start(view: View) -> Iterator[Problem]:
    """Weights that start all alike: the neurons of the layer stay alike for ever."""
    weighted = [node for node in view.layers if _weight_start(view, node) is not None]
    for node in weighted:
        start = _weight_start(view, node)
        # A single layer may start at zero: nothing behind it has to tell its neurons apart.
        if start is None or "even" not in start[1].tags or len(weighted) < 2:
            continue
        yield finding(
            "start.equal",
            node.id,
            mends(view.set(node, (start[0],), Choice(_default_start(view, node)))),
            initializer=start[1].title,
        )


def _default_start(view: View, node: DocumentNode) -> str:
    activation = _activation_behind(view, node)
    tags = activation.tags & SHAPES_OF_ACTIVATIONS if activation is not None else frozenset()
    fit = next((e for e in family("initializers").values() if e.suits & tags), None)
    return fit.id if fit is not None else next(iter(family("initializers")))


def two_linear(view: View) -> Iterator[Problem]:
    """Two layers of sums with nothing that bends between them: together they are one."""
    for node in view.layers:
        own = view.activation(node)
        if (
            own is None
            or own[1].tags
            or own[1].fields
            or own[1].id != view.plain_activation()
            or _weight_start(view, node) is None
        ):
            continue
        behind = node
        for _ in view.layers:
            readers = view.after(behind)
            kind = view.kind(readers[0]) if len(readers) == 1 else None
            if not isinstance(kind, Layer) or "passes" not in kind.tags:
                break
            behind = readers[0]
        readers = view.after(behind)
        # A norm, a join or a second reader between makes something else of it.
        if len(readers) == 1 and readers[0].kind == node.kind and _weight_start(view, readers[0]) is not None:
            bend = view.tagged("activations", "rectifier")
            yield finding(
                "layers.linear",
                node.id,
                mends(view.set(node, (own[0],), Choice(bend.id))) if bend is not None else None,
                severity="note",
                first=node.name or node.id,
                second=readers[0].name or readers[0].id,
            )


def no_gradient(view: View) -> Iterator[Problem]:
    """A step in the way of the gradient."""
    learning = _at_or_behind(view, {node for node, count in view.lowered.parameters.items() if count})
    for node in view.layers:
        own = view.activation(node)
        if own is not None and "flat" in own[1].tags and node.id in learning:
            smooth = view.tagged("activations", "saturating")
            mend = mends(view.set(node, (own[0],), Choice(smooth.id))) if smooth is not None else None
            yield finding("layer.flat", node.id, mend, activation=own[1].title)


def _at_or_behind(view: View, begin: set[str]) -> set[str]:
    """Nodes, and all that their values go on to."""
    targets: dict[str, list[str]] = {}
    for wire in view.lowered.flat.wires:
        targets.setdefault(wire.source, []).append(wire.target)
    seen, stack = set(begin), list(begin)
    while stack:
        fresh = [target for target in targets.get(stack.pop(), ()) if target not in seen]
        seen.update(fresh)
        stack += fresh
    return seen


def too_deep(view: View) -> Iterator[Problem]:
    """Many saturating layers one after another, with nothing that keeps the gradient alive."""
    flat = view.lowered.flat
    depth: dict[str, list[DocumentNode]] = {}

    def chain(node: DocumentNode) -> list[DocumentNode]:
        """The longest run of saturating layers that ends here, without a norm or a join between."""
        if node.id in depth:
            return depth[node.id]
        depth[node.id] = []
        kind = view.kind(node)
        if isinstance(kind, Layer) and kind.group not in ("norm", "join") and flat.wires_into[node.id]:
            before = chain(flat.by_id[flat.wires_into[node.id][0].source])
            own = view.activation(node)
            depth[node.id] = [*before, node] if own is not None and "saturating" in own[1].tags else before
        return depth[node.id]

    # An output that saturates belongs to its loss; what lies in front of it is looked at.
    last = {before.id for loss in view.losses if (before := view.before(loss, "prediction")) is not None}
    longest: list[DocumentNode] = []
    for node in _ordered(view):
        run = [n for n in chain(node) if n.id not in last]
        longest = max(longest, run, key=len)
    if len(longest) < DEEP:
        return
    better = view.tagged("activations", "rectifier")
    edits = []
    for node in longest:
        own = view.activation(node)
        if own is not None and better is not None:
            edits.append(view.set(node, (own[0],), Choice(better.id)))
            start = _weight_start(view, node)
            fit = next((e for e in family("initializers").values() if e.suits & better.tags), None)
            if start is not None and fit is not None:
                edits.append(view.set(node, (start[0],), Choice(fit.id)))
    yield finding("layers.too_deep", longest[0].id, mends(*edits), count=len(longest))


def _ordered(view: View) -> list[DocumentNode]:
    """Layers, those in front first, so that no recursion goes deep; none when wires lead in a circle, which is said
    elsewhere.
    """
    flat = view.lowered.flat
    names = dict.fromkeys(node.id for node in view.layers)
    order = TopologicalSorter({name: [w.source for w in flat.wires_into[name] if w.source in names] for name in names})
    try:
        return [flat.by_id[name] for name in order.static_order()]
    except CycleError:
        return []


def dropout(view: View) -> Iterator[Problem]:
    """Dropout that leaves hardly anything, and dropout in front of batch norm."""
    for node in view.layers:
        kind = view.kind(node)
        if kind is None or "drops" not in kind.tags:
            continue
        share = view.params(node).get("p", 0.0)
        if share >= STRONG_DROPOUT:
            yield finding(
                "dropout.strong",
                node.id,
                mends(view.set(node, ("p",), USUAL_DROPOUT)),
                share=round(100 * share),
                usual=round(100 * USUAL_DROPOUT),
            )
        if share > 0 and _norm_behind(view, node):
            yield finding("dropout.before_norm", node.id, mends(view.within(node, Bypass(node.id))))


def _norm_behind(view: View, node: DocumentNode) -> bool:
    seen, stack = set(), [node]
    while stack:
        for reader in view.after(stack.pop()):
            kind = view.kind(reader)
            if kind is None or reader.id in seen:
                continue
            if "batch_norm" in kind.tags:
                return True
            seen.add(reader.id)
            # Weights between mix the values anew; what matters is a norm of the very values that were dropped.
            if not view.lowered.parameters.get(reader.id):
                stack.append(reader)
    return False


FINDINGS = (mismatched_start, equal_start, two_linear, no_gradient, too_deep, dropout)
ORDER = 20
