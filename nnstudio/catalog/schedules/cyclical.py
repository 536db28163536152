"""Smith 2017."""

from __future__ import annotations

from nnstudio.catalog.entry import GroupRates, Schedule
from nnstudio.document.fields import FloatField, IntField, OptionField
from nnstudio.document.text import Text

ENTRY = Schedule(
    id="cyclical",
    title=Text("Cyclical"),
    help=Text("Up and down in a triangle, again and again; the learning rate is the top."),
    formula="ηₜ between low·η and η",
    fields=(
        FloatField(
            name="low",
            title=Text("Lowest share"),
            default=0.1,
            minimum=0.0,
            maximum=1.0,
            help=Text("The lowest rate, as a share of the learning rate."),
        ),
        IntField(
            name="half",
            title=Text("Half period"),
            default=5,
            minimum=1,
            maximum=1_000_000,
            help=Text("Epochs from the bottom to the top."),
        ),
        OptionField(
            name="mode",
            title=Text("Mode", about="cycle"),
            default="triangular",
            options=(("triangular", Text("same height")), ("triangular2", Text("halved each time"))),
            help=Text("Whether the triangles stay as high."),
        ),
    ),
    target="torch.optim.lr_scheduler.CyclicLR",
    kwargs=lambda p: {
        "base_lr": GroupRates(p["low"]),
        "max_lr": GroupRates(),
        "step_size_up": p["half"],
        "mode": p["mode"],
        "cycle_momentum": False,
    },
    order=42,
)
