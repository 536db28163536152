"""Numbers typed by hand."""

from __future__ import annotations

from nnstudio.catalog.entry import Call, Initializer, Numbers, Ref
from nnstudio.document.fields import TableField
from nnstudio.document.text import Text

ENTRY = Initializer(
    id="explicit",
    title=Text("Explicit values", "指定数值"),
    help=Text("A small table of numbers, for a lesson with figures worked out by hand. Its size must be the tensor's.",
              "手动输入的小表格，用于手算示例。大小须与张量一致。"),
    formula="w = table",
    fields=(
        TableField(name="values", title=Text("Values", "数值"), default=(0.0,),
                   help=Text("One row per output neuron, one column per input; a bias is one row.",
                             "每个输出神经元一行，每个输入一列；偏置为一行。")),
    ),
    call=lambda p: Call("w", "torch.Tensor.copy_", (Ref("tensor"), Numbers(p["values"]))),
    order=100,
)
