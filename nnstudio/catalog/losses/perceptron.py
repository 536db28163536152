"""Rosenblatt's rule as a loss."""

from __future__ import annotations

from nnstudio.catalog.entry import Call, Loss, Ref, Rule
from nnstudio.document.text import Text

ENTRY = Loss(
    id="perceptron",
    title=Text("Perceptron criterion"),
    help=Text(
        "Pays only for wrong answers: one SGD step is the perceptron rule w ← w + η(t − y)x, with y the step of z. "
        "Takes z itself, without the step in front."
    ),
    formula="E = 1/N Σₙ Σₖ (y − t)·z, y = 1 where z ≥ 0",
    threshold=0.0,
    bounds=(0.0, 1.0),
    expects="scores",
    tags=frozenset({"homogeneous"}),
    calls=lambda p: (
        Call("fixed", "torch.Tensor.detach", (Ref("prediction"),), rule=Rule("z, as a fixed number", ("no gradient",))),
        Call("floor", "torch.floor", (Ref("fixed"),), rule=Rule("⌊z⌋", ("no gradient",))),
        Call("up", "torch.add", (Ref("floor"), 1.0), rule=Rule("⌊z⌋ + 1", ("no gradient",))),
        Call("said", "torch.clamp", (Ref("up"), 0.0, 1.0), rule=Rule("y = 1 where z ≥ 0, else 0", ("no gradient",))),
        Call("wrong", "torch.sub", (Ref("said"), Ref("target")), form="sum", rule=Rule("d = y − t", ("no gradient",))),
        Call(
            "paid",
            "torch.mul",
            (Ref("wrong"), Ref("prediction")),
            form="times",
            rule=Rule("p = d·z", ("∂E/∂z = d·∂E/∂p",)),
        ),
        Call(
            "per_sample",
            "torch.sum",
            (Ref("paid"),),
            {"dim": -1},
            form="total",
            rule=Rule("Eₙ = Σₖ p", ("∂E/∂p = ∂E/∂Eₙ",)),
        ),
        Call("e", "torch.mean", (Ref("per_sample"),), form="total", rule=Rule("E = 1/N Σₙ Eₙ", ("∂E/∂Eₙ = 1/N",))),
    ),
    order=18,
)
