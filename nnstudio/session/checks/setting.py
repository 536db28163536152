"""A setting of a node, or of the training, has a value."""

from __future__ import annotations

from typing import Any

from nnstudio.catalog.registry import CATALOG, node_kinds
from nnstudio.document.fields import Field, OptionField, TextField, complete
from nnstudio.document.numbers import as_number
from nnstudio.document.text import Message, Said, Text, message
from nnstudio.document.values import Choice, Params
from nnstudio.session.checks import Check, Facts

TRAINING = "training"
SIDES = (
    ("is", Text("is")),
    ("is_not", Text("is not")),
    ("at_least", Text("at least")),
    ("at_most", Text("at most")),
)
_MISSING = {
    "is": "check.setting",
    "is_not": "check.setting_not",
    "at_least": "check.setting_low",
    "at_most": "check.setting_high",
}


def found_setting(facts: Facts, node: str, setting: str) -> tuple[Field | None, Any]:
    """Return a setting and its value; "activation.slope" is one of a choice.

    Raises:
        KeyError: there is no such node or setting.
    """
    fields: tuple[Field, ...]
    if node == TRAINING:
        fields, params = CATALOG.training_fields(), facts.document.training
    else:
        here = facts.document.by_id[node]
        fields, params = node_kinds()[here.kind].fields, here.params
    first, *rest = setting.split(".")
    field = next((field for field in fields if field.name == first), None)
    value = complete(fields, params, CATALOG)[first]
    for name in rest:
        if not isinstance(value, Choice) or field is None:
            raise KeyError(name)
        entry = CATALOG.choice(getattr(field, "family", ""), value.kind)
        inner = entry.fields if entry is not None else ()
        field = next((known for known in inner if known.name == name), None)
        value = complete(inner, value.params, CATALOG)[name]
    return field, value


def plain(value: Any) -> str:
    """What a value is called in a lesson."""
    if isinstance(value, Choice):
        return value.kind
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else "none" if value is None else str(value)


def titled(field: Field | None, value: str) -> Said:
    """A value as the form of settings calls it."""
    entry = CATALOG.choice(getattr(field, "family", ""), value)
    if entry is not None:
        return entry.title
    options = field.options if isinstance(field, OptionField) else ()
    return next((title for known, title in options if known == value), value)


def node_title(facts: Facts, node: str) -> Said:
    """A node as its card calls it, or by its id where several are called so; "training" is the network itself."""
    here = facts.document.by_id.get(node)
    if here is None:
        return Text("Training") if node == TRAINING else node
    alike = [other for other in facts.document.nodes if other.kind == here.kind and not other.name]
    return here.name or (node_kinds()[here.kind].title if len(alike) == 1 else here.id)


def _missing(params: Params, facts: Facts) -> Message | None:
    node, wanted, side = params["node"], params["value"], params["side"]
    try:
        field, found = found_setting(facts, node, params["setting"])
    except KeyError:
        return message("check.no_node", node=node)
    said, limit = plain(found), as_number(wanted)
    same = said.lower() == wanted.lower() or (limit is not None and as_number(said) == limit)
    if side == "is":
        met = same
    elif side == "is_not":
        met = not same
    else:
        number = as_number(said)
        met = number is not None and limit is not None and (number >= limit if side == "at_least" else number <= limit)
    if met:
        return None
    return message(
        _MISSING[side],
        setting=field.title if field is not None else params["setting"],
        node=node_title(facts, node),
        found=titled(field, said),
        wanted=titled(field, wanted),
    )


CHECK = Check(
    "setting",
    Text("A setting"),
    _missing,
    (
        TextField(name="node", title=Text("Node"), default=""),
        TextField(name="setting", title=Text("Setting"), default=""),
        OptionField(name="side", title=Text("Bound"), default="is", options=SIDES),
        TextField(name="value", title=Text("Value"), default=""),
    ),
)
