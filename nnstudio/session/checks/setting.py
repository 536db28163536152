"""A setting of a node has a value."""

from __future__ import annotations

from nnstudio.catalog.registry import CATALOG, node_kinds
from nnstudio.document.fields import TextField, complete
from nnstudio.document.text import Message, Text, message
from nnstudio.document.values import Choice, Params
from nnstudio.session.checks import Check, Facts


def _missing(params: Params, facts: Facts) -> Message | None:
    node = facts.document.by_id.get(params["node"])
    if node is None or node.kind not in node_kinds():
        return message("check.no_node", node=params["node"])
    found = complete(node_kinds()[node.kind].fields, node.params, CATALOG).get(params["setting"])
    said = found.kind if isinstance(found, Choice) else f"{found:g}" if isinstance(found, float) else str(found)
    if said == params["value"]:
        return None
    return message(
        "check.setting", setting=params["setting"], node=node.name or node.id, found=said, wanted=params["value"]
    )


CHECK = Check(
    "setting",
    Text("A setting"),
    _missing,
    (
        TextField(name="node", title=Text("Node"), default=""),
        TextField(name="setting", title=Text("Setting"), default=""),
        TextField(name="value", title=Text("Value"), default=""),
    ),
)
