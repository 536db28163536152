"""Binary cross-entropy on logits, sigmoid inside."""

from __future__ import annotations

from nnstudio.catalog.entry import Call, Loss, Ref, Rule
from nnstudio.document.text import Text

ENTRY = Loss(
    id="bce_logits",
    title=Text("BCE with logits"),
    help=Text("For yes or no: one output, no sigmoid in front, because it is inside. Its slope is σ(z) − t."),
    formula="E = −1/(N·K) Σ [t log σ(z) + (1 − t) log(1 − σ(z))]",
    threshold=0.0,
    bounds=(0.0, 1.0),
    expects="scores",
    probabilities=lambda k: Call("p", "torch.sigmoid", (Ref("prediction"),)),
    calls=lambda p: (
        Call(
            "e",
            "torch.nn.functional.binary_cross_entropy_with_logits",
            (Ref("prediction"), Ref("target")),
            form="loss",
            rule=Rule(
                "E = −1/(N·K) Σ [t log σ(z) + (1 − t) log(1 − σ(z))]",
                ("∂E/∂z = (σ(z) − t) / (N·K)",),
                "max(a, 0) - a*t + log(1 + exp(-abs(a)))",
                "1 / (1 + exp(-a)) - t",
            ),
        ),
    ),
    order=15,
)
