"""A comment: a box with words, which may stand around some nodes."""

from __future__ import annotations

from nnstudio.catalog.entry import Node
from nnstudio.document.fields import IntField, OptionField, TextField
from nnstudio.document.text import Text

ENTRY = Node(
    id="comment",
    title=Text("Comment"),
    help=Text(
        "A box with words of your own. It may stand around some nodes, which move along with it; the network does not "
        "see it."
    ),
    role="comment",
    group="blocks",
    fields=(
        TextField(name="text", title=Text("Words"), default="", maximum=4000, kind="lines"),
        OptionField(
            name="color",
            title=Text("Colour"),
            default="yellow",
            options=(
                ("yellow", Text("yellow")),
                ("blue", Text("blue")),
                ("green", Text("green")),
                ("purple", Text("purple")),
                ("grey", Text("grey", about="colour")),
            ),
        ),
        IntField(name="width", title=Text("Width"), default=260, minimum=120, maximum=20_000, advanced=True),
        IntField(name="height", title=Text("Height"), default=150, minimum=60, maximum=20_000, advanced=True),
    ),
    order=720,
)
