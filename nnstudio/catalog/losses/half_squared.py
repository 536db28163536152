"""Half the squared error, as worked by hand in most courses."""

from __future__ import annotations

from nnstudio.catalog.entry import Call, Loss, Ref, Rule
from nnstudio.document.text import Text

ENTRY = Loss(
    id="half_squared",
    title=Text("½ squared error"),
    help=Text("Half the squared difference, summed over the outputs, mean over the samples: its slope is just a − t."),
    formula="E = 1/N Σₙ Σₖ ½(t − a)²",
    calls=lambda p: (
        Call(
            "difference",
            "torch.sub",
            (Ref("prediction"), Ref("target")),
            form="sum",
            rule=Rule("d = a − t", ("∂E/∂a = ∂E/∂d",)),
        ),
        Call(
            "square",
            "torch.square",
            (Ref("difference"),),
            form="elementwise",
            rule=Rule("s = d²", ("f′(d): 2d", "∂E/∂d = ∂E/∂s · 2d"), "z**2", "2*z"),
        ),
        Call(
            "half",
            "torch.mul",
            (Ref("square"), 0.5),
            form="elementwise",
            rule=Rule("h = ½ s", ("f′(s): ½", "∂E/∂s = ½ ∂E/∂h"), "0.5*z", "0.5"),
        ),
        Call(
            "per_sample",
            "torch.sum",
            (Ref("half"),),
            {"dim": -1},
            form="total",
            rule=Rule("Eₙ = Σₖ h", ("∂E/∂h = ∂E/∂Eₙ",)),
        ),
        Call("e", "torch.mean", (Ref("per_sample"),), form="total", rule=Rule("E = 1/N Σₙ Eₙ", ("∂E/∂Eₙ = 1/N",))),
    ),
    order=30,
)
