"""LeCun et al. 1998."""

from __future__ import annotations

from nnstudio.catalog.entry import Call, Initializer, Ref, Stream
from nnstudio.document.text import Text

ENTRY = Initializer(
    id="lecun_normal",
    title=Text("LeCun normal", "LeCun 正态"),
    help=Text("Keeps the spread of values through layers that are nearly linear. The one for SELU.",
              "使近似线性的各层数值方差保持一致。SELU 应使用它。"),
    formula="N(0, 1 / fan_in)",
    tags=frozenset({"matrix"}),
    suits=frozenset({"self_normalizing"}),
    call=lambda p: Call("w", "torch.nn.init.kaiming_normal_", (Ref("tensor"),),
                        {"mode": "fan_in", "nonlinearity": "linear", "generator": Stream()}),
    order=94,
)
