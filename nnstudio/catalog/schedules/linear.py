"""The rate falls along a straight line."""

from __future__ import annotations

from nnstudio.catalog.entry import Epochs, Schedule
from nnstudio.document.fields import FloatField
from nnstudio.document.text import Text

ENTRY = Schedule(
    id="linear",
    title=Text("Linear", about="schedule"),
    help=Text("Falls in a straight line to a share of itself over the planned epochs."),
    formula="ηₜ = η(1 − (1 − end)·t/T)",
    fields=(
        FloatField(
            name="end",
            title=Text("End share"),
            default=0.0,
            minimum=0.0,
            maximum=1.0,
            help=Text(
                "Where the line ends, as a share of the rate: one step behind the last epoch, which is trained with a "
                "little more."
            ),
        ),
    ),
    target="torch.optim.lr_scheduler.LinearLR",
    kwargs=lambda p: {"start_factor": 1.0, "end_factor": p["end"], "total_iters": Epochs()},
    order=34,
)
