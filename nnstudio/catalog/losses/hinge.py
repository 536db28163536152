"""The hinge loss of support vector machines."""

from __future__ import annotations

from nnstudio.catalog.entry import Call, Loss, Ref, Rule
from nnstudio.document.text import Text

ENTRY = Loss(
    id="hinge",
    title=Text("Hinge"),
    help=Text("Nothing to pay once the score has the right sign with a margin of 1. Takes scores, no sigmoid."),
    formula="E = 1/(N·K) Σ max(0, 1 − (2t − 1)·z)",
    threshold=0.0,
    bounds=(0.0, 1.0),
    expects="scores",
    calls=lambda p: (
        Call("sign", "torch.sub", (Ref("target"), 0.5), form="elementwise", rule=Rule("s = t − ½")),
        Call(
            "margin",
            "torch.mul",
            (Ref("sign"), Ref("prediction")),
            form="times",
            rule=Rule("m = s·z", ("∂E/∂z = s·∂E/∂m",)),
        ),
        Call(
            "short", "torch.add", (1.0, Ref("margin")), {"alpha": -2.0}, rule=Rule("h = 1 − 2m", ("∂E/∂m = −2·∂E/∂h",))
        ),
        Call(
            "paid",
            "torch.relu",
            (Ref("short"),),
            form="elementwise",
            rule=Rule("p = max(0, h)", ("f′(h): 1 where h > 0, else 0", "∂E/∂h = ∂E/∂p ⊙ f′(h)")),
        ),
        Call("e", "torch.mean", (Ref("paid"),), form="total", rule=Rule("E = 1/(N·K) Σ p", ("∂E/∂p = 1/(N·K)",))),
    ),
    order=17,
)
