"""Turn a row of numbers into probabilities."""

from __future__ import annotations

from nnstudio.catalog.entry import Activation, Call, Ref, Rule
from nnstudio.catalog.known import known
from nnstudio.document.text import Text

ENTRY = Activation(
    id="softmax",
    title=Text("Softmax"),
    help=Text("Makes each row sum to 1. Cross-entropy has it inside already: do not put it in front of that loss."),
    formula="aᵢ = e^zᵢ / Σⱼ e^zⱼ",
    derivative="∂aᵢ/∂zⱼ = aᵢ(δᵢⱼ − aⱼ)",
    range="(0, 1)",
    tags=frozenset({"probabilities", "rows"}),
    calls=lambda p: (
        Call(
            "a",
            "torch.softmax",
            (Ref("z"),),
            {"dim": -1},
            form="shares",
            rule=Rule("aᵢ = e^zᵢ / Σⱼ e^zⱼ", ("∂E/∂zᵢ = aᵢ(∂E/∂aᵢ − Σⱼ aⱼ ∂E/∂aⱼ)",)),
        ),
    ),
    known_as=known("torch.nn.Softmax", {"dim": (-1,)}),
    order=70,
)
