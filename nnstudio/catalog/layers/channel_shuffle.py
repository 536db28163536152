"""Let channels of different groups meet."""

from __future__ import annotations

from nnstudio.catalog.entry import Call, Layer, Port, Ref, Rule, Shapes, Steps
from nnstudio.catalog.known import known
from nnstudio.document.errors import EditError
from nnstudio.document.fields import IntField
from nnstudio.document.text import Text
from nnstudio.document.values import Params


def _calls(p: Params, shapes: Shapes) -> Steps:
    channels = shapes["x"][0][1]
    if channels % p["groups"]:
        raise EditError("group_norm.groups", channels=channels, groups=p["groups"])
    rule = Rule("y = x, channels dealt out in turn", ("∂E/∂x = ∂E/∂y, channels put back",))
    return (Call("y", "torch.nn.functional.channel_shuffle", (Ref("x"), p["groups"]), rule=rule),)


ENTRY = Layer(
    id="channel_shuffle",
    title=Text("Channel shuffle"),
    help=Text(
        "Deals the channels out in turn, so that what comes from one group of a grouped convolution reaches all groups "
        "of the next."
    ),
    formula="y = x, channels dealt out",
    fields=(
        IntField(
            name="groups",
            title=Text("Groups", about="norm"),
            default=1,
            minimum=1,
            maximum=100_000,
            help=Text("Must divide the number of channels."),
        ),
    ),
    inputs=(Port("x", Text("image"), ranks=(4,)),),
    calls=_calls,
    known_as=known("torch.nn.ChannelShuffle", groups="groups"),
    axes=lambda p, given: "CHW",
    summary=("groups",),
    group="convolution",
    begins={"groups": 2},
    order=385,
)
