"""What a network's loss is when it says the same of every sample: the mark that learning is measured against."""

from __future__ import annotations

import math

import numpy as np

from nnstudio.catalog.entry import Loss
from nnstudio.compile.findings.view import View
from nnstudio.engine.runtime.scaling import fit_scaler
from nnstudio.engine.splitting import rows_of

LOOKED_AT = 20_000
# One value in so many counts as lying far out.
FARTHEST = 10


def trivial_loss(view: View) -> float | None:
    """Return the loss of the best answer that does not look at the sample; None where that is not known.

    Of classes it is the entropy of their shares (of one output for two classes the same, summed or averaged as the loss
    does), of values their variance with the squared error; times the weight of the Loss node.
    """
    if len(view.losses) != 1 or view.table is None:
        return None
    node, table = view.losses[0], view.table
    found, params = view.loss(node), view.params(node)
    if found is None or not view.takes_target(node):
        return None
    y = table.y[:LOOKED_AT] if table.classes else _values(view, table.y[:LOOKED_AT])
    weights = view.params(node)["loss"].params.get("class_weights")
    mark = _of(found[1], y, len(table.classes), np.ravel(weights) if weights is not None else None)
    return None if mark is None else mark * float(params.get("weight", 1.0))


def _values(view: View, y: np.ndarray) -> np.ndarray:
    """Targets that are numbers, as (rows, columns) and scaled as the loss gets them."""
    flat = y.reshape(len(y), -1)
    scaling = view.target_scaling
    return np.asarray(fit_scaler(flat, np.arange(len(flat)), scaling, 1, "").apply(flat), dtype=np.float64)


def _of(loss: Loss, y: np.ndarray, classes: int, weights: np.ndarray | None) -> float | None:
    if classes:
        # Of texts some places have no label.
        known = y[y >= 0].reshape(-1).astype(int)
        shares = np.bincount(known, minlength=classes) / max(1, len(known))
        if weights is not None and len(weights) == classes and (weights * shares).sum() > 0:
            # A weighted mean of the samples is that of other shares.
            shares = weights * shares / (weights * shares).sum()
        if loss.target == "index":
            return float(-(shares[shares > 0] * np.log(shares[shares > 0])).sum())
        return None
    values = np.asarray(y, dtype=np.float64).reshape(len(y), -1)
    return float(values.var(axis=0).mean()) if "squared" in loss.tags else None


def outliers(view: View) -> float:
    """How much of the training loss, by sample, the values that lie farthest out can account for; 0 where validation
    has such as well.

    Measured as the loss does, squared or absolute, from the training part's middle. A few values far out on one side of
    the split move a loss as much as anything that a network does.
    """
    program, table = view.lowered.program, view.table
    if program is None or table is None or table.classes or len(view.losses) != 1:
        return 0.0
    train, held, _ = rows_of(program.data, table)
    y, found = _values(view, table.y), view.loss(view.losses[0])
    if found is None or len(train) < FARTHEST or len(held) < FARTHEST:
        return 0.0
    squared = "squared" in found[1].tags
    off = np.abs(y - (y[train].mean(axis=0) if squared else np.median(y[train], axis=0))).mean(axis=1) ** (
        2 if squared else 1
    )
    own, other = (np.sort(off[rows])[-(len(rows) // FARTHEST) :] for rows in (train, held))
    weight = float(view.params(view.losses[0]).get("weight", 1.0))
    return weight * float(own.sum() / len(train)) if other.mean() < own.mean() / 2 else 0.0


def chance(view: View, classes: int) -> float | None:
    """The loss of equal chances for all classes, where the loss is one whose size that tells."""
    if len(view.losses) != 1:
        return None
    found = view.loss(view.losses[0])
    return (
        None
        if found is None or found[1].target != "index"
        else math.log(classes) * float(view.params(view.losses[0]).get("weight", 1.0))
    )
