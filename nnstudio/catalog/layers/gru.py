"""The gated recurrent unit of Cho et al."""

from __future__ import annotations

from nnstudio.catalog.entry import Layer, Rule
from nnstudio.catalog.known import known
from nnstudio.catalog.recurrent import (
    FIELDS,
    SEQUENCE,
    gru_step,
    recurrent_axes,
    recurrent_calls,
    recurrent_weights,
    spelled_out,
)
from nnstudio.document.text import Text

RULE = Rule(
    "r, z = σ(…), n = tanh(W xₜ + b + r ⊙ (U hₜ₋₁ + c));  hₜ = (1 − z) ⊙ n + z ⊙ hₜ₋₁",
    ("∂E/∂hₜ₋₁ holds ∂E/∂hₜ ⊙ z", "∂E/∂W = Σₜ δₜ xₜᵀ", "∂E/∂U = Σₜ δₜ hₜ₋₁ᵀ"),
)

ENTRY = Layer(
    id="gru",
    title=Text("GRU"),
    help=Text("Like LSTM with two gates and no separate cell: fewer weights, often as good."),
    formula="hₜ = (1 − z) ⊙ n + z ⊙ hₜ₋₁",
    fields=FIELDS,
    inputs=SEQUENCE,
    calls=lambda p, shapes: recurrent_calls("torch.nn.GRU", p, shapes, RULE),
    weights=recurrent_weights,
    axes=recurrent_axes,
    explain=lambda p, shapes: spelled_out(p, shapes, gru_step),
    summary=("units", "outputs"),
    known_as=known(
        "torch.nn.GRU",
        {"batch_first": (True,), "bias": (True,), "dropout": (0, 0.0), "proj_size": (0,)},
        units="hidden_size",
        layers="num_layers",
        bidirectional="bidirectional",
        outputs="outputs",
    ),
    group="sequence",
    order=530,
)
