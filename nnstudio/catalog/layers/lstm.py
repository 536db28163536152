"""The long short-term memory of Hochreiter and Schmidhuber, with forget gate."""

from __future__ import annotations

from nnstudio.catalog.entry import Layer, Rule
from nnstudio.catalog.known import known
from nnstudio.catalog.recurrent import (
    FIELDS,
    SEQUENCE,
    lstm_step,
    recurrent_axes,
    recurrent_calls,
    recurrent_weights,
    spelled_out,
)
from nnstudio.document.text import Text

RULE = Rule(
    "i, f, o = σ(…), g = tanh(…) of W xₜ + U hₜ₋₁ + b;  cₜ = f ⊙ cₜ₋₁ + i ⊙ g;  hₜ = o ⊙ tanh(cₜ)",
    ("∂E/∂cₜ₋₁ = ∂E/∂cₜ ⊙ f", "∂E/∂W = Σₜ δₜ xₜᵀ", "∂E/∂U = Σₜ δₜ hₜ₋₁ᵀ"),
)

ENTRY = Layer(
    id="lstm",
    title=Text("LSTM"),
    help=Text("Reads a sequence with a memory cell that gates open and close, so it remembers over many steps."),
    formula="cₜ = f ⊙ cₜ₋₁ + i ⊙ g;  hₜ = o ⊙ tanh(cₜ)",
    fields=FIELDS,
    inputs=SEQUENCE,
    calls=lambda p, shapes: recurrent_calls("torch.nn.LSTM", p, shapes, RULE, cell=True),
    weights=recurrent_weights,
    axes=recurrent_axes,
    explain=lambda p, shapes: spelled_out(p, shapes, lstm_step),
    summary=("units", "outputs"),
    known_as=known(
        "torch.nn.LSTM",
        {"batch_first": (True,), "bias": (True,), "dropout": (0, 0.0), "proj_size": (0,)},
        units="hidden_size",
        layers="num_layers",
        bidirectional="bidirectional",
        outputs="outputs",
    ),
    group="sequence",
    order=520,
)
