"""A fully connected layer with its activation."""

from __future__ import annotations

from nnstudio.catalog.entry import Apply, Call, Layer, Port, Ref, Rule, Shapes, Steps
from nnstudio.catalog.known import known
from nnstudio.catalog.training import OVERRIDES, WEIGHT_NAMES, activation_field, initializer_field
from nnstudio.catalog.weights import linear_weights
from nnstudio.document.fields import BoolField, IntField
from nnstudio.document.text import Text
from nnstudio.document.values import Choice, Params

RULE = Rule("z = W x + b", ("∂E/∂W = δ xᵀ", "∂E/∂b = δ", "∂E/∂x = Wᵀ δ"))


def _calls(p: Params, shapes: Shapes) -> Steps:
    make = {"in_features": shapes["x"][0][-1], "out_features": p["units"], "bias": p["bias"]}
    # The weighted sum is written out neuron by neuron for a row of features; a sequence has a row per step.
    form = "weighted_sum" if len(shapes["x"][0]) == 2 else None
    return (
        Call("z", "torch.nn.Linear", (Ref("x"),), make=make, form=form, rule=RULE),
        Apply("a", "activation", "z"),
    )


ENTRY = Layer(
    id="linear",
    title=Text("Linear"),
    help=Text("Every output is a weighted sum of all inputs plus a bias, then the activation."),
    formula="a = f(W x + b)",
    fields=(
        IntField(
            name="units",
            title=Text("Units"),
            default=8,
            minimum=1,
            maximum=1_000_000,
            width=True,
            help=Text("How many neurons the layer has."),
        ),
        activation_field(),
        BoolField(name="bias", title=Text("Bias"), default=True, help=Text("Add a trainable constant to each neuron.")),
        initializer_field("weight_initializer", Text("Weights")),
        initializer_field("bias_initializer", Text("Bias start"), vector=True),
        *OVERRIDES,
        WEIGHT_NAMES,
    ),
    inputs=(Port("x", Text("input"), ranks=(2, 3)),),
    calls=_calls,
    weights=lambda p: linear_weights("z", bias=p["bias"]),
    known_as=known("torch.nn.Linear", units="out_features", bias="bias"),
    summary=("units", "activation", "weight_initializer"),
    # Layers without one between them are a single layer.
    begins={"activation": Choice("tanh")},
    order=10,
)
