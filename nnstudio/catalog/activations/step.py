"""The perceptron's threshold."""

from __future__ import annotations

from nnstudio.catalog.entry import Activation, Call, Ref, Rule
from nnstudio.document.text import Text

ENTRY = Activation(
    id="step",
    title=Text("Step", about="activation"),
    help=Text(
        "1 from zero on, else 0: the perceptron's output. Its slope is 0 everywhere, so no gradient gets through; "
        "train it with the perceptron criterion on z."
    ),
    formula="a = 1 where z ≥ 0, else 0",
    derivative="0",
    range="{0, 1}",
    tags=frozenset({"flat", "unit"}),
    calls=lambda p: (
        # Built from functions whose slopes torch knows to be 0: ⌊z⌋ + 1, no less than 0 and no more than 1. The slope
        # of torch.clamp at its ends is another since torch 2.15, that of hardtanh is not.
        Call("floor", "torch.floor", (Ref("z"),), form="elementwise", rule=Rule("f = ⌊z⌋", ("f′(z): 0", "∂E/∂z = 0"))),
        Call("up", "torch.add", (Ref("floor"), 1.0), form="elementwise", rule=Rule("u = f + 1", ("∂E/∂f = ∂E/∂u",))),
        Call(
            "a",
            "torch.nn.functional.hardtanh",
            (Ref("up"), 0.0, 1.0),
            form="elementwise",
            rule=Rule("a = 1 where z ≥ 0, else 0", ("f′(u): 1 where 0 < u < 1, else 0", "∂E/∂u = ∂E/∂a ⊙ f′(u)")),
        ),
    ),
    order=15,
)
