"""Mean absolute error."""

from __future__ import annotations

from nnstudio.catalog.entry import Call, Loss, Ref, Rule
from nnstudio.document.text import Text

ENTRY = Loss(
    id="l1_loss",
    title=Text("L1 (mean absolute error)"),
    help=Text(
        "The mean of the absolute differences. Outliers count less than with squares; the slope is ±1, with a kink at "
        "0."
    ),
    formula="E = 1/(N·K) Σ |a − t|",
    calls=lambda p: (
        Call(
            "e",
            "torch.nn.functional.l1_loss",
            (Ref("prediction"), Ref("target")),
            form="loss",
            rule=Rule("E = 1/(N·K) Σ |a − t|", ("∂E/∂a = sign(a − t) / (N·K)",), "abs(a - t)", "sign(a - t)"),
        ),
    ),
    order=22,
)
