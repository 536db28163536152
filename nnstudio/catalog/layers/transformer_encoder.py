"""One block of a transformer encoder."""

from __future__ import annotations

from nnstudio.catalog.attention import LINEAR, attention_calls, attention_weights, projections
from nnstudio.catalog.entry import Apply, Call, Layer, Port, Ref, Rule, Shapes, Steps, Weight
from nnstudio.catalog.known import Tensors, known
from nnstudio.catalog.training import OVERRIDES, activation_field, initializer_field
from nnstudio.catalog.weights import linear_weights, scale_and_shift
from nnstudio.document.fields import BoolField, FloatField, IntField
from nnstudio.document.text import Text
from nnstudio.document.values import Params

ADD = Rule("y = x + F(x)", ("∂E/∂x = ∂E/∂y + what comes back through F", "∂E/∂F = ∂E/∂y"))
NORM = Rule(
    "y = γ (x − mean) / √(var + ε) + β, step by step",
    ("∂E/∂γ = Σ ∂E/∂y ⊙ x̂", "∂E/∂β = Σ ∂E/∂y", "∂E/∂x = 1/√(var + ε) · (g − mean(g) − x̂ · mean(g ⊙ x̂)), g = γ ∂E/∂y"),
)
DROP = Rule("y = x ⊙ mask / (1 − p)", ("∂E/∂x = ∂E/∂y ⊙ mask / (1 − p)",))


def _norm(out: str, x: str, width: int) -> Call:
    return Call(out, "torch.nn.LayerNorm", (Ref(x),), make={"normalized_shape": [width]}, form="norm", rule=NORM)


def _drop(out: str, x: str, p: Params) -> Call:
    return Call(out, "torch.nn.Dropout", (Ref(x),), make={"p": p["dropout"]}, form="mask", rule=DROP)


def _calls(p: Params, shapes: Shapes) -> Steps:
    width, first = shapes["x"][0][2], p["norm_first"]
    calls: list[Call | Apply] = [_norm("norm_a", "x", width)] if first else []
    calls += attention_calls("att_", "norm_a" if first else "x", width, p["heads"], p["causal"])
    calls += [
        _drop("att_drop", "att_out", p),
        Call("sum_a", "torch.add", (Ref("x"), Ref("att_drop")), form="sum", rule=ADD),
    ]
    calls.append(_norm("norm_b", "sum_a", width) if first else _norm("norm_a", "sum_a", width))
    inside = "norm_b" if first else "norm_a"
    calls += [
        Call(
            "wide",
            "torch.nn.Linear",
            (Ref(inside),),
            make={"in_features": width, "out_features": p["hidden"]},
            form="weighted_sum",
            rule=LINEAR,
        ),
        Apply("active", "activation", "wide"),
        Call(
            "narrow",
            "torch.nn.Linear",
            (Ref("active"),),
            make={"in_features": p["hidden"], "out_features": width},
            form="weighted_sum",
            rule=LINEAR,
        ),
        _drop("narrow_drop", "narrow", p),
        Call("sum_b", "torch.add", (Ref("sum_a" if first else "norm_a"), Ref("narrow_drop")), form="sum", rule=ADD),
    ]
    if not first:
        calls.append(_norm("norm_b", "sum_b", width))
    return tuple(calls)


def _weights(p: Params) -> tuple[Weight, ...]:
    return (
        *attention_weights("att_"),
        *scale_and_shift("norm_a"),
        *linear_weights("wide", bias=True),
        *linear_weights("narrow", bias=True),
        *scale_and_shift("norm_b"),
    )


# The parts of torch's layer, and what they are called here.
PARTS = {"linear1": "wide", "linear2": "narrow", "norm1": "norm_a", "norm2": "norm_b"}


def _tensors(given: Tensors) -> Tensors:
    """The weights of torch's layer by the names here."""
    attention = {name.removeprefix("self_attn."): v for name, v in given.items() if name.startswith("self_attn.")}
    rest = {}
    for name, value in given.items():
        part, _, of_part = name.partition(".")
        if part in PARTS:
            rest[f"{PARTS[part]}.{of_part}"] = value
    return {**projections("att_")(attention), **rest}


ENTRY = Layer(
    id="transformer_encoder",
    title=Text("Transformer encoder"),
    help=Text("Self-attention, then two linear layers for each step, both with a residual link and a layer norm."),
    formula="h = x + attention(x);  y = h + W₂ f(W₁ h)",
    fields=(
        IntField(
            name="heads", title=Text("Heads"), default=1, minimum=1, maximum=1024, help=Text("Must divide the width.")
        ),
        IntField(
            name="hidden",
            title=Text("Hidden units"),
            default=32,
            minimum=1,
            maximum=1_000_000,
            help=Text("Width of the two linear layers between."),
        ),
        activation_field("relu"),
        FloatField(
            name="dropout",
            title=Text("Dropout p"),
            default=0.0,
            minimum=0.0,
            maximum=1.0,
            below=True,
            help=Text("Share of the values switched off in training, after attention and at the end."),
        ),
        BoolField(
            name="norm_first",
            title=Text("Norm first"),
            default=False,
            advanced=True,
            help=Text("Normalize before attention and linear layers instead of after: steadier when deep."),
        ),
        BoolField(
            name="causal",
            title=Text("Causal"),
            default=False,
            advanced=True,
            help=Text("A step sees only itself and what came before."),
        ),
        initializer_field("weight_initializer", Text("Weights")),
        initializer_field("bias_initializer", Text("Bias start"), vector=True),
        *OVERRIDES,
    ),
    inputs=(Port("x", Text("sequence"), ranks=(3,)),),
    calls=_calls,
    weights=_weights,
    axes=lambda p, given: "TD",
    summary=("heads", "hidden"),
    known_as=known(
        "torch.nn.TransformerEncoderLayer",
        {"bias": (True,), "batch_first": (True,)},
        _tensors,
        heads="nhead",
        hidden="dim_feedforward",
        dropout="dropout",
        norm_first="norm_first",
        activation="activation",
        causal="causal",
    ),
    group="sequence",
    order=550,
)
