"""Pass the input on."""

from __future__ import annotations

from nnstudio.catalog.entry import Call, Layer, Ref, Rule
from nnstudio.catalog.known import known
from nnstudio.document.text import Text

ENTRY = Layer(
    id="identity_layer",
    title=Text("Identity"),
    help=Text("Passes its input on: a place to name a value, or to keep for a layer to come."),
    formula="y = x",
    calls=lambda p, shapes: (Call("y", "torch.clone", (Ref("x"),), rule=Rule("y = x", ("∂E/∂x = ∂E/∂y",))),),
    known_as=known("torch.nn.Identity"),
    group="shape",
    order=430,
)
