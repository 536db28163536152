"""Numbers typed by hand."""

from __future__ import annotations

from nnstudio.catalog.entry import Call, Initializer, Numbers, Ref
from nnstudio.document.fields import TableField
from nnstudio.document.text import Text

ENTRY = Initializer(
    id="explicit",
    title=Text("Explicit values"),
    help=Text("A small table of numbers, for a lesson with figures worked out by hand. Its size must be the tensor's."),
    formula="w = table",
    fields=(
        TableField(
            name="values",
            title=Text("Values", about="weights"),
            default=(0.0,),
            help=Text("One row per output neuron, one column per input; a bias is one row."),
        ),
    ),
    call=lambda p: Call("w", "torch.Tensor.copy_", (Ref("tensor"), Numbers(p["values"]))),
    order=100,
)
