"""What a step of undo is called: "Set activation of h1 to ReLU", in the words of the catalogue."""

from __future__ import annotations

from typing import Any

from nnstudio.document.edits import (
    AddNode,
    Connect,
    Disconnect,
    Edit,
    InsertNode,
    MoveNodes,
    RemoveNodes,
    SetParam,
    SetTraining,
)
from nnstudio.document.fields import ChoiceField, Field, OptionField, Vocabulary
from nnstudio.document.groups import Inside, body_at
from nnstudio.document.text import Message, Text, message
from nnstudio.document.values import Choice, Document

LONGEST = 40
YES, NO, NONE = Text("on"), Text("off"), Text("nothing")


def name_of(document: Document, node: str, vocabulary: Vocabulary) -> Any:
    """What a student calls a node: the name given, the kind where it is the only one, else the id."""
    found = document.by_id.get(node)
    if found is None:
        return node
    kind = vocabulary.node_kind(found.kind)
    if found.name or kind is None:
        return found.name or node
    return kind.title if kind.single or sum(n.kind == found.kind for n in document.nodes) == 1 else node


def label_of(edit: Edit, document: Document, vocabulary: Vocabulary) -> Message:
    """Name an edit that is about to be applied to a document."""
    if isinstance(edit, Inside):
        return label_of(edit.edit, body_at(document, edit.path), vocabulary)
    if isinstance(edit, SetParam):
        node = document.by_id.get(edit.node)
        kind = vocabulary.node_kind(node.kind) if node is not None else None
        named = (
            _named(kind.fields, node.params, edit.path, edit.value, vocabulary)
            if kind is not None and node is not None
            else None
        )
        if named is not None:
            return message("edit.set_to", field=named[0], node=name_of(document, edit.node, vocabulary), value=named[1])
    if isinstance(edit, SetTraining):
        named = _named(vocabulary.training_fields(), document.training, edit.path, edit.value, vocabulary)
        if named is not None:
            return message("edit.training_to", field=named[0], value=named[1])
    if isinstance(edit, AddNode | InsertNode):
        kind = vocabulary.node_kind(edit.kind)
        if kind is not None:
            return message("edit.add", name=kind.title)
    if isinstance(edit, Connect | Disconnect):
        key = "edit.connect" if isinstance(edit, Connect) else "edit.disconnect"
        ends = (edit.wire.source, edit.wire.target)
        return message(
            key, source=name_of(document, ends[0], vocabulary), target=name_of(document, ends[1], vocabulary)
        )
    names = (
        edit.nodes
        if isinstance(edit, RemoveNodes)
        else tuple(n for n, _ in edit.positions)
        if isinstance(edit, MoveNodes)
        else ()
    )
    if len(names) == 1:
        return message(
            "edit.remove_one" if isinstance(edit, RemoveNodes) else "edit.move_one",
            name=name_of(document, names[0], vocabulary),
        )
    return edit.label


def _named(
    fields: tuple[Field, ...], params: Any, path: tuple[str, ...], value: Any, vocabulary: Vocabulary
) -> tuple[Any, Any] | None:
    """The titles of a setting and of its new value; None where there is no such setting."""
    field = next((f for f in fields if f.name == path[0]), None)
    if field is None:
        return None
    if len(path) == 1:
        return field.title, value_title(field, value, vocabulary)
    chosen = params.get(field.name, field.default)
    entry = vocabulary.choice(getattr(field, "family", ""), getattr(chosen, "kind", ""))
    return _named(entry.fields, chosen.params, path[1:], value, vocabulary) if entry is not None else None


def value_title(field: Field, value: Any, vocabulary: Vocabulary) -> Any:
    """A value in the words of the catalogue."""
    if value is None:
        return NONE
    if isinstance(value, bool):
        return YES if value else NO
    if isinstance(field, ChoiceField):
        name = value.kind if isinstance(value, Choice) else str(value)
        entry = vocabulary.choice(field.family, name)
        return entry.title if entry is not None else name
    if isinstance(field, OptionField):
        return next((title for name, title in field.options if name == value), value)
    if isinstance(value, float | int):
        return f"{value:g}" if isinstance(value, float) else str(value)
    text = str(value)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
