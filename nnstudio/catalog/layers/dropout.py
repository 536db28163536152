"""Dropout: switch off random neurons while training."""

from __future__ import annotations

from nnstudio.catalog.entry import Call, Layer, Ref, Rule
from nnstudio.catalog.known import known
from nnstudio.document.fields import FloatField
from nnstudio.document.text import Text

ENTRY = Layer(
    id="dropout",
    title=Text("Dropout"),
    help=Text(
        "While training, sets each value to zero with probability p and scales the rest by 1/(1 − p). Does nothing in "
        "evaluation."
    ),
    formula="y = x ⊙ mask / (1 − p)",
    tags=frozenset({"drops", "passes"}),
    fields=(
        FloatField(
            name="p",
            title=Text("Probability p"),
            default=0.5,
            minimum=0.0,
            maximum=1.0,
            below=True,
            help=Text("Share of the values that is switched off."),
        ),
    ),
    calls=lambda p, shapes: (
        Call(
            "y",
            "torch.nn.Dropout",
            (Ref("x"),),
            make={"p": p["p"]},
            form="mask",
            rule=Rule("y = x ⊙ mask / (1 − p)", ("∂E/∂x = ∂E/∂y ⊙ mask / (1 − p)",)),
        ),
    ),
    known_as=known("torch.nn.Dropout", p="p"),
    summary=("p",),
    order=30,
)
