"""The network's output is what is made small; nothing is compared."""

from __future__ import annotations

from nnstudio.catalog.entry import Call, Loss, Ref, Rule
from nnstudio.document.text import Text

ENTRY = Loss(
    id="output_itself",
    title=Text("The output itself"),
    help=Text("Makes the output as low as it can be; the targets are not looked at. For a surface to go down."),
    formula="E = 1/N Σₙ Σₖ a",
    tags=frozenset({"homogeneous"}),
    calls=lambda p: (
        Call(
            "per_sample",
            "torch.sum",
            (Ref("prediction"),),
            {"dim": -1},
            form="total",
            rule=Rule("Eₙ = Σₖ a", ("∂E/∂a = ∂E/∂Eₙ",)),
        ),
        Call("e", "torch.mean", (Ref("per_sample"),), form="total", rule=Rule("E = 1/N Σₙ Eₙ", ("∂E/∂Eₙ = 1/N",))),
    ),
    order=95,
)
