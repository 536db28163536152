"""What the norms share."""

from __future__ import annotations

from nnstudio.catalog.entry import Call, Layer, Port, Ref, Rule, Shapes, Steps
from nnstudio.catalog.known import known
from nnstudio.catalog.training import OVERRIDES
from nnstudio.catalog.weights import scale_and_shift
from nnstudio.document.fields import FloatField
from nnstudio.document.text import Text
from nnstudio.document.values import Params

EPSILON = FloatField(
    name="eps",
    title=Text("ε"),
    default=1e-5,
    minimum=0.0,
    maximum=1.0,
    above=True,
    advanced=True,
    help=Text("Keeps the division from blowing up."),
)
RULE = Rule(
    "x̂ = (x − mean) / √(var + ε);  y = γ x̂ + β",
    ("∂E/∂γ = Σ ∂E/∂y ⊙ x̂", "∂E/∂β = Σ ∂E/∂y", "∂E/∂x = γ/√(var + ε) · (∂E/∂y − mean(∂E/∂y) − x̂ · mean(∂E/∂y ⊙ x̂))"),
)


def batch_norm(*, id: str, title: Text, help: Text, module: str, port: Port, order: int) -> Layer:
    """A layer that brings each column or channel of a batch to mean 0 and spread 1."""

    def calls(p: Params, shapes: Shapes) -> Steps:
        make = {"num_features": shapes["x"][0][1], "eps": p["eps"], "momentum": p["momentum"]}
        return (Call("y", module, (Ref("x"),), make=make, form="batch_norm", rule=RULE),)

    return Layer(
        id=id,
        title=title,
        help=help,
        formula="y = γ (x − mean) / √(var + ε) + β",
        fields=(
            FloatField(
                name="momentum",
                title=Text("Momentum"),
                default=0.1,
                minimum=0.0,
                maximum=1.0,
                advanced=True,
                help=Text("How fast the running statistics follow."),
            ),
            EPSILON,
            *OVERRIDES,
        ),
        tags=frozenset({"batch_norm"}),
        inputs=(port,),
        calls=calls,
        known_as=known(
            module,
            {"affine": (True,), "track_running_stats": (True,)},
            eps="eps",
            momentum="momentum",
        ),
        weights=lambda p: scale_and_shift("y"),
        couples_samples=True,
        group="norm",
        order=order,
    )
