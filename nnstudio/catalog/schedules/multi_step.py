"""The rate falls at chosen epochs."""

from __future__ import annotations

from typing import Any

from nnstudio.catalog.entry import Schedule
from nnstudio.document.fields import FloatField, TableField
from nnstudio.document.text import Text


def _milestones(table: tuple[Any, ...]) -> tuple[int, ...]:
    rows = [row if isinstance(row, tuple) else (row,) for row in table]
    return tuple(sorted(int(number) for row in rows for number in row))


ENTRY = Schedule(
    id="multi_step",
    title=Text("Multi-step"),
    help=Text("Multiplies the learning rate by a factor at each of the listed epochs."),
    formula="ηₜ = η·γ^(number of milestones ≤ t)",
    fields=(
        TableField(
            name="milestones",
            title=Text("Milestones"),
            default=(10.0, 20.0, 40.0),
            help=Text("Epochs at which the rate falls, apart by blanks."),
        ),
        FloatField(
            name="factor",
            title=Text("Factor γ"),
            default=0.8,
            minimum=0.0,
            maximum=10.0,
            above=True,
            help=Text("What the rate is multiplied by."),
        ),
    ),
    target="torch.optim.lr_scheduler.MultiStepLR",
    kwargs=lambda p: {"milestones": _milestones(p["milestones"]), "gamma": p["factor"]},
    order=22,
)
