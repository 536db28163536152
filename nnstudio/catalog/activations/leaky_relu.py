"""ReLU with a small slope for negative values."""

from __future__ import annotations

from nnstudio.catalog.entry import Activation, elementwise
from nnstudio.catalog.known import known
from nnstudio.document.fields import FloatField
from nnstudio.document.text import Text

ENTRY = Activation(
    id="leaky_relu",
    title=Text("Leaky ReLU"),
    help=Text("Like ReLU, but lets a little through below zero, so no neuron dies."),
    formula="a = z where z > 0, else slope·z",
    derivative="1 where z > 0, else slope",
    range="(−∞, ∞)",
    fields=(
        FloatField(
            name="slope",
            title=Text("Slope"),
            default=0.01,
            minimum=0.0,
            maximum=1.0,
            help=Text("The slope for negative z."),
        ),
    ),
    tags=frozenset({"rectifier", "leaks"}),
    calls=lambda p: elementwise(
        "torch.nn.functional.leaky_relu",
        "a = z where z > 0, else slope·z",
        "1 where z > 0, else slope",
        negative_slope=p["slope"],
        each="z if z > 0 else negative_slope*z",
        slope="1 if z > 0 else negative_slope",
    ),
    known_as=known("torch.nn.LeakyReLU", slope="negative_slope"),
    order=50,
)
