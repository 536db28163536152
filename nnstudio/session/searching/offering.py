"""What of a network can be ticked to be searched over, with ends that make sense to begin with."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nnstudio.catalog.registry import node_kinds
from nnstudio.document.fields import FloatField, IntField
from nnstudio.document.text import Text
from nnstudio.document.values import Document
from nnstudio.session.searching.space import COUNT, COUNT_TITLE, LAYER, LAYER_TITLE
from nnstudio.session.variants import Axis, axes_of

# As many copies of a layer are proposed at first; up to so many times as much, and a part of it, of a number.
COPIES, TIMES = 3, 10.0
WHOLE_TIMES = 4


@dataclass(frozen=True)
class Offer:
    """One setting that can be ticked. ``options`` are what a choice may be (id, title), ``value`` what it is now; of a
    number ``low`` and ``high`` are proposed.
    """

    node: str
    setting: str
    titles: tuple[Text | str, ...]
    value: Any
    low: Any = None
    high: Any = None
    log: bool = False
    options: tuple[tuple[str, Text], ...] = ()
    advanced: bool = False


def offered(document: Document) -> tuple[Offer, ...]:
    """Everything that can be ticked, in the order of the sweep's list; behind each layer which it is, and how many."""
    found = [_of_axis(axis) for axis in axes_of(document)]
    kinds = node_kinds()
    for node in document.nodes:
        kind = kinds.get(node.kind)
        if kind is None or kind.role != "layer" or node.body is not None:
            continue
        # Its name stands in the titles of its other settings, where it has any.
        named = next((one.titles[0] for one in found if one.node == node.id), node.name or node.id)
        alike = tuple(
            (name, other.title)
            for name, other in kinds.items()
            if (other.role, other.group, other.hidden) == ("layer", kind.group, False)
            and len(other.inputs) == len(kind.inputs)
        )
        made = [Offer(node.id, COUNT, (named, COUNT_TITLE), 1, 1, COPIES)] if len(kind.inputs) == 1 else []
        if len(alike) > 1:
            made.append(Offer(node.id, LAYER, (named, LAYER_TITLE), node.kind, options=alike, advanced=True))
        place = max((i for i, one in enumerate(found) if one.node == node.id), default=len(found) - 1)
        found[place + 1 : place + 1] = made
    return tuple(found)


def _of_axis(axis: Axis) -> Offer:
    advanced = axis.field is not None and axis.field.advanced
    about = (axis.node, ".".join(axis.path), axis.titles, axis.value)
    if axis.options:
        return Offer(*about, options=axis.options, advanced=advanced)
    field, value = axis.field, axis.value
    assert isinstance(field, IntField | FloatField)
    if isinstance(field, IntField):
        low, high = (
            max(field.minimum, (value or 0) // WHOLE_TIMES),
            min(field.maximum, max(value or 1, 1) * WHOLE_TIMES),
        )
        return Offer(*about, low, high, log=low > 0, advanced=advanced)
    if value and value > 0 and value * TIMES < field.maximum:
        return Offer(*about, value / TIMES, value * TIMES, log=True, advanced=advanced)
    # A share, or a penalty that is not there yet.
    high = min(field.maximum, 0.5)
    return Offer(*about, high / TIMES if field.above else max(field.minimum, 0.0), high, advanced=advanced)


def space_of(tables: Sequence[Mapping[str, Any]]) -> str:
    """Write tables ``[[vary]]`` as TOML: what can be ticked has texts, numbers, truths and lists of texts alone, which
    are written as in JSON.
    """
    return "\n".join(
        "[[vary]]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in table.items()) for table in tables
    )
