"""The mean of log cosh of the errors: squares near 0, lines far out."""

from __future__ import annotations

import torch

from nnstudio.catalog.entry import Call, Loss, Ref, Rule
from nnstudio.catalog.own import own
from nnstudio.document.text import Text


def log_cosh(prediction, target):
    """log cosh(a − t), in the mean."""
    distance = (prediction - target).abs()
    return (
        distance + torch.log1p(torch.exp(-2 * distance)) - torch.log(torch.tensor(2.0, dtype=distance.dtype))
    ).mean()


ENTRY = Loss(
    id="log_cosh",
    title=Text("log cosh"),
    help=Text("Like the squared error for small errors, like the absolute one for large."),
    formula="E = mean log cosh(a − t)",
    calls=lambda p: (
        Call(
            "loss",
            own(log_cosh),
            (Ref("prediction"), Ref("target")),
            rule=Rule("E = mean log cosh(a − t)", ("∂E/∂a = tanh(a − t) / n",)),
        ),
    ),
)
