"""One number everywhere."""

from __future__ import annotations

from nnstudio.catalog.entry import Call, Initializer, Ref
from nnstudio.document.fields import FloatField
from nnstudio.document.text import Text

ENTRY = Initializer(
    id="constant",
    title=Text("Constant", "常数"),
    help=Text("The same number everywhere; in a weight matrix all neurons of a layer stay equal.",
              "全部为同一个数；用于权重时同层神经元保持相同。"),
    formula="w = c",
    fields=(
        FloatField(name="value", title=Text("Value", "数值"), default=0.1, minimum=-1e6, maximum=1e6),
    ),
    tags=frozenset({"even"}),
    call=lambda p: Call("w", "torch.nn.init.constant_", (Ref("tensor"),), {"val": p["value"]}),
    order=30,
)
