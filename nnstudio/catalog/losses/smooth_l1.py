"""Squared near zero, absolute further out."""

from __future__ import annotations

from nnstudio.catalog.entry import Call, Loss, Ref, Rule
from nnstudio.document.fields import FloatField
from nnstudio.document.text import Text

ENTRY = Loss(
    id="smooth_l1",
    title=Text("Smooth L1"),
    help=Text("Squared error for small differences, absolute for large ones: no kink, and outliers do not rule."),
    formula="Eₙ = ½d²/β where |d| < β, else |d| − β/2",
    fields=(
        FloatField(
            name="beta",
            title=Text("β"),
            default=1.0,
            minimum=0.0,
            maximum=1e6,
            above=True,
            help=Text("Where the square turns into the absolute value."),
        ),
    ),
    calls=lambda p: (
        Call(
            "e",
            "torch.nn.functional.smooth_l1_loss",
            (Ref("prediction"), Ref("target")),
            {"beta": p["beta"]},
            form="loss",
            rule=Rule(
                "E = 1/(N·K) Σ (½d²/β where |d| < β, else |d| − β/2)",
                ("∂E/∂a = (d/β where |d| < β, else sign d) / (N·K)",),
                "0.5*(a - t)**2 / beta if abs(a - t) < beta else abs(a - t) - beta / 2",
                "(a - t) / beta if abs(a - t) < beta else sign(a - t)",
            ),
        ),
    ),
    order=24,
)
