"""Where a group's value comes in."""

from __future__ import annotations

from nnstudio.catalog.entry import OUT, Node
from nnstudio.document.text import Text

ENTRY = Node(
    id="group_input",
    title=Text("Group input", "组合输入"),
    help=Text("What is wired to the group comes in here.", "接到组合上的值从这里进入。"),
    role="boundary",
    group="blocks",
    single=True,
    hidden=True,
    outputs=(OUT,),
    order=701,
)
