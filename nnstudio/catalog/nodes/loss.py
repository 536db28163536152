"""The Loss node: what is to be made small."""

from __future__ import annotations

from nnstudio.catalog.entry import Node, Port
from nnstudio.document.fields import ChoiceField, FloatField
from nnstudio.document.text import Text
from nnstudio.document.values import Choice

ENTRY = Node(
    id="loss",
    title=Text("Loss"),
    help=Text(
        "Measures how far the prediction is from the target. The target is the Data node's unless a wire says "
        "otherwise."
    ),
    role="loss",
    group="train",
    inputs=(Port("prediction", Text("prediction")), Port("target", Text("target"), optional=True)),
    fields=(
        ChoiceField(name="loss", title=Text("Loss"), family="losses", default=Choice("cross_entropy")),
        FloatField(
            name="weight",
            title=Text("Weight in the sum"),
            default=1.0,
            minimum=0.0,
            maximum=1e6,
            advanced=True,
            help=Text("With several losses, their weighted sum is made small."),
        ),
    ),
    summary=("loss",),
    order=900,
)
