"""A group: a node that holds a network."""

from __future__ import annotations

from nnstudio.catalog.entry import IN, OUT, Node
from nnstudio.document.text import Text

ENTRY = Node(
    id="group",
    title=Text("Group"),
    help=Text(
        "Holds a network of its own. Double-click to open it; a copy has weights of its own. Save it as a block to use "
        "it in other projects."
    ),
    role="group",
    group="blocks",
    inputs=(IN,),
    outputs=(OUT,),
    order=700,
)
