"""Checks of what meets at the loss: last activation, loss, classes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from nnstudio.catalog.entry import Entry
from nnstudio.catalog.registry import family
from nnstudio.compile.findings.view import View, finding, mends
from nnstudio.compile.problems import Problem
from nnstudio.document.values import Choice
from nnstudio.document.values import Node as DocumentNode

# From this ratio of the largest to the smallest class on the classes count as unbalanced.
UNBALANCED = 5.0
LOOKED_AT = 20_000
# By so much of its range a target may lie beyond what an activation reaches.
SLACK = 0.01


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
            better = next(
                entry
                for entry in family("losses").values()
                if entry.expects == "scores" and entry.probabilities is not None and (entry.target == "index") != single
            )
            yield finding(
                "loss.saturates",
                layer.id,
                mends(plain, view.set(node, (field,), Choice(better.id))),
                better=better.title,
                **names,
            )
        elif loss.expects == "values" and (beyond := _beyond(view, node, activation)) is not None:
            least, most, low, high = beyond
            yield finding(
                "loss.out_of_reach", layer.id, mends(plain), low=low, high=high, least=least, most=most, **names
            )
        elif "rectifier" in activation.tags and loss.expects in ("scores", "values"):
            yield finding("loss.rectified", layer.id, mends(plain), severity="note", **names)


def _beyond(view: View, node: DocumentNode, activation: Entry) -> tuple[float, float, float, float] | None:
    """The targets' least and greatest value and the ends of what an activation gives, where it cannot reach them; None
    where it can.
    """
    ends = [float(end.replace("−", "-")) for end in re.findall(r"[−-]?\d+(?:\.\d+)?", getattr(activation, "range", ""))]
    table, data = view.table, view.data
    if table is None or data is None or table.classes or len(ends) != 2 or not view.takes_target(node):
        return None
    y = np.asarray(table.y[:LOOKED_AT], dtype=np.float64).reshape(min(len(table.y), LOOKED_AT), -1)
    low, high = y.min(axis=0), y.max(axis=0)
    scaling = view.target_scaling
    if scaling == "minmax":
        return None
    if scaling == "standard":
        spread = np.where(y.std(axis=0) > 0, y.std(axis=0), 1.0)
        low, high = (low - y.mean(axis=0)) / spread, (high - y.mean(axis=0)) / spread
    least, most, slack = float(low.min()), float(high.max()), SLACK * (ends[1] - ends[0])
    return (least, most, ends[0], ends[1]) if least < ends[0] - slack or most > ends[1] + slack else None


def several_losses(view: View) -> Iterator[Problem]:
    """Several losses that are simply added."""
    weights = [view.params(node).get("weight") for node in view.losses]
    if len(weights) > 1 and all(weight == 1.0 for weight in weights):
        share = round(1.0 / len(weights), 6)
        yield finding(
            "losses.unweighted",
            view.losses[0].id,
            mends(*(view.set(n, ("weight",), share) for n in view.losses)),
            severity="note",
            count=len(weights),
        )


def unbalanced(view: View) -> Iterator[Problem]:
    """Some classes have far fewer samples than others."""
    table = view.table
    if table is None or view.data is None or len(table.classes) < 2 or table.y.ndim > 1:
        # Some letters are rarer than others.
        return
    if view.lowered.program is not None and view.lowered.program.data.balance:
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
        yield finding(
            "data.unbalanced",
            view.data.id,
            mend,
            most=table.classes[int(counts.argmax())],
            high=int(counts.max()),
            least=table.classes[int(counts.argmin())],
            low=int(counts.min()),
        )
        return


FINDINGS = (last_activation, several_losses, unbalanced)
ORDER = 10
