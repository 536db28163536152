"""What differs between two networks, and many networks out of one: the axes of a sweep."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from nnstudio.catalog.entry import Activation
from nnstudio.catalog.registry import CATALOG, family, node_kinds
from nnstudio.catalog.training import TRAINING_FIELDS
from nnstudio.document.edits import Edit, SetParam, SetTraining
from nnstudio.document.errors import EditError, StudioError
from nnstudio.document.fields import ChoiceField, Field, FloatField, IntField, complete
from nnstudio.document.text import Text
from nnstudio.document.values import LABELS, Choice, Document, Node, Params

# A sweep of more runs than this is a slip of the hand.
MOST_RUNS = 400
EVERY = "*"


@dataclass(frozen=True)
class Setting:
    """One setting of a network: of a node ("" for the run), with the titles that lead to it."""

    node: str
    path: tuple[str, ...]
    titles: tuple[Text | str, ...]
    value: Any
    field: Field | None = None


@dataclass(frozen=True)
class Axis:
    """Something that can be varied.

    ``node`` "*" sets it in every layer that has it; ``options`` are ids of choices, else numbers are typed.
    """

    node: str
    path: tuple[str, ...]
    titles: tuple[Text | str, ...]
    value: Any
    options: tuple[tuple[str, Text], ...] = ()
    field: Field | None = None


def _walk(
    fields: tuple[Field, ...], params: Params, path: tuple[str, ...], titles: tuple[Text | str, ...]
) -> Iterator[tuple[tuple[str, ...], tuple[Text | str, ...], Any, Field]]:
    for spec in fields:
        value = params.get(spec.name, spec.default)
        here, named = (*path, spec.name), (*titles, spec.title)
        yield here, named, value, spec
        if isinstance(value, Choice) and isinstance(spec, ChoiceField):
            entry = family(spec.family).get(value.kind)
            if entry is not None:
                yield from _walk(entry.fields, value.params, here, named)


def _places(document: Document) -> Iterator[tuple[str, Node | None, tuple[Field, ...], Params]]:
    yield "", None, TRAINING_FIELDS, document.training
    for node in document.nodes:
        kind = node_kinds().get(node.kind)
        if kind is not None:
            yield node.id, node, kind.fields, node.params


def settings_of(document: Document) -> dict[tuple[str, tuple[str, ...]], Setting]:
    """Every setting of a network by (node, path); a choice is told by its title."""
    found = {}
    for name, node, fields, params in _places(document):
        own: tuple[Text | str, ...] = () if node is None else (_title(node),)
        try:
            params = complete(fields, params, CATALOG)
        except StudioError:
            continue
        for path, titles, value, spec in _walk(fields, params, (), own):
            if node is not None and len(path) == 1 and path[0] in LABELS:
                # A name is no setting that a run could differ by.
                continue
            shown: Any = value
            if isinstance(value, Choice) and isinstance(spec, ChoiceField):
                entry = family(spec.family).get(value.kind)
                shown = entry.title if entry is not None else value.kind
            found[name, path] = Setting(name, path, titles, shown, field=spec)
    return found


def _title(node: Node) -> Text | str:
    kind = node_kinds().get(node.kind)
    return node.name or (kind.title if kind is not None and kind.role != "layer" else node.id)


def differences(base: Document, other: Document) -> list[tuple[tuple[Text | str, ...], Any, Any]]:
    """What another network has otherwise: (titles, there, here); None stands for what is not there.

    The seed comes last.
    """
    first, second = settings_of(base), settings_of(other)
    gone = {node.id for node in base.nodes} ^ {node.id for node in other.nodes}
    found: list[tuple[tuple[Text | str, ...], Any, Any]] = []
    for node in sorted(gone):
        mine, there = other.by_id.get(node), base.by_id.get(node)
        kinds = [
            node_kinds()[n.kind].title if n is not None and n.kind in node_kinds() else n and n.kind
            for n in (there, mine)
        ]
        found.append(((node,), kinds[0], kinds[1]))
    for key in dict.fromkeys((*second, *first)):
        there_, here = first.get(key), second.get(key)
        if key[0] in gone or (there_ is not None and here is not None and there_.value == here.value):
            continue
        known = here or there_
        assert known is not None
        # A choice of another kind brings other settings along: only those that both have are told.
        if there_ is None or here is None:
            continue
        found.append((known.titles, there_.value, here.value))
    if base.wires != other.wires and not gone:
        found.append(((Text("wires"),), len(base.wires), len(other.wires)))
    return sorted(found, key=lambda item: item[0] == (_seed_title(),))


def _seed_title() -> Text:
    return next(spec.title for spec in TRAINING_FIELDS if spec.name == "seed")


def axes_of(document: Document) -> list[Axis]:
    """What can be varied in a network: those of the run and the optimizer, those of every layer at once, those of
    single nodes.
    """
    single: list[Axis] = []
    shared: dict[tuple[str, ...], list[Axis]] = {}
    last = _answering(document)
    for name, node, fields, params in _places(document):
        try:
            params = complete(fields, params, CATALOG)
        except StudioError:
            continue
        own: tuple[Text | str, ...] = () if node is None else (_title(node),)
        role = "" if node is None else node_kinds()[node.kind].role
        if role == "data" or (node is not None and node.body is not None):
            continue
        for path, titles, value, spec in _walk(fields, params, (), own):
            axis: Axis | None = None
            if spec.hidden or spec.name in ("device", "dtype", "parts", "compiled"):
                continue
            if isinstance(spec, ChoiceField):
                entries = family(spec.family)
                options = tuple((entry.id, entry.title) for entry in entries.values() if not entry.tags & spec.exclude)
                axis = Axis(name, path, titles, value.kind if isinstance(value, Choice) else "", options, spec)
            elif isinstance(spec, FloatField | IntField):
                axis = Axis(name, path, titles, value, (), spec)
            if axis is None:
                continue
            single.append(axis)
            if (
                role == "layer"
                and len(path) == 1
                and not (isinstance(value, Choice) and isinstance(spec, ChoiceField) and _plain(spec, value.kind))
                and not (name in last and isinstance(spec, IntField) and spec.width)
            ):
                shared.setdefault(path, []).append(axis)
    every = [
        replace(found[0], node=EVERY, titles=(Text("every layer"), *found[0].titles[1:]))
        for found in shared.values()
        if len(found) > 1
    ]
    head = [
        axis
        for axis in single
        if not axis.node or node_kinds()[document.by_id[axis.node].kind].role in ("optimizer", "loss")
    ]
    return [*head, *every, *(axis for axis in single if axis not in head)]


def _answering(document: Document) -> set[str]:
    """The layers whose width is that of the answers: nobody wants these to have as many units as the others."""
    kinds = node_kinds()
    found: set[str] = set()
    ahead = [n.id for n in document.nodes if n.kind in kinds and kinds[n.kind].role == "loss"]
    seen = set(ahead)
    while ahead:
        here = ahead.pop()
        for wire in document.wires:
            if wire.target == here and wire.source in document.by_id and wire.source not in seen:
                seen.add(wire.source)
                kind = kinds.get(document.by_id[wire.source].kind)
                if kind is not None and any(isinstance(spec, IntField) and spec.width for spec in kind.fields):
                    found.add(wire.source)
                else:
                    ahead.append(wire.source)
    return found


def edits_for(document: Document, axis: Axis, value: Any) -> list[Edit]:
    """The edits that set an axis to a value: a choice's id, or a number."""
    given = Choice(str(value)) if axis.options else value
    if not axis.node:
        return [SetTraining(axis.path, given)]
    if axis.node != EVERY:
        return [SetParam(axis.node, axis.path, given)]
    last = _answering(document)
    return [
        SetParam(other.node, axis.path, given)
        for other in axes_of(document)
        if other.path == axis.path
        and other.node not in ("", EVERY)
        and not (other.node in last and isinstance(other.field, IntField) and other.field.width)
        and node_kinds()[document.by_id[other.node].kind].role == "layer"
        and not (isinstance(other.field, ChoiceField) and _plain(other.field, str(other.value)))
    ]


def folded(document: Document, folds: int) -> list[Document]:
    """The same network once with each of so many folds as its validation part."""
    data = [n.id for n in document.nodes if n.kind in node_kinds() and node_kinds()[n.kind].role == "data"]
    found = []
    for fold in range(1, folds + 1):
        made = document
        for node in data:
            made = SetParam(node, ("folds",), folds).apply(made, CATALOG)
            made = SetParam(node, ("fold",), fold).apply(made, CATALOG)
        found.append(made)
    return found


def variants(
    document: Document, chosen: Sequence[tuple[Axis, Sequence[Any]]], seeds: int, folds: int = 0
) -> list[Document]:
    """Every combination of the values, each with so many seeds from the document's own on and, for cross-validation,
    with every one of so many folds.

    Raises:
        EditError: a value is not legal.
        TooMany: there would be more than MOST_RUNS.
    """
    count = seeds * max(1, folds)
    for _, values in chosen:
        count *= len(values)
    if count > MOST_RUNS:
        raise TooMany(count)
    found = []
    first = int(complete(TRAINING_FIELDS, document.training, CATALOG)["seed"])
    for combination in itertools.product(*(values for _, values in chosen)):
        made = document
        for (axis, _), value in zip(chosen, combination, strict=True):
            for edit in edits_for(made, axis, value):
                made = edit.apply(made, CATALOG)
        for seed in range(first, first + seeds):
            seeded = SetTraining(("seed",), seed).apply(made, CATALOG)
            found += folded(seeded, folds) if folds else [seeded]
    return found


def _plain(field: ChoiceField, kind: str) -> bool:
    """Whether a choice does nothing: a last layer without activation is no layer to give one."""
    entry = family(field.family).get(kind)
    return isinstance(entry, Activation) and not entry.fields and not entry.calls(Params())


class TooMany(EditError):
    """A sweep of more runs than anyone waits for."""

    def __init__(self, count: int) -> None:
        super().__init__("sweep.too_many", count=count, most=MOST_RUNS)


def read_values(axis: Axis, text: str) -> list[Any]:
    """Read typed numbers: "0.1; 0.01" with comma or semicolon between, or "1 … 5" for whole numbers.

    Raises:
        EditError: there is none, or one is not a number.
    """
    parts = [
        part
        for part in (text.replace(",", " ") if ";" not in text else text.replace(",", ".").replace(";", " ")).split()
        if part
    ]
    if len(parts) == 3 and parts[1] in ("…", "...", "-", "–") and isinstance(axis.field, IntField):
        try:
            low, high = int(parts[0]), int(parts[2])
        except ValueError:
            raise BadValues(text) from None
        if not low <= high < low + MOST_RUNS:
            raise BadValues(text)
        return list(range(low, high + 1))
    found: list[Any] = []
    for part in parts:
        try:
            found.append(int(part) if isinstance(axis.field, IntField) else float(part))
        except ValueError:
            raise BadValues(part) from None
    if not found:
        raise BadValues(text)
    return list(dict.fromkeys(found))


class BadValues(EditError):
    """What was typed is no list of numbers."""

    def __init__(self, text: str) -> None:
        super().__init__("sweep.values", text=text)
