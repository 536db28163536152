"""Loshchilov and Hutter 2017."""

from __future__ import annotations

from nnstudio.catalog.entry import Schedule
from nnstudio.document.fields import FloatField, IntField
from nnstudio.document.text import Text

ENTRY = Schedule(
    id="cosine_restarts",
    title=Text("Cosine with restarts"),
    help=Text(
        "Half a cosine again and again, each time from the top; every period is longer than the last by a factor."
    ),
    formula="ηₜ = η_end + ½(η − η_end)(1 + cos(π·t_cur/T_cur))",
    fields=(
        IntField(
            name="period",
            title=Text("First period"),
            default=10,
            minimum=1,
            maximum=1_000_000,
            help=Text("Epochs until the first restart."),
        ),
        IntField(
            name="growth",
            title=Text("Growth"),
            default=1,
            minimum=1,
            maximum=100,
            help=Text("Each period is longer by this factor."),
        ),
        FloatField(
            name="end", title=Text("End value"), default=0.0, minimum=0.0, maximum=1e6, help=Text("The lowest rate.")
        ),
    ),
    target="torch.optim.lr_scheduler.CosineAnnealingWarmRestarts",
    kwargs=lambda p: {"T_0": p["period"], "T_mult": p["growth"], "eta_min": p["end"]},
    order=32,
)
