"""Smith and Topin 2018."""

from __future__ import annotations

from nnstudio.catalog.entry import Epochs, GroupRates, Schedule
from nnstudio.document.fields import FloatField
from nnstudio.document.text import Text

ENTRY = Schedule(
    id="one_cycle",
    title=Text("One cycle"),
    help=Text(
        "Rises to the learning rate in the first part of the run, then falls far below it. Stepped once an epoch here."
    ),
    formula="η/start → η → η/(start·end)",
    fields=(
        FloatField(
            name="rise",
            title=Text("Rising share"),
            default=0.3,
            minimum=0.01,
            maximum=0.99,
            help=Text("Share of the run in which the rate rises."),
        ),
        FloatField(
            name="start",
            title=Text("Start divisor"),
            default=25.0,
            minimum=1.0,
            maximum=1e6,
            help=Text("The first rate is the learning rate divided by this."),
        ),
        FloatField(
            name="end",
            title=Text("End divisor"),
            default=1e4,
            minimum=1.0,
            maximum=1e9,
            help=Text(
                "The curve ends at the first rate divided by this: one step behind the last epoch, which is trained "
                "with a little more."
            ),
        ),
    ),
    target="torch.optim.lr_scheduler.OneCycleLR",
    # A little more than asked for: torch divides by rise·steps − 1.
    kwargs=lambda p: {
        "max_lr": GroupRates(),
        "total_steps": Epochs(1),
        "pct_start": p["rise"] + 1e-9,
        "div_factor": p["start"],
        "final_div_factor": p["end"],
        "cycle_momentum": False,
    },
    order=40,
)
