"""Huber 1964."""

from __future__ import annotations

from nnstudio.catalog.entry import Call, Loss, Ref, Rule
from nnstudio.document.fields import FloatField
from nnstudio.document.text import Text

ENTRY = Loss(
    id="huber",
    title=Text("Huber"),
    help=Text("Smooth L1 times δ: squared error up to δ, then a straight line of slope δ."),
    formula="Eₙ = ½d² where |d| < δ, else δ(|d| − δ/2)",
    fields=(
        FloatField(
            name="delta",
            title=Text("δ"),
            default=1.0,
            minimum=0.0,
            maximum=1e6,
            above=True,
            help=Text("Where the square turns into a line."),
        ),
    ),
    calls=lambda p: (
        Call(
            "e",
            "torch.nn.functional.huber_loss",
            (Ref("prediction"), Ref("target")),
            {"delta": p["delta"]},
            form="loss",
            rule=Rule(
                "E = 1/(N·K) Σ (½d² where |d| < δ, else δ(|d| − δ/2))",
                ("∂E/∂a = (d where |d| < δ, else δ·sign d) / (N·K)",),
                "0.5*(a - t)**2 if abs(a - t) < delta else delta*(abs(a - t) - delta / 2)",
                "a - t if abs(a - t) < delta else delta*sign(a - t)",
            ),
        ),
    ),
    order=26,
)
