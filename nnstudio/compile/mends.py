"""Edits that mend what keeps a loss from its target, and what they look at upstream."""

from __future__ import annotations

from typing import Any

from nnstudio.catalog.entry import Loss
from nnstudio.catalog.registry import CATALOG, family
from nnstudio.compile.context import Context
from nnstudio.document.edits import SetParam, Together
from nnstudio.document.errors import StudioError
from nnstudio.document.fields import ChoiceField, IntField, OptionField
from nnstudio.document.text import message
from nnstudio.document.values import Choice


def activation_of(context: Context, node: str) -> tuple[str, frozenset[str]] | None:
    """The field and the tags of the activation that ends a node; None where it has none."""
    kind = context.kinds[context.document.by_id[node].kind]
    for field in kind.fields:
        if isinstance(field, ChoiceField) and field.family == "activations":
            chosen = family(field.family)[context.params[node][field.name].kind]
            return field.name, chosen.tags
    return None


def threshold_of(context: Context, node: str, entry: Loss) -> float:
    """From where on a single output means yes: of one that lies between 0 and 1 from the middle, whatever the loss
    takes.
    """
    ends = activation_of(context, node)
    return 0.5 if ends is not None and ends[1] & {"unit", "probabilities"} else entry.threshold


def may_be(context: Context, node: str, tag: str) -> bool:
    """Whether a node's output can be what an activation with that tag gives; unknown counts as yes."""
    ends = activation_of(context, node)
    return ends is None or tag in ends[1]


def give(context: Context, node: str, tag: str) -> Any:
    """An edit that ends a node with the plainest activation of a tag, or None."""
    ends = activation_of(context, node)
    fit = next((e for e in family("activations").values() if tag in e.tags), None)
    if ends is None or fit is None:
        return None
    return Together((SetParam(node, (ends[0],), Choice(fit.id)),), message("edit.mend"))


def last_step(context: Context, node: str) -> Any:
    """An edit that has the nearest recurrent layer upstream give its last step alone, or None."""
    document = context.document
    for _ in range(len(document.nodes)):
        kind = context.kinds.get(document.by_id[node].kind)
        for field in kind.fields if kind is not None else ():
            if isinstance(field, OptionField) and any(name == "last" for name, _ in field.options):
                return Together((SetParam(node, (field.name,), "last"),), message("edit.mend"))
        wires = document.wires_into[node]
        if len(wires) != 1:
            return None
        node = wires[0].source
    return None


def widen(context: Context, node: str, width: int) -> Any:
    """An edit that gives the nearest layer upstream with a width of its own the wanted width, or None."""
    document = context.document
    for _ in range(len(document.nodes)):
        kind = context.kinds.get(document.by_id[node].kind)
        for field in kind.fields if kind else ():
            if isinstance(field, IntField) and field.width:
                edit = SetParam(node, (field.name,), width)
                try:
                    edit.apply(document, CATALOG)
                except StudioError:
                    return None
                return Together((edit,), message("edit.mend"))
        wires = document.wires_into[node]
        if len(wires) != 1:
            return None
        node = wires[0].source
    return None
