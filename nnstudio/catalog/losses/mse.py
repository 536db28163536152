"""Mean squared error."""

from __future__ import annotations

from nnstudio.catalog.entry import Call, Loss, Ref, Rule
from nnstudio.document.text import Text

ENTRY = Loss(
    id="mse",
    title=Text("Mean squared error"),
    help=Text("The mean of the squared differences, over outputs and samples. Usual for regression."),
    formula="E = 1/(N·K) Σ (a − t)²",
    calls=lambda p: (
        Call(
            "e",
            "torch.nn.functional.mse_loss",
            (Ref("prediction"), Ref("target")),
            form="loss",
            rule=Rule("E = 1/(N·K) Σ (a − t)²", ("∂E/∂a = 2(a − t) / (N·K)",), "(a - t)**2", "2*(a - t)"),
        ),
    ),
    tags=frozenset({"squared"}),
    order=20,
)
