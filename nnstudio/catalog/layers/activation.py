"""An activation as a node of its own."""

from __future__ import annotations

from nnstudio.catalog.entry import Apply, Layer
from nnstudio.catalog.training import activation_field
from nnstudio.document.text import Text

ENTRY = Layer(
    id="activation",
    title=Text("Activation", about="layer"),
    help=Text("Puts a function on every number that comes in."),
    formula="a = f(z)",
    fields=(activation_field("relu"),),
    calls=lambda p, shapes: (Apply("a", "activation", "x"),),
    tags=frozenset({"function_alone"}),
    summary=("activation",),
    order=20,
)
