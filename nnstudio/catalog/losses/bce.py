"""Binary cross-entropy on probabilities."""

from __future__ import annotations

from nnstudio.catalog.entry import Call, Loss, Ref, Rule
from nnstudio.document.text import Text

ENTRY = Loss(
    id="bce",
    title=Text("BCE"),
    help=Text(
        "For yes or no when the last layer is a sigmoid already. With logits inside it is more exact: prefer that one."
    ),
    formula="E = −1/(N·K) Σ [t log a + (1 − t) log(1 − a)]",
    bounds=(0.0, 1.0),
    expects="probabilities",
    probabilities=lambda k: Call("p", "torch.clone", (Ref("prediction"),)),
    calls=lambda p: (
        Call(
            "e",
            "torch.nn.functional.binary_cross_entropy",
            (Ref("prediction"), Ref("target")),
            form="loss",
            rule=Rule(
                "E = −1/(N·K) Σ [t log a + (1 − t) log(1 − a)]",
                ("∂E/∂a = (a − t) / (a(1 − a)·N·K)",),
                "-(t*max(log(a), -100) + (1 - t)*max(log(1 - a), -100))",
                "(a - t) / max(a*(1 - a), 1e-12)",
            ),
        ),
    ),
    order=16,
)
