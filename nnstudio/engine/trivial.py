"""What a network's loss is when it says the same of every sample: the mark that learning is measured against."""

from __future__ import annotations

import math

import numpy as np

from nnstudio.catalog.entry import Loss
from nnstudio.compile.findings.view import View
from nnstudio.engine.runtime.data import fit_scaler

LOOKED_AT = 20_000


def trivial_loss(view: View) -> float | None:
    """Return the loss of the best answer that does not look at the sample; None where that is not known.

    Of classes it is the entropy of their shares (of one output for two classes the same, summed or averaged as the loss does),
    of values their variance with the squared error; times the weight of the Loss node.
    """
    if len(view.losses) != 1 or view.table is None:
        return None
    node, table = view.losses[0], view.table
    found, params = view.loss(node), view.params(node)
    if found is None or not view.takes_target(node):
        return None
    y = table.y[:LOOKED_AT]
    if not table.classes:
        scaling = view.params(view.data).get("target_scaling", "none") if view.data is not None else "none"
        y = fit_scaler(y.reshape(len(y), -1), np.arange(len(y)), scaling, 1, "").apply(y.reshape(len(y), -1))
    weights = view.params(node)["loss"].params.get("class_weights")
    mark = _of(found[1], y, len(table.classes), np.ravel(weights) if weights is not None else None)
    return None if mark is None else mark * float(params.get("weight", 1.0))


def _of(loss: Loss, y: np.ndarray, classes: int, weights: np.ndarray | None) -> float | None:
    if classes:
        shares = np.bincount(y.reshape(-1).astype(int), minlength=classes) / y.size
        if weights is not None and len(weights) == classes and (weights * shares).sum() > 0:
            # A weighted mean of the samples is that of other shares.
            shares = weights * shares / (weights * shares).sum()
        if loss.target == "index":
            return float(-(shares[shares > 0] * np.log(shares[shares > 0])).sum())
        return None
    values = np.asarray(y, dtype=np.float64).reshape(len(y), -1)
    return float(values.var(axis=0).mean()) if "squared" in loss.tags else None


def chance(view: View, classes: int) -> float | None:
    """The loss of equal chances for all classes, where the loss is one whose size that tells."""
    if len(view.losses) != 1:
        return None
    found = view.loss(view.losses[0])
    return None if found is None or found[1].target != "index" else math.log(classes) * float(view.params(view.losses[0]).get("weight", 1.0))
