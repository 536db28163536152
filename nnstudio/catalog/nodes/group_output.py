"""Where a group's result goes out."""

from __future__ import annotations

from nnstudio.catalog.entry import IN, Node
from nnstudio.document.text import Text

ENTRY = Node(
    id="group_output",
    title=Text("Group output", "组合输出"),
    help=Text("What is wired here is the result of the group.", "接到这里的值就是组合的结果。"),
    role="boundary",
    group="blocks",
    single=True,
    hidden=True,
    inputs=(IN,),
    order=702,
)
