"""The network has so many parameters, or so many nodes of a kind."""

from __future__ import annotations

from nnstudio.document.fields import IntField, OptionField, TextField
from nnstudio.document.text import Message, Text, message
from nnstudio.document.values import Params
from nnstudio.session.checks import Check, Facts

PARAMETERS, NODES = "parameters", "nodes"
SIDES = (("is", Text("is")), ("at_least", Text("at least")), ("at_most", Text("at most")))
_MISSING = {"is": "check.count", "at_least": "check.count_low", "at_most": "check.count_high"}


def _missing(params: Params, facts: Facts) -> Message | None:
    kind, node, wanted, side = params["of"], params["node"], params["value"], params["side"]
    if params["what"] == PARAMETERS:
        found = facts.lowered.parameters.get(node, 0) if node else facts.lowered.total
        what: Text | Message = Text("Parameters")
    else:
        found = sum(1 for known in facts.document.nodes if kind in ("", known.kind))
        what = message("check.nodes_of", kind=kind) if kind else Text("Nodes")
    if found == wanted if side == "is" else found >= wanted if side == "at_least" else found <= wanted:
        return None
    return message(_MISSING[side], what=what, found=found, wanted=wanted)


CHECK = Check(
    "count",
    Text("How many there are"),
    _missing,
    (
        OptionField(
            name="what",
            title=Text("What is counted"),
            default=PARAMETERS,
            options=((PARAMETERS, Text("Parameters")), (NODES, Text("Nodes"))),
        ),
        TextField(name="node", title=Text("Node"), default=""),
        TextField(name="of", title=Text("Kind of node"), default=""),
        OptionField(name="side", title=Text("Bound"), default="is", options=SIDES),
        IntField(name="value", title=Text("Value"), default=1, maximum=2**53),
    ),
)
