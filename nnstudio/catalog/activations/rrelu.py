"""Leaky ReLU with a random slope."""

from __future__ import annotations

from nnstudio.catalog.entry import Activation, Call, Ref, Rule
from nnstudio.catalog.known import known
from nnstudio.document.fields import FloatField
from nnstudio.document.text import Text, message

ENTRY = Activation(
    id="rrelu",
    title=Text("RReLU"),
    help=Text(
        "Leaky ReLU whose slope is drawn anew for every number while training; evaluation takes the mean of the "
        "limits. A mild cure for overfitting."
    ),
    formula="a = z where z > 0, else s·z, s ~ U(low, high)",
    derivative="1 where z > 0, else s",
    range="(−∞, ∞)",
    fields=(
        FloatField(
            name="low",
            title=Text("Least slope"),
            default=0.125,
            minimum=0.0,
            maximum=1.0,
            help=Text("The lower limit of the slope."),
        ),
        FloatField(
            name="high",
            title=Text("Greatest slope"),
            default=0.3333333,
            minimum=0.0,
            maximum=1.0,
            help=Text("The upper limit of the slope."),
        ),
    ),
    tags=frozenset({"rectifier"}),
    calls=lambda p: (
        Call(
            "a",
            "torch.nn.RReLU",
            (Ref("z"),),
            make={"lower": p["low"], "upper": p["high"]},
            rule=Rule("a = z where z > 0, else s·z, s ~ U(low, high)", ("∂E/∂z = ∂E/∂a where z > 0, else s·∂E/∂a",)),
        ),
    ),
    check=lambda p: message("initializer.limits", low=p["low"], high=p["high"]) if p["low"] > p["high"] else None,
    known_as=known("torch.nn.RReLU", low="lower", high="upper"),
    order=54,
)
