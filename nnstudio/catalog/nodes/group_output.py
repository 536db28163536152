"""Where a group's result goes out."""

from __future__ import annotations

from nnstudio.catalog.entry import IN, Node
from nnstudio.document.text import Text

ENTRY = Node(
    id="group_output",
    title=Text("Group output"),
    help=Text("What is wired here is the result of the group."),
    role="boundary",
    group="blocks",
    single=True,
    hidden=True,
    inputs=(IN,),
    order=702,
)
