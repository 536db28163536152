"""He et al. 2015, uniform."""

from __future__ import annotations

from nnstudio.catalog.entry import Call, Initializer, Ref, Stream
from nnstudio.document.fields import FloatField, OptionField
from nnstudio.document.text import Text

ENTRY = Initializer(
    id="he_uniform",
    title=Text("He uniform", "He 均匀"),
    help=Text("Keeps the spread of values through ReLU layers.",
              "使 ReLU 各层的数值方差保持一致。"),
    formula="U(−k, k), k = √(6 / ((1 + slope²)·fan))",
    fields=(
        OptionField(name="mode", title=Text("Fan", "扇数"), default="fan_in",
                    options=(("fan_in", Text("fan_in", "fan_in")), ("fan_out", Text("fan_out", "fan_out")))),
        FloatField(name="slope", title=Text("Negative slope", "负半轴斜率"), default=0.0, minimum=0.0, maximum=1.0),
    ),
    tags=frozenset({"matrix"}),
    suits=frozenset({"rectifier"}),
    call=lambda p: Call("w", "torch.nn.init.kaiming_uniform_", (Ref("tensor"),),
                        {"a": p["slope"], "mode": p["mode"], "nonlinearity": "leaky_relu", "generator": Stream()}),
    order=80,
)
