"""A run ends with a figure that is high or low enough."""

from __future__ import annotations

from nnstudio.document.fields import FloatField, OptionField
from nnstudio.document.text import Message, Text, message
from nnstudio.document.values import Params
from nnstudio.session.checks import Check, Facts

FIGURES = {
    "train_loss": Text("Training loss"),
    "val_loss": Text("Validation loss"),
    "train_accuracy": Text("Training accuracy"),
    "val_accuracy": Text("Validation accuracy"),
    "val_r2": Text("R² of the validation part"),
}


def _missing(params: Params, facts: Facts) -> Message | None:
    figure, wanted = params["figure"], params["value"]
    found = facts.history[-1].get(figure) if facts.history else None
    if found is None:
        return message("check.no_figure", figure=FIGURES[figure])
    high = params["side"] == "at_least"
    if found >= wanted if high else found <= wanted:
        return None
    return message("check.low" if high else "check.high", figure=FIGURES[figure], found=float(found), wanted=wanted)


CHECK = Check(
    "reached",
    Text("A figure at the end of training"),
    _missing,
    (
        OptionField(name="figure", title=Text("Figure"), default="val_accuracy", options=tuple(FIGURES.items())),
        OptionField(
            name="side",
            title=Text("Bound"),
            default="at_least",
            options=(("at_least", Text("at least")), ("at_most", Text("at most"))),
        ),
        FloatField(name="value", title=Text("Value"), default=0.95, minimum=-1e9, maximum=1e9),
    ),
    trained=True,
)
