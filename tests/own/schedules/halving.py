"""Half the rate every few epochs."""

from __future__ import annotations

from torch.optim.lr_scheduler import LambdaLR

from nnstudio.catalog.entry import Schedule
from nnstudio.catalog.own import own
from nnstudio.document.fields import IntField
from nnstudio.document.text import Text


class Halving(LambdaLR):
    """Halves the rate every ``every`` epochs."""

    def __init__(self, optimizer, every):
        super().__init__(optimizer, lambda epoch: 0.5 ** (epoch // every))


ENTRY = Schedule(
    id="halving",
    title=Text("Halving"),
    help=Text("Half the rate every few epochs."),
    formula="η·0.5^⌊t/n⌋",
    fields=(IntField(name="every", title=Text("Every"), default=5, minimum=1, maximum=1000),),
    target=own(Halving),
    kwargs=lambda p: {"every": p["every"]},
)
