"""Dropout of whole channels."""

from __future__ import annotations

from nnstudio.catalog.entry import Call, Layer, Port, Ref, Rule
from nnstudio.catalog.known import known
from nnstudio.document.fields import FloatField
from nnstudio.document.text import Text

ENTRY = Layer(
    id="dropout_2d",
    title=Text("Dropout 2d"),
    help=Text(
        "While training, switches whole channels off with probability p and scales the rest by 1/(1 − p). For images, "
        "whose neighbours are alike."
    ),
    formula="y = x ⊙ mask / (1 − p), one mask per channel",
    fields=(
        FloatField(
            name="p",
            title=Text("Probability p"),
            default=0.25,
            minimum=0.0,
            maximum=1.0,
            below=True,
            help=Text("Share of the channels that is switched off."),
        ),
    ),
    tags=frozenset({"drops"}),
    inputs=(Port("x", Text("image"), ranks=(4,)),),
    calls=lambda p, shapes: (
        Call(
            "y",
            "torch.nn.Dropout2d",
            (Ref("x"),),
            make={"p": p["p"]},
            form="mask",
            rule=Rule("y = x ⊙ mask / (1 − p)", ("∂E/∂x = ∂E/∂y ⊙ mask / (1 − p)",)),
        ),
    ),
    summary=("p",),
    known_as=known("torch.nn.Dropout2d", p="p"),
    group="convolution",
    order=380,
)
