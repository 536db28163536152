"""The logarithm of softmax."""

from __future__ import annotations

from nnstudio.catalog.entry import Activation, Call, Ref, Rule
from nnstudio.catalog.known import known
from nnstudio.document.text import Text

ENTRY = Activation(
    id="log_softmax",
    title=Text("LogSoftmax"),
    help=Text(
        "The logarithm of softmax, computed without overflow. Goes in front of the NLL loss; the two together are "
        "cross-entropy."
    ),
    formula="aᵢ = zᵢ − ln Σⱼ e^zⱼ",
    derivative="∂aᵢ/∂zⱼ = δᵢⱼ − e^aⱼ",
    range="(−∞, 0]",
    tags=frozenset({"log_probabilities", "rows"}),
    calls=lambda p: (
        Call(
            "a",
            "torch.log_softmax",
            (Ref("z"),),
            {"dim": -1},
            rule=Rule("aᵢ = zᵢ − ln Σⱼ e^zⱼ", ("∂E/∂zᵢ = ∂E/∂aᵢ − e^aᵢ Σⱼ ∂E/∂aⱼ",)),
        ),
    ),
    known_as=known("torch.nn.LogSoftmax", {"dim": (-1,)}),
    order=72,
)
