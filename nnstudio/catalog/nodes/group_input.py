"""Where a group's value comes in."""

from __future__ import annotations

from nnstudio.catalog.entry import OUT, Node
from nnstudio.document.text import Text

ENTRY = Node(
    id="group_input",
    title=Text("Group input"),
    help=Text("What is wired to the group comes in here."),
    role="boundary",
    group="blocks",
    single=True,
    hidden=True,
    outputs=(OUT,),
    order=701,
)
