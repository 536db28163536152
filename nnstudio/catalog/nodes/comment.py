"""A comment: a box with words, which may stand around some nodes."""

from __future__ import annotations

from nnstudio.catalog.entry import Node
from nnstudio.document.fields import IntField, OptionField, TextField
from nnstudio.document.text import Text

ENTRY = Node(
    id="comment",
    title=Text("Comment", "注释"),
    help=Text("A box with words of your own. It may stand around some nodes, which move along with it; the network does not see it.",
              "写有自己文字的框，可以围住一些节点，并带着它们一起移动；网络看不到它。"),
    role="comment",
    group="blocks",
    fields=(
        TextField(name="text", title=Text("Words", "文字"), default="", maximum=4000, kind="lines"),
        OptionField(name="color", title=Text("Colour", "颜色"), default="yellow",
                    options=(("yellow", Text("yellow", "黄")), ("blue", Text("blue", "蓝")), ("green", Text("green", "绿")),
                             ("purple", Text("purple", "紫")), ("grey", Text("grey", "灰")))),
        IntField(name="width", title=Text("Width", "宽度"), default=260, minimum=120, maximum=20_000, advanced=True),
        IntField(name="height", title=Text("Height", "高度"), default=150, minimum=60, maximum=20_000, advanced=True),
    ),
    order=720,
)
