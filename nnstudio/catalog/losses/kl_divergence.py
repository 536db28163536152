"""Kullback-Leibler divergence."""

from __future__ import annotations

from nnstudio.catalog.entry import Call, Loss, Ref, Rule
from nnstudio.document.text import Text

ENTRY = Loss(
    id="kl_divergence",
    title=Text("KL divergence"),
    help=Text(
        "How far the predicted distribution lies from the target's. Takes log-probabilities: put LogSoftmax in front."
    ),
    formula="E = 1/N Σ t (ln t − a)",
    bounds=(0.0, 1.0),
    expects="log_probabilities",
    probabilities=lambda k: Call("p", "torch.exp", (Ref("prediction"),)),
    calls=lambda p: (
        Call(
            "e",
            "torch.nn.functional.kl_div",
            (Ref("prediction"), Ref("target")),
            {"reduction": "batchmean"},
            form="loss",
            rule=Rule("E = 1/N Σ t (ln t − a)", ("∂E/∂a = −t / N",), "t*(log(t) - a) if t > 0 else 0", "-t"),
        ),
    ),
    order=13,
)
