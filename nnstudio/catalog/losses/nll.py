"""Negative log-likelihood."""

from __future__ import annotations

from nnstudio.catalog.entry import Call, Loss, Ref, Rule
from nnstudio.document.text import Text

ENTRY = Loss(
    id="nll",
    title=Text("NLL"),
    help=Text("Takes log-probabilities: put LogSoftmax in front. The two together are cross-entropy."),
    formula="E = −1/N Σₙ a[n, tₙ]",
    target="index",
    expects="log_probabilities",
    probabilities=lambda k: Call("p", "torch.exp", (Ref("prediction"),)),
    calls=lambda p: (
        Call(
            "e",
            "torch.nn.functional.nll_loss",
            (Ref("prediction"), Ref("target")),
            form="class_loss",
            rule=Rule("E = −1/N Σₙ a[n, tₙ]", ("∂E/∂a[n, tₙ] = −1/N, else 0",)),
        ),
    ),
    order=12,
)
