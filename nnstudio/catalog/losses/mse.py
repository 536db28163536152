"""Mean squared error."""

from __future__ import annotations

from nnstudio.catalog.entry import Call, Loss, Ref, Rule
from nnstudio.document.text import Text

ENTRY = Loss(
    id="mse",
    title=Text("Mean squared error", "均方误差"),
    help=Text("The mean of the squared differences, over outputs and samples. Usual for regression.",
              "对所有输出和样本取差的平方的平均。常用于回归。"),
    formula="E = 1/(N·K) Σ (a − t)²",
    calls=lambda p: (
        Call("e", "torch.nn.functional.mse_loss", (Ref("prediction"), Ref("target")),
             form="loss",
             rule=Rule("E = 1/(N·K) Σ (a − t)²", ("∂E/∂a = 2(a − t) / (N·K)",), "(a - t)**2", "2*(a - t)")),
    ),
    tags=frozenset({"squared"}),
    order=20,
)
