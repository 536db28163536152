"""Checks of what meets at the loss: last activation, loss, classes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from nnstudio.catalog.registry import family
from nnstudio.compile.findings.view import View, finding, mends
from nnstudio.compile.problems import Problem
from nnstudio.document.values import Choice

# From this ratio of the largest to the smallest class on the classes count as unbalanced.
UNBALANCED = 5.0


def last_activation(view: View) -> Iterator[Problem]:
    """Softmax in front of cross-entropy, sigmoid with squared error, a missing log-softmax, a rectified output."""
    for node in view.losses:
        own, layer = view.loss(node), view.before(node, "prediction")
        if own is None or layer is None:
            continue
        field, loss = own
        ends = view.activation(layer)
        if ends is None:
            continue
        place, activation = ends
        plain = view.set(layer, (place,), Choice(view.plain_activation()))
        names: dict[str, Any] = {"loss": loss.title, "activation": activation.title}
        probable = bool(activation.tags & {"probabilities", "log_probabilities"})
        classes = view.table is not None and bool(view.table.classes)
        if loss.expects == "scores" and probable:
            yield finding("loss.twice", layer.id, mends(plain), **names)
        elif loss.expects == "log_probabilities" and "log_probabilities" not in activation.tags:
            wanted = view.tagged("activations", "log_probabilities")
            if wanted is not None:
                yield finding("loss.no_log", layer.id, mends(view.set(layer, (place,), Choice(wanted.id))), **names)
        elif loss.expects == "values" and classes and activation.tags & {"saturating", "probabilities"}:
            single = view.width(layer) == 1
            better = next(entry for entry in family("losses").values() if entry.expects == "scores"
                          and entry.probabilities is not None and (entry.target == "index") != single)
            yield finding("loss.saturates", layer.id, mends(plain, view.set(node, (field,), Choice(better.id))), better=better.title, **names)
        elif "rectifier" in activation.tags and loss.expects in ("scores", "values"):
            yield finding("loss.rectified", layer.id, mends(plain), severity="note", **names)


def several_losses(view: View) -> Iterator[Problem]:
    """Several losses that are simply added."""
    weights = [view.params(node).get("weight") for node in view.losses]
    if len(weights) > 1 and all(weight == 1.0 for weight in weights):
        share = round(1.0 / len(weights), 6)
        yield finding("losses.unweighted", view.losses[0].id, mends(*(view.set(n, ("weight",), share) for n in view.losses)), severity="note",
                      count=len(weights))


def unbalanced(view: View) -> Iterator[Problem]:
    """Some classes have far fewer samples than others."""
    table = view.table
    if table is None or view.data is None or len(table.classes) < 2:
        return
    counts = np.bincount(table.y.reshape(-1).astype(np.int64), minlength=len(table.classes))
    if not counts.min() or counts.max() / counts.min() < UNBALANCED:
        return
    weights = tuple(float(round(v, 4)) for v in counts.sum() / (len(counts) * counts))
    for node in view.losses:
        own = view.loss(node)
        if own is None or not any(spec.name == "class_weights" for spec in own[1].fields):
            mend = None
        elif view.params(node)[own[0]].params.get("class_weights") is not None:
            return
        else:
            mend = mends(view.set(node, (own[0], "class_weights"), weights))
        yield finding("data.unbalanced", view.data.id, mend, most=table.classes[int(counts.argmax())], high=int(counts.max()),
                      least=table.classes[int(counts.argmin())], low=int(counts.min()))
        return
