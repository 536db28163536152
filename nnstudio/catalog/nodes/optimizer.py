"""The Optimizer node: how the weights are changed."""

from __future__ import annotations

from nnstudio.catalog.entry import Node
from nnstudio.document.fields import ChoiceField, FloatField, IntField, NamesField
from nnstudio.document.text import Text
from nnstudio.document.values import Choice, Params

ENTRY = Node(
    id="optimizer",
    title=Text("Optimizer"),
    help=Text(
        "Turns gradients into new weights. Needs no wire: it looks after every layer of the network, or after those it "
        "names."
    ),
    role="optimizer",
    group="train",
    begins={"optimizer": Choice("adam", Params({"learning_rate": 0.01}))},
    fields=(
        ChoiceField(name="optimizer", title=Text("Rule"), family="optimizers", default=Choice("adam")),
        ChoiceField(name="schedule", title=Text("Schedule"), family="schedules", default=Choice("constant")),
        NamesField(
            name="serves",
            title=Text("Serves"),
            default=(),
            kind="layers",
            advanced=True,
            help=Text("The layers or groups that it looks after; none ticked: all that no other optimizer serves."),
        ),
        FloatField(
            name="clip_norm",
            title=Text("Clip gradient norm"),
            default=None,
            optional=True,
            empty=Text("no limit"),
            minimum=0.0,
            maximum=1e6,
            above=True,
            advanced=True,
            help=Text("If all gradients together are longer than this, they are shortened to it; empty for no limit."),
        ),
        FloatField(
            name="clip_value",
            title=Text("Clip gradient values"),
            default=None,
            optional=True,
            empty=Text("no limit"),
            minimum=0.0,
            maximum=1e6,
            above=True,
            advanced=True,
            help=Text("Each gradient is cut to this size; empty for no limit."),
        ),
        FloatField(
            name="l1",
            title=Text("L1 penalty"),
            default=0.0,
            minimum=0.0,
            maximum=1e3,
            advanced=True,
            help=Text(
                "Pulls every weight towards 0 with the same force, so that many become nearly 0. It is added after "
                "clipping, and so is not clipped."
            ),
        ),
        IntField(
            name="warmup",
            title=Text("Warm-up epochs"),
            default=0,
            minimum=0,
            maximum=1_000_000,
            advanced=True,
            help=Text("The learning rate rises in equal steps over so many epochs; the schedule begins behind them."),
        ),
    ),
    summary=("optimizer", "schedule"),
    order=910,
)
