"""Scaled dot-product self-attention with one or more heads."""

from __future__ import annotations

from nnstudio.catalog.attention import attention_calls, attention_weights, projections
from nnstudio.catalog.entry import Layer, Port
from nnstudio.catalog.known import known
from nnstudio.catalog.training import OVERRIDES, initializer_field
from nnstudio.document.fields import BoolField, IntField
from nnstudio.document.text import Text

ENTRY = Layer(
    id="self_attention",
    title=Text("Self-attention"),
    help=Text(
        "Every step of a sequence looks at all steps and takes a mean of their values, weighted by how well its query "
        "fits their keys."
    ),
    formula="softmax(Q Kᵀ / √d) V",
    fields=(
        IntField(
            name="heads",
            title=Text("Heads"),
            default=1,
            minimum=1,
            maximum=1024,
            help=Text("Attention is done side by side this many times; must divide the width."),
        ),
        BoolField(
            name="causal",
            title=Text("Causal"),
            default=False,
            help=Text("A step sees only itself and what came before."),
        ),
        initializer_field("weight_initializer", Text("Weights")),
        initializer_field("bias_initializer", Text("Bias start"), vector=True),
        *OVERRIDES,
    ),
    inputs=(Port("x", Text("sequence"), ranks=(3,)),),
    calls=lambda p, shapes: attention_calls("", "x", shapes["x"][0][2], p["heads"], p["causal"]),
    weights=lambda p: attention_weights(""),
    axes=lambda p, given: "TD",
    summary=("heads",),
    known_as=known(
        "torch.nn.MultiheadAttention",
        {"bias": (True,), "dropout": (0, 0.0), "batch_first": (True,)},
        projections(""),
        heads="num_heads",
        causal="causal",
    ),
    group="sequence",
    order=540,
)
