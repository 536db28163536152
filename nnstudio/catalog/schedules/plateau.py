"""The rate falls when nothing gets better."""

from __future__ import annotations

from nnstudio.catalog.entry import Schedule
from nnstudio.document.fields import FloatField, IntField
from nnstudio.document.text import Text

ENTRY = Schedule(
    id="plateau",
    title=Text("Reduce on plateau"),
    help=Text(
        "Multiplies the learning rate by a factor when the validation loss (without one, the training loss) has not "
        "improved for some epochs."
    ),
    formula="η ← γη after patience epochs without progress",
    fields=(
        FloatField(
            name="factor",
            title=Text("Factor γ"),
            default=0.5,
            minimum=0.0,
            maximum=1.0,
            above=True,
            below=True,
            help=Text("What the rate is multiplied by."),
        ),
        IntField(
            name="patience",
            title=Text("Patience"),
            default=5,
            minimum=0,
            maximum=1_000_000,
            help=Text("Epochs without progress that are waited for."),
        ),
        FloatField(
            name="least",
            title=Text("Lowest rate"),
            default=0.0,
            minimum=0.0,
            maximum=1e6,
            advanced=True,
            help=Text("The rate does not fall below this."),
        ),
    ),
    target="torch.optim.lr_scheduler.ReduceLROnPlateau",
    kwargs=lambda p: {"factor": p["factor"], "patience": p["patience"], "min_lr": p["least"]},
    order=44,
)
