"""The rate falls by the same share every epoch."""

from __future__ import annotations

from nnstudio.catalog.entry import Schedule
from nnstudio.document.fields import FloatField
from nnstudio.document.text import Text

ENTRY = Schedule(
    id="exponential",
    title=Text("Exponential"),
    help=Text("Multiplies the learning rate by a factor after every epoch."),
    formula="ηₜ = η·γ^t",
    fields=(
        FloatField(
            name="factor",
            title=Text("Factor γ"),
            default=0.95,
            minimum=0.0,
            maximum=10.0,
            above=True,
            help=Text("What the rate is multiplied by."),
        ),
    ),
    target="torch.optim.lr_scheduler.ExponentialLR",
    kwargs=lambda p: {"gamma": p["factor"]},
    order=25,
)
