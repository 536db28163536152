"""The rate is multiplied by a factor every few epochs."""

from __future__ import annotations

from nnstudio.catalog.entry import Schedule
from nnstudio.document.fields import FloatField, IntField
from nnstudio.document.text import Text

ENTRY = Schedule(
    id="step",
    title=Text("Step", about="schedule"),
    help=Text("Multiplies the learning rate by a factor every few epochs."),
    formula="ηₜ = η·γ^⌊t / every⌋",
    fields=(
        IntField(
            name="every",
            title=Text("Every"),
            default=10,
            minimum=1,
            maximum=1_000_000,
            help=Text("Epochs between two steps."),
        ),
        FloatField(
            name="factor",
            title=Text("Factor γ"),
            default=0.5,
            minimum=0.0,
            maximum=10.0,
            above=True,
            help=Text("What the rate is multiplied by."),
        ),
    ),
    target="torch.optim.lr_scheduler.StepLR",
    kwargs=lambda p: {"step_size": p["every"], "gamma": p["factor"]},
    order=20,
)
