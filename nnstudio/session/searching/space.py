"""What a search may change: any setting of any node, which layer stands somewhere, how many of it."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from nnstudio.catalog.registry import CATALOG, node_kinds
from nnstudio.document.edits import InsertNode
from nnstudio.document.errors import SearchRefused, StudioError
from nnstudio.document.fields import IntField
from nnstudio.document.text import Text
from nnstudio.document.values import Document, Params
from nnstudio.session.variants import Axis, axes_of, edits_for

MOST_COPIES = 64
# Settings that no node has in its form: how many of a layer there are, and which it is.
COUNT, LAYER = "count", "layer"
COUNT_TITLE, LAYER_TITLE = Text("how many"), Text("which layer")
KEYS = frozenset({"node", "setting", "low", "high", "log", "values"})


@dataclass(frozen=True)
class Range:
    """Something that is varied: between two numbers, or one of some ``values``. ``apply`` gives the network with one
    of them; ``titles`` lead to it, ``named`` are the titles of values.
    """

    name: str
    apply: Callable[[Document, Any], Document]
    low: float = math.nan
    high: float = math.nan
    whole: bool = False
    log: bool = False
    values: tuple[Any, ...] = ()
    titles: tuple[Text | str, ...] = ()
    named: Mapping[str, Text] = field(default_factory=dict)


def read_space(document: Document, text: str) -> tuple[Range, ...]:
    """Read what is to be varied: TOML with tables ``[[vary]]``.

    Raises:
        SearchRefused: it is no TOML, or names what this network does not have; the sentence says where.
    """
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SearchRefused("search.toml", detail=str(error)) from None
    tables = found.get("vary")
    if not isinstance(tables, list) or not tables or set(found) != {"vary"}:
        raise SearchRefused("search.tables")
    ranges = [_read(document, number, table) for number, table in enumerate(tables, 1)]
    names = [one.name for one in ranges]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise SearchRefused("search.twice", name=twice)
    # How many of a layer there are is decided last: what is varied of it is that of all its copies.
    return tuple(sorted(ranges, key=lambda one: one.name.endswith(f" {COUNT}")))


def _read(document: Document, number: int, table: Any) -> Range:
    if not isinstance(table, dict) or not isinstance(table.get("setting"), str) or set(table) - KEYS:
        odd = ", ".join(sorted(set(table) - KEYS)) if isinstance(table, dict) else str(table)
        raise SearchRefused("search.table", number=number, odd=odd or "setting")
    node, setting = str(table.get("node", "")), table["setting"]
    name = f"{node} {setting}".strip()
    if setting in (COUNT, LAYER) and node:
        if node not in document.by_id or node_kinds()[document.by_id[node].kind].role != "layer":
            raise SearchRefused("search.unknown", number=number, name=name)
        if setting == COUNT:
            low, high = _ends(number, table, whole=True)
            if not 1 <= low <= high <= MOST_COPIES:
                raise SearchRefused("search.ends", number=number, low=low, high=high)
            return Range(
                name,
                lambda made, count: _repeated(made, node, int(count)),
                low,
                high,
                whole=True,
                titles=(document.by_id[node].name or node, COUNT_TITLE),
            )
        values = _kinds(number, table)
        return Range(
            name,
            lambda made, kind: _another(made, node, str(kind)),
            values=values,
            titles=(document.by_id[node].name or node, LAYER_TITLE),
            named={kind: node_kinds()[kind].title for kind in values},
        )
    axis = next((one for one in axes_of(document) if one.node == node and ".".join(one.path) == setting), None)
    if axis is None:
        raise SearchRefused("search.unknown", number=number, name=name)
    return _of_axis(document, number, table, name, axis)


def _of_axis(document: Document, number: int, table: Mapping[str, Any], name: str, axis: Axis) -> Range:
    def apply(made: Document, value: Any) -> Document:
        for edit in edits_for(made, axis, value):
            made = edit.apply(made, CATALOG)
        return made

    if "values" in table or axis.options:
        values = table.get("values")
        if not isinstance(values, list) or not values:
            raise SearchRefused("search.values", number=number, name=name)
        tried: tuple[Any, ...] = tuple(values)
        found = Range(name, apply, values=tried, titles=axis.titles, named=dict(axis.options))
    else:
        whole = isinstance(axis.field, IntField)
        low, high = _ends(number, table, whole)
        if bool(table.get("log", False)) and low <= 0:
            raise SearchRefused("search.log", number=number, name=name)
        tried = (low, high)
        found = Range(name, apply, low, high, whole, bool(table.get("log", False)), titles=axis.titles)
    for value in tried:
        try:
            apply(document, value)
        except (StudioError, ValueError, TypeError) as error:
            why = error.message if isinstance(error, StudioError) else str(error)
            raise SearchRefused("search.value", number=number, name=name, value=str(value), why=why) from None
    return found


def _ends(number: int, table: Mapping[str, Any], whole: bool) -> tuple[Any, Any]:
    low, high = table.get("low"), table.get("high")
    kinds = (int,) if whole else (int, float)
    if any(isinstance(end, bool) or not isinstance(end, kinds) for end in (low, high)) or not low <= high:  # type: ignore[operator]
        raise SearchRefused("search.ends", number=number, low=str(low), high=str(high))
    return low, high


def _kinds(number: int, table: Mapping[str, Any]) -> tuple[str, ...]:
    values = table.get("values")
    layers = {name for name, entry in node_kinds().items() if entry.role == "layer"}
    if not isinstance(values, list) or not values or not set(map(str, values)) <= layers:
        raise SearchRefused("search.values", number=number, name="layer")
    return tuple(map(str, values))


def _another(document: Document, node: str, kind: str) -> Document:
    """Another layer in a node's place, with those of its settings that it has as well."""
    old, entry = document.by_id[node], node_kinds()[kind]
    kept: dict[str, Any] = {}
    for spec in entry.fields:
        if spec.name in old.params:
            try:
                spec.check(old.params[spec.name], CATALOG)
            except StudioError:
                continue
            kept[spec.name] = old.params[spec.name]
    new = replace(old, kind=kind, params=Params(kept))
    return replace(document, nodes=tuple(new if one is old else one for one in document.nodes))


def _repeated(document: Document, node: str, count: int) -> Document:
    """So many copies of a layer, one behind the other."""
    first = document.by_id[node]
    for number in range(count, 1, -1):
        name = f"{node}_{number}"
        while name in document.by_id:
            name += "_"
        for wire in [wire for wire in document.wires if wire.source == node]:
            if name in document.by_id:
                # The copy is there: what else the layer leads to comes from it, too.
                moved = replace(wire, source=name)
                document = replace(document, wires=tuple(moved if one == wire else one for one in document.wires))
            else:
                document = InsertNode(wire, first.kind, name, first.params).apply(document, CATALOG)
    return document


def proposed(trial: Any, space: tuple[Range, ...]) -> dict[str, Any]:
    """Ask a trial of Optuna's for a value of everything."""
    found: dict[str, Any] = {}
    for one in space:
        if one.values:
            found[one.name] = trial.suggest_categorical(one.name, list(one.values))
        elif one.whole:
            found[one.name] = trial.suggest_int(one.name, int(one.low), int(one.high), log=one.log)
        else:
            found[one.name] = trial.suggest_float(one.name, one.low, one.high, log=one.log)
    return found


def made_with(document: Document, space: tuple[Range, ...], values: Mapping[str, Any]) -> Document:
    """Return the network with these values.

    Raises:
        StudioError: two of them do not go together.
    """
    for one in space:
        document = one.apply(document, values[one.name])
    return document
