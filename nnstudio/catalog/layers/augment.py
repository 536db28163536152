"""Augmentation: every picture a little otherwise each time it is learnt from."""

from __future__ import annotations

from nnstudio.catalog.chance import MOVED, MOVES
from nnstudio.catalog.entry import Call, Layer, Port, Ref, Rule
from nnstudio.document.fields import BoolField, FloatField
from nnstudio.document.text import Text

ENTRY = Layer(
    id="augment",
    title=Text("Augmentation"),
    help=Text(
        "While training, shows every picture a little otherwise each time: mirrored, shifted, turned or larger by "
        "chance. Does nothing in validation, test and answers. For pictures, right behind the data, when there are few "
        "of them; choose what leaves the class as it is: a mirrored cat is a cat, a mirrored b is a d."
    ),
    formula="y = x, moved by chance",
    tags=frozenset({"augments", "passes"}),
    fields=(
        BoolField(
            name="flip",
            title=Text("Mirror"),
            default=False,
            help=Text("Every second picture has its left and right changed over."),
        ),
        FloatField(
            name="shift",
            title=Text("Shift"),
            default=0.1,
            minimum=0.0,
            maximum=0.5,
            help=Text("At most this share of the width and of the height, by whole pixels; the edge goes on."),
        ),
        FloatField(
            name="turn",
            title=Text("Turn (degrees)"),
            default=0.0,
            minimum=0.0,
            maximum=180.0,
            help=Text("At most so far to the left or to the right, around the middle."),
        ),
        FloatField(
            name="zoom",
            title=Text("Zoom"),
            default=0.0,
            minimum=0.0,
            maximum=0.9,
            help=Text("At most this much larger or smaller: 0.1 is from 0.9 to 1.1 times as large."),
        ),
    ),
    inputs=(Port("x", Text("image"), ranks=(4,)),),
    calls=lambda p, shapes: (
        Call(
            "moves",
            MOVES,
            (Ref("x"),),
            make={"flip": p["flip"], "shift": p["shift"], "turn": p["turn"], "zoom": p["zoom"]},
            form="moves",
            rule=Rule("drawn anew for every picture", ("no gradient",)),
        ),
        Call(
            "y",
            MOVED,
            (Ref("x"), Ref("moves")),
            make={},
            form="moved",
            rule=Rule("y[place] = x[where the place came from]", ("∂E/∂x: back to where each number came from",)),
        ),
    ),
    summary=("shift", "turn"),
    group="convolution",
    order=385,
)
