"""Gaussian noise on what comes in, while training."""

from __future__ import annotations

from nnstudio.catalog.chance import NOISE
from nnstudio.catalog.entry import Call, Layer, Ref, Rule
from nnstudio.document.fields import FloatField
from nnstudio.document.text import Text

ENTRY = Layer(
    id="gaussian_noise",
    title=Text("Gaussian noise"),
    help=Text(
        "While training, adds a random number to each value, drawn anew every time. Does nothing in validation, test "
        "and answers. Behind the data it keeps a network from learning single samples by heart; with the clean samples "
        "as target, an autoencoder learns to take the noise away."
    ),
    formula="y = x + σ·ε, ε ~ N(0, 1)",
    tags=frozenset({"augments", "passes"}),
    fields=(
        FloatField(
            name="spread",
            title=Text("Standard deviation σ"),
            default=0.1,
            minimum=0.0,
            maximum=10.0,
            help=Text("In the units of what comes in: scaled inputs have a spread of 1."),
        ),
    ),
    calls=lambda p, shapes: (
        Call(
            "y",
            NOISE,
            (Ref("x"),),
            make={"spread": p["spread"]},
            form="noise",
            rule=Rule("y = x + σ·ε", ("∂E/∂x = ∂E/∂y",)),
        ),
    ),
    summary=("spread",),
    order=35,
)
