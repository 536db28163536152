"""Settings that many optimizers share."""

from __future__ import annotations

from nnstudio.document.fields import FloatField
from nnstudio.document.text import Text

BETAS = (
    FloatField(
        name="beta1",
        title=Text("β₁"),
        default=0.9,
        minimum=0.0,
        maximum=1.0,
        below=True,
        advanced=True,
        help=Text("Memory of the mean gradient."),
    ),
    FloatField(
        name="beta2",
        title=Text("β₂"),
        default=0.999,
        minimum=0.0,
        maximum=1.0,
        below=True,
        advanced=True,
        help=Text("Memory of the squared gradient."),
    ),
)
ADDED = Text("Pulls every weight towards 0 (L2, added to the gradient).")
APART = Text("Pulls every weight towards 0, apart from the gradient.")


def rate(default: float) -> FloatField:
    """The learning rate η."""
    return FloatField(
        name="learning_rate",
        title=Text("Learning rate η"),
        default=default,
        minimum=0.0,
        maximum=1e6,
        help=Text("How far one step goes."),
    )


def epsilon(default: float) -> FloatField:
    """What is added to a divisor."""
    return FloatField(
        name="eps",
        title=Text("ε"),
        default=default,
        minimum=0.0,
        maximum=1.0,
        above=True,
        advanced=True,
        help=Text("Keeps the division from blowing up."),
    )


def decay(default: float = 0.0, text: Text = ADDED) -> FloatField:
    """Weight decay λ."""
    return FloatField(
        name="weight_decay", title=Text("Weight decay"), default=default, minimum=0.0, maximum=1e3, help=text
    )
