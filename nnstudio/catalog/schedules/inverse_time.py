"""The rate falls as one over the time."""

from __future__ import annotations

from nnstudio.catalog.entry import Hyperbola, Schedule
from nnstudio.document.fields import FloatField
from nnstudio.document.text import Text

ENTRY = Schedule(
    id="inverse_time",
    title=Text("a / (b + t)"),
    help=Text(
        "The classical rate of stochastic approximation: falls fast, then ever more slowly. a is b times the learning "
        "rate, so it starts there."
    ),
    formula="ηₜ = a / (b + t), a = η·b",
    fields=(
        FloatField(
            name="b",
            title=Text("b"),
            default=10.0,
            minimum=0.0,
            maximum=1e6,
            above=True,
            help=Text("Epochs after which half of the rate is left."),
        ),
    ),
    target="torch.optim.lr_scheduler.LambdaLR",
    kwargs=lambda p: {"lr_lambda": Hyperbola(p["b"], p["b"])},
    order=38,
)
