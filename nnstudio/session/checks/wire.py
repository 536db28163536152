"""A wire, or a way along wires, leads from one node to another, or none does."""

from __future__ import annotations

from nnstudio.document.fields import BoolField, TextField
from nnstudio.document.text import Message, Text, message
from nnstudio.document.values import Params
from nnstudio.session.checks import Check, Facts


def _missing(params: Params, facts: Facts) -> Message | None:
    start, end = params["source"], params["target"]
    for name in (start, end):
        if name not in facts.document.by_id:
            return None if not params["there"] else message("check.no_node", node=name)
    wires = facts.document.wires_from.get(start, ())
    found = facts.document.reaches(start, end) if params["way"] else any(wire.target == end for wire in wires)
    if found == params["there"]:
        return None
    nodes = facts.document.by_id
    return message(
        "check.no_wire" if params["there"] else "check.wire",
        source=nodes[start].name or start,
        target=nodes[end].name or end,
    )


CHECK = Check(
    "wire",
    Text("A wire"),
    _missing,
    (
        TextField(name="source", title=Text("From"), default=""),
        TextField(name="target", title=Text("To"), default=""),
        BoolField(name="way", title=Text("Also over other nodes"), default=False),
        BoolField(name="there", title=Text("There"), default=True),
    ),
)
