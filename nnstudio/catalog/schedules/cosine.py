"""The rate falls along half a cosine to its end value."""

from __future__ import annotations

from nnstudio.catalog.entry import Epochs, Schedule
from nnstudio.document.fields import FloatField
from nnstudio.document.text import Text

ENTRY = Schedule(
    id="cosine",
    title=Text("Cosine"),
    help=Text("Falls slowly, then fast, then slowly to the end value over the planned epochs."),
    formula="ηₜ = η_end + ½(η − η_end)(1 + cos(πt/T))",
    fields=(
        FloatField(
            name="end",
            title=Text("End value"),
            default=0.0,
            minimum=0.0,
            maximum=1e6,
            help=Text("Where the curve ends: one step behind the last epoch, which is trained with a little more."),
        ),
    ),
    target="torch.optim.lr_scheduler.CosineAnnealingLR",
    kwargs=lambda p: {"T_max": Epochs(), "eta_min": p["end"]},
    order=30,
)
