"""Layers that use the weights of another: one set of them, wherever it is used."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from nnstudio.catalog.training import SHARES
from nnstudio.compile.context import Context
from nnstudio.compile.program import Step
from nnstudio.document.edits import SetParam
from nnstudio.document.served import SEPARATOR
from nnstudio.document.values import Document, Node


def owner_of(node: Node, there: Iterable[str]) -> str | None:
    """Return the path of the layer whose weights a layer uses; None where it has its own, or that layer is gone.

    A layer is known by its own id, wherever it stands among groups: the nearest of that name is meant.
    """
    named = node.params.get(SHARES)
    if not isinstance(named, tuple) or not named or not isinstance(named[0], str):
        return None
    wanted = named[0].rpartition(SEPARATOR)[2]
    found = [name for name in there if name.rpartition(SEPARATOR)[2] == wanted and name != node.id]
    here = node.id.split(SEPARATOR)

    def common(name: str) -> int:
        parts = name.split(SEPARATOR)
        return next((n for n, (a, b) in enumerate(zip(parts, here, strict=False)) if a != b), len(parts))

    exact = [name for name in found if name == named[0]]
    return exact[0] if exact else max(found, key=common, default=None)


def owners_of(document: Document) -> dict[str, str]:
    """Return which layers of a flat document use the weights of which others."""
    found = {node.id: owner_of(node, document.by_id) for node in document.nodes if node.params.get(SHARES)}
    return {name: owner for name, owner in found.items() if owner is not None}


def takes(context: Context, node: Node, steps: list[Step]) -> list[Step] | None:
    """Return the steps of a layer with the modules of the one whose weights it uses; None where it cannot use them,
    which is said.
    """
    owner = context.owners.get(node.id)
    mend = SetParam(node.id, (SHARES,), ())
    if owner is None:
        context.problem(node.id, "share.none", mend=mend)
        return None
    title = context.title(owner)
    if owner not in context.modules:
        context.problem(node.id, "share.unknown", mend=mend, layer=title)
        return None
    theirs: Mapping[str, Step] = context.modules[owner]
    own = [step for step in steps if step.module]
    if context.document.by_id[owner].kind != node.kind or len(own) != len(theirs):
        context.problem(node.id, "share.kind", mend=mend, layer=title)
        return None
    pairs = dict(zip((step.name for step in own), theirs.values(), strict=True))
    for step in own:
        if (step.target, step.make) != (pairs[step.name].target, pairs[step.name].make):
            context.problem(node.id, "share.form", mend=mend, layer=title)
            return None
    return [replace(step, module=pairs[step.name].module, again=True) if step.module else step for step in steps]
