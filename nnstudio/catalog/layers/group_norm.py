"""Group normalization: groups of channels of each sample."""

from __future__ import annotations

import math

from nnstudio.catalog.entry import Call, Layer, Port, Ref, Rule, Shapes, Steps
from nnstudio.catalog.known import known
from nnstudio.catalog.norms import EPSILON
from nnstudio.catalog.training import OVERRIDES
from nnstudio.catalog.weights import scale_and_shift
from nnstudio.document.errors import EditError
from nnstudio.document.fields import IntField
from nnstudio.document.text import Text
from nnstudio.document.values import Params

RULE = Rule(
    "x̂ = (x − mean) / √(var + ε) over a group of channels;  y = γ x̂ + β",
    ("∂E/∂γ = Σ ∂E/∂y ⊙ x̂", "∂E/∂β = Σ ∂E/∂y", "∂E/∂x = 1/√(var + ε) · (g − mean(g) − x̂ · mean(g ⊙ x̂)), g = γ ∂E/∂y"),
)


def _calls(p: Params, shapes: Shapes) -> Steps:
    channels = shapes["x"][0][1]
    if channels % p["groups"]:
        raise EditError("group_norm.groups", channels=channels, groups=p["groups"])
    if math.prod(shapes["x"][0][1:]) == p["groups"]:
        raise EditError("group_norm.single", groups=p["groups"])
    make = {"num_groups": p["groups"], "num_channels": channels, "eps": p["eps"]}
    return (Call("y", "torch.nn.GroupNorm", (Ref("x"),), make=make, form="norm", rule=RULE),)


ENTRY = Layer(
    id="group_norm",
    title=Text("Group norm"),
    help=Text(
        "Splits the channels of each sample into groups and brings each group to mean 0 and spread 1. For images with "
        "small batches."
    ),
    formula="y = γ (x − mean) / √(var + ε) + β",
    fields=(
        IntField(
            name="groups",
            title=Text("Groups", about="norm"),
            default=1,
            minimum=1,
            maximum=100_000,
            help=Text("Must divide the number of channels."),
        ),
        EPSILON,
        *OVERRIDES,
    ),
    inputs=(Port("x", Text("input"), ranks=(2, 3, 4)),),
    calls=_calls,
    weights=lambda p: scale_and_shift("y"),
    summary=("groups",),
    known_as=known("torch.nn.GroupNorm", {"affine": (True,)}, groups="num_groups", eps="eps"),
    group="norm",
    order=345,
)
