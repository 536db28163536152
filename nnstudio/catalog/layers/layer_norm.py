"""Layer normalization: each sample by itself."""

from __future__ import annotations

from nnstudio.catalog.entry import Call, Layer, Port, Ref, Rule, Shapes, Steps
from nnstudio.catalog.known import known
from nnstudio.catalog.norms import EPSILON
from nnstudio.catalog.training import OVERRIDES
from nnstudio.catalog.weights import scale_and_shift
from nnstudio.document.text import Text
from nnstudio.document.values import Params

RULE = Rule(
    "x̂ = (x − mean) / √(var + ε) over the features of one sample;  y = γ x̂ + β",
    ("∂E/∂γ = Σ ∂E/∂y ⊙ x̂", "∂E/∂β = Σ ∂E/∂y", "∂E/∂x = 1/√(var + ε) · (g − mean(g) − x̂ · mean(g ⊙ x̂)), g = γ ∂E/∂y"),
)


def _calls(p: Params, shapes: Shapes) -> Steps:
    shape = shapes["x"][0]
    over = list(shape[1:]) if len(shape) == 4 else [shape[-1]]
    return (
        Call(
            "y",
            "torch.nn.LayerNorm",
            (Ref("x"),),
            make={"normalized_shape": over, "eps": p["eps"]},
            form="norm",
            rule=RULE,
        ),
    )


ENTRY = Layer(
    id="layer_norm",
    title=Text("Layer norm"),
    help=Text(
        "Brings the features of each sample (of each step of a sequence) to mean 0 and spread 1. Does not look at the "
        "batch; usual in transformers."
    ),
    formula="y = γ (x − mean) / √(var + ε) + β",
    fields=(
        EPSILON,
        *OVERRIDES,
    ),
    inputs=(Port("x", Text("input"), ranks=(2, 3, 4)),),
    calls=_calls,
    weights=lambda p: scale_and_shift("y"),
    known_as=known("torch.nn.LayerNorm", {"elementwise_affine": (True,), "bias": (True,)}, eps="eps"),
    group="norm",
    order=42,
)
