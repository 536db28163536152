"""The Input node: what of the data goes in by itself, beside its row of numbers."""

from __future__ import annotations

from nnstudio.catalog.entry import Node, Port
from nnstudio.document.fields import TextField
from nnstudio.document.text import Text

ENTRY = Node(
    id="further_input",
    title=Text("Input"),
    help=Text(
        "One more input of the data: a column of texts, of pictures, or a category that is embedded. The page of the "
        "columns says which there are; the Data node gives the row of numbers. Bring them together again with a "
        "Concat layer."
    ),
    role="input",
    group="data",
    outputs=(Port("x", Text("samples", about="port")),),
    fields=(
        TextField(
            name="column",
            title=Text("Column", about="data"),
            default="",
            maximum=4096,
            kind="column",
            help=Text("Which of the further inputs; none chosen takes the next one that no other Input takes."),
        ),
    ),
    summary=("column",),
    order=6,
)
