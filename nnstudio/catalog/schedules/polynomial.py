"""The rate falls as a power."""

from __future__ import annotations

from nnstudio.catalog.entry import Epochs, Schedule
from nnstudio.document.fields import FloatField
from nnstudio.document.text import Text

ENTRY = Schedule(
    id="polynomial",
    title=Text("Polynomial"),
    help=Text(
        "Falls towards 0 as a power of the time that is left; it would be 0 one step behind the last planned epoch."
    ),
    formula="ηₜ = η(1 − t/T)^power",
    fields=(
        FloatField(
            name="power",
            title=Text("Power"),
            default=2.0,
            minimum=0.1,
            maximum=10.0,
            help=Text("1 is a straight line; more falls faster at first."),
        ),
    ),
    target="torch.optim.lr_scheduler.PolynomialLR",
    kwargs=lambda p: {"total_iters": Epochs(), "power": p["power"]},
    order=36,
)
