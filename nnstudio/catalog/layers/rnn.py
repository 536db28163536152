"""The plain recurrent layer of Elman."""

from __future__ import annotations

from functools import partial

from nnstudio.catalog.entry import Layer, Rule
from nnstudio.catalog.known import known
from nnstudio.catalog.recurrent import (
    FIELDS,
    RELU,
    SEQUENCE,
    TANH,
    recurrent_axes,
    recurrent_calls,
    recurrent_weights,
    rnn_step,
    spelled_out,
)
from nnstudio.document.fields import OptionField
from nnstudio.document.text import Text

RULE = Rule(
    "hₜ = f(W_ih xₜ + b_ih + W_hh hₜ₋₁ + b_hh)",
    ("∂E/∂hₜ₋₁ = W_hhᵀ (δₜ ⊙ f′)", "∂E/∂W_hh = Σₜ (δₜ ⊙ f′) hₜ₋₁ᵀ", "∂E/∂W_ih = Σₜ (δₜ ⊙ f′) xₜᵀ"),
)

ENTRY = Layer(
    id="rnn",
    title=Text("RNN"),
    help=Text(
        "Reads a sequence step by step and keeps a state. Simple, but its gradient fades through long sequences."
    ),
    formula="hₜ = f(W x + b + U hₜ₋₁)",
    fields=(
        *FIELDS[:4],
        OptionField(
            name="nonlinearity",
            title=Text("Activation"),
            default="tanh",
            options=(("tanh", Text("Tanh")), ("relu", Text("ReLU"))),
            help=Text("The function put on the new state."),
        ),
        *FIELDS[4:],
    ),
    inputs=SEQUENCE,
    calls=lambda p, shapes: recurrent_calls("torch.nn.RNN", p, shapes, RULE, nonlinearity=p["nonlinearity"]),
    weights=recurrent_weights,
    axes=recurrent_axes,
    explain=lambda p, shapes: spelled_out(
        p, shapes, partial(rnn_step, function=RELU if p["nonlinearity"] == "relu" else TANH)
    ),
    summary=("units", "outputs"),
    known_as=known(
        "torch.nn.RNN",
        {"batch_first": (True,), "bias": (True,), "dropout": (0, 0.0), "proj_size": (0,)},
        units="hidden_size",
        layers="num_layers",
        bidirectional="bidirectional",
        outputs="outputs",
        nonlinearity="nonlinearity",
    ),
    group="sequence",
    order=510,
)
