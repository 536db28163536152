"""He et al. 2015, uniform."""

from __future__ import annotations

from nnstudio.catalog.entry import Call, Initializer, Ref, Stream
from nnstudio.document.fields import FloatField, OptionField
from nnstudio.document.text import Text

ENTRY = Initializer(
    id="he_uniform",
    title=Text("He uniform"),
    help=Text("Keeps the spread of values through ReLU layers."),
    formula="U(−k, k), k = √(6 / ((1 + slope²)·fan))",
    fields=(
        OptionField(
            name="mode",
            title=Text("Fan"),
            default="fan_in",
            options=(("fan_in", Text("fan_in")), ("fan_out", Text("fan_out"))),
        ),
        FloatField(name="slope", title=Text("Negative slope"), default=0.0, minimum=0.0, maximum=1.0),
    ),
    tags=frozenset({"matrix"}),
    suits=frozenset({"rectifier"}),
    call=lambda p: Call(
        "w",
        "torch.nn.init.kaiming_uniform_",
        (Ref("tensor"),),
        {"a": p["slope"], "mode": p["mode"], "nonlinearity": "leaky_relu", "generator": Stream()},
    ),
    variance="2 / ((1 + slope**2)*fan)",
    limit="sqrt(6 / ((1 + slope**2)*fan))",
    order=80,
)
