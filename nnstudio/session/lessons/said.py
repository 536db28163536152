"""Changes of a network as lines of words: what a lesson's solution does, what is otherwise in a network beside it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from nnstudio.catalog.registry import CATALOG, node_kinds
from nnstudio.document.edits import (
    AddNode,
    Bypass,
    Connect,
    Disconnect,
    Edit,
    RemoveNodes,
    SetParam,
    SetTraining,
    fresh_id,
)
from nnstudio.document.errors import EditError
from nnstudio.document.fields import ChoiceField
from nnstudio.document.values import Choice, Document, Params, Wire

TRAINING = "training"
Edits = Iterable[Edit]


def _set(document: Document, words: list[str]) -> Edits:
    """``set NODE.setting VALUE``; a choice by its id, numbers and lists as JSON."""
    where, text = words[0], " ".join(words[1:])
    node, *path = where.split(".")
    fields = CATALOG.training_fields() if node == TRAINING else node_kinds()[document.by_id[node].kind].fields
    value = value_said(text)
    field = next((known for known in fields if known.name == path[0]), None)
    if len(path) == 1 and isinstance(field, ChoiceField):
        value = _choice(text)
    return (SetTraining(tuple(path), value) if node == TRAINING else SetParam(node, tuple(path), value),)


def _place(document: Document, words: list[str]) -> Edits:
    """``place KIND [ID] [after NODE]``: on the canvas, or between a node and what follows it."""
    kind, rest = words[0], words[1:]
    after = rest[rest.index("after") + 1] if "after" in rest else ""
    names = rest[: rest.index("after")] if after else rest
    name = names[0] if names else fresh_id(document, kind)
    x, y = document.by_id[after].position if after else (0.0, 0.0)
    yield AddNode(kind, name, (x + 120.0, y + 120.0 if after else y))
    if not after:
        return
    entry = node_kinds()[kind]
    out = node_kinds()[document.by_id[after].kind].outputs[0].name
    for wire in document.wires_from.get(after, ()):
        if wire.source_port == out:
            yield Disconnect(wire)
            yield Connect(Wire(name, entry.outputs[0].name, wire.target, wire.target_port))
    yield Connect(Wire(after, out, name, entry.inputs[0].name))


def _remove(document: Document, words: list[str]) -> Edits:
    """``remove NODE [alone]``: what was in front is joined with what follows, unless it goes ``alone``."""
    return (RemoveNodes((words[0],)) if words[1:] == ["alone"] else Bypass(words[0]),)


def _wire(edit: type[Connect] | type[Disconnect]) -> Callable[[Document, list[str]], Edits]:
    def made(document: Document, words: list[str]) -> Edits:
        (source, source_port), (target, target_port) = (word.split(".") for word in words)
        return (edit(Wire(source, source_port, target, target_port)),)

    return made


CHANGES: dict[str, Callable[[Document, list[str]], Edits]] = {
    "set": _set,
    "place": _place,
    "remove": _remove,
    "connect": _wire(Connect),
    "disconnect": _wire(Disconnect),
}


def changed(document: Document, lines: Iterable[str]) -> Document:
    """Return a network with some changes.

    Raises:
        EditError: a line is no change, or cannot be made.
    """
    for line in lines:
        name, *words = line.split() or [""]
        if name not in CHANGES:
            raise EditError("lesson.command", line=line[:80], names=", ".join(CHANGES))
        try:
            for edit in CHANGES[name](document, words):
                document = edit.apply(document, CATALOG)
        except (ValueError, IndexError, KeyError) as error:
            raise EditError("lesson.command_failed", line=line[:80], detail=str(error)[:120]) from None
    return document


def value_said(text: str) -> Any:
    """A setting's value as it is written: JSON, else the words themselves."""
    try:
        return json.loads(text)
    except ValueError:
        return {"none": None, "on": True, "off": False}.get(text, text)


def _choice(text: str) -> Choice:
    """A choice: "adam", or "adam learning_rate=0.01 …"."""
    kind, *given = text.split()
    return Choice(kind, Params({name: value_said(value) for name, value in (word.split("=", 1) for word in given)}))
