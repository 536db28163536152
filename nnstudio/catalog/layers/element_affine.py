"""A learnt scale and shift for every feature: the affine part of a norm without the norm (Touvron et al. 2021)."""

from __future__ import annotations

from nnstudio.catalog.entry import PARAMETER, Call, Layer, Port, Ref, Rule, Shapes, Steps, Weight
from nnstudio.catalog.known import known
from nnstudio.catalog.training import OVERRIDES
from nnstudio.catalog.weights import ones, zeros
from nnstudio.document.fields import BoolField
from nnstudio.document.text import Message, Text, message
from nnstudio.document.values import Params

GAMMA = Rule("γ: a learnt factor for every feature", ("∂E/∂γ = Σ ∂E/∂y ⊙ x",))
BETA = Rule("β: a learnt offset for every feature", ("∂E/∂β = Σ ∂E/∂y",))
TIMES = Rule("γ ⊙ x", ("∂E/∂x = γ ⊙ ∂E/∂y", "∂E/∂γ = Σ ∂E/∂y ⊙ x over samples and places"))
PLUS = Rule("y = x + β", ("∂E/∂x = ∂E/∂y", "∂E/∂β = Σ ∂E/∂y over samples and places"))


def _calls(p: Params, shapes: Shapes) -> Steps:
    shape = shapes["x"][0]
    # Of pictures a channel is a feature.
    own = [shape[1], 1, 1] if len(shape) == 4 else [shape[-1]]
    calls: list[Call] = []
    value = Ref("x")
    if p["scale"]:
        calls.append(Call("scale", PARAMETER, make={"shape": own}, rule=GAMMA))
        value = Ref("scaled" if p["shift"] else "y")
        calls.append(Call(value.name, "torch.mul", (Ref("x"), Ref("scale")), rule=TIMES))
    if p["shift"]:
        calls.append(Call("shift", PARAMETER, make={"shape": own}, rule=BETA))
        calls.append(Call("y", "torch.add", (value, Ref("shift")), form="sum", rule=PLUS))
    return tuple(calls)


def _weights(p: Params) -> tuple[Weight, ...]:
    scale = (Weight("scale", "value", ones),) if p["scale"] else ()
    return (*scale, Weight("shift", "value", zeros)) if p["shift"] else scale


def _check(p: Params) -> Message | None:
    return None if p["scale"] or p["shift"] else message("affine.nothing")


ENTRY = Layer(
    id="element_affine",
    title=Text("Affine"),
    help=Text(
        "Multiplies every feature by a learnt factor and adds a learnt offset: what a norm learns, without the norm. "
        "With given numbers, frozen, it scales raw features as the data is scaled."
    ),
    formula="y = γ ⊙ x + β",
    fields=(
        BoolField(
            name="scale",
            title=Text("Factor", about="affine"),
            default=True,
            help=Text("Every feature has a learnt factor; it begins at 1."),
        ),
        BoolField(
            name="shift",
            title=Text("Offset", about="affine"),
            default=True,
            help=Text("Every feature has a learnt offset; it begins at 0."),
        ),
        *OVERRIDES,
    ),
    inputs=(Port("x", Text("input"), ranks=(2, 3, 4)),),
    calls=_calls,
    weights=_weights,
    check=_check,
    known_as=known("scale_and_shift_each", scale="scale", shift="shift"),
    group="norm",
    order=41,
)
