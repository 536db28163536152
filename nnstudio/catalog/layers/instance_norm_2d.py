"""Instance normalization: each channel of each image."""

from __future__ import annotations

from nnstudio.catalog.entry import Call, Layer, Port, Ref, Rule, Shapes, Steps
from nnstudio.catalog.known import known
from nnstudio.catalog.norms import EPSILON
from nnstudio.catalog.training import OVERRIDES
from nnstudio.catalog.weights import scale_and_shift
from nnstudio.document.text import Text
from nnstudio.document.values import Params

RULE = Rule(
    "x̂ = (x − mean) / √(var + ε) over one channel of one image;  y = γ x̂ + β",
    ("∂E/∂γ = Σ ∂E/∂y ⊙ x̂", "∂E/∂β = Σ ∂E/∂y", "∂E/∂x = γ/√(var + ε) · (∂E/∂y − mean(∂E/∂y) − x̂ · mean(∂E/∂y ⊙ x̂))"),
)


def _calls(p: Params, shapes: Shapes) -> Steps:
    make = {"num_features": shapes["x"][0][1], "eps": p["eps"], "affine": True}
    return (Call("y", "torch.nn.InstanceNorm2d", (Ref("x"),), make=make, form="norm", rule=RULE),)


ENTRY = Layer(
    id="instance_norm_2d",
    title=Text("Instance norm 2d"),
    help=Text(
        "Brings each channel of each image to mean 0 and spread 1. Takes brightness and contrast out; used for style."
    ),
    formula="y = γ (x − mean) / √(var + ε) + β",
    fields=(
        EPSILON,
        *OVERRIDES,
    ),
    inputs=(Port("x", Text("image"), ranks=(4,)),),
    calls=_calls,
    weights=lambda p: scale_and_shift("y"),
    known_as=known("torch.nn.InstanceNorm2d", {"affine": (True,), "track_running_stats": (False,)}, eps="eps"),
    group="norm",
    order=350,
)
