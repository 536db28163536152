"""Cross-entropy of scores, softmax inside."""

from __future__ import annotations

from nnstudio.catalog.entry import Call, Loss, Ref, Rule
from nnstudio.document.fields import FloatField, TableField
from nnstudio.document.text import Text
from nnstudio.document.values import Params

RULE = Rule("E = −1/N Σₙ log softmax(zₙ)[tₙ]", ("∂E/∂z = (softmax(z) − t) / N",))
SMOOTH = Rule(
    "E = −1/N Σₙ Σₖ tₖ log softmax(zₙ)[k], t = 1 − s + s/K for the class, else s/K", ("∂E/∂z = (softmax(z) − t) / N",)
)
WEIGHTED = Rule("E = −Σₙ w[tₙ] log softmax(zₙ)[tₙ] / Σₙ w[tₙ]", ("∂E/∂zₙ = w[tₙ](softmax(zₙ) − t) / Σ w[tₙ]",))

BOTH = Rule(
    "E = −Σₙ Σₖ tₙₖ log softmax(zₙ)[k] / Σₙ w[tₙ], t = (1 − s)·w + s·w/K for the class, else s·wₖ/K",
    ("∂E/∂zₙ = (softmax(zₙ)·Σₖ tₙₖ − tₙ) / Σ w[tₙ]",),
)


def _calls(p: Params) -> tuple[Call, ...]:
    # torch.nn.functional.cross_entropy: with weights the mean is over the sum of the weights.
    function, scores = "torch.nn.functional.cross_entropy", (Ref("prediction"), Ref("target"))
    options = {"label_smoothing": p["smoothing"]} if p["smoothing"] else {}
    if p["class_weights"] is None:
        return (Call("e", function, scores, options, form="score_loss", rule=SMOOTH if options else RULE),)
    numbers = tuple(v for row in p["class_weights"] for v in (row if isinstance(row, tuple) else (row,)))
    weights = Call(
        "weights",
        "torch.Tensor.new_tensor",
        (Ref("prediction"), numbers),
        rule=Rule("w, one per class", ("no gradient",)),
    )
    return (
        weights,
        Call(
            "e",
            function,
            scores,
            {"weight": Ref("weights"), **options},
            form="score_loss",
            rule=BOTH if options else WEIGHTED,
        ),
    )


ENTRY = Loss(
    id="cross_entropy",
    title=Text("Cross-entropy"),
    help=Text(
        "For one of several classes: takes one score per class, with softmax inside. Its slope is softmax(z) − t."
    ),
    formula="E = −1/N Σₙ log softmax(zₙ)[tₙ]",
    fields=(
        FloatField(
            name="smoothing",
            title=Text("Label smoothing"),
            default=0.0,
            minimum=0.0,
            maximum=1.0,
            below=True,
            advanced=True,
            help=Text("Share of the target that is spread over all classes, so that no score has to grow for ever."),
        ),
        TableField(
            name="class_weights",
            title=Text("Class weights"),
            default=None,
            optional=True,
            advanced=True,
            help=Text("One number per class: how much its samples count. Empty counts all alike."),
        ),
    ),
    target="index",
    expects="scores",
    probabilities=lambda k: Call("p", "torch.softmax", (Ref("prediction"),), {"dim": -1}),
    calls=_calls,
    order=10,
)
