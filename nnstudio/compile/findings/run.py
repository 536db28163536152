"""Checks of data and run: scaling, learning rate, batch size, memory."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import numpy as np

from nnstudio.catalog.entry import Layer, Optimizer
from nnstudio.compile.findings.view import View, finding, mends
from nnstudio.compile.problems import Problem
from nnstudio.compile.target_scaling import AUTO, NONE, STANDARD
from nnstudio.document.edits import SetTraining

# A column this many times as wide as another rules the sums; numbers this large saturate any activation.
WIDE_RATIO, LARGE = 100.0, 50.0
LOOKED_AT, MOST_NUMBERS = 20_000, 2**25
SAFE_BATCH = 32


def unscaled(view: View) -> Iterator[Problem]:
    """Columns of very different range that go in as they are."""
    table, data = view.table, view.data
    if (
        table is None
        or data is None
        or table.tokens
        or table.adjacency is not None
        or view.params(data).get("scaling") != "none"
    ):
        return
    x = np.asarray(table.x[: max(1, min(LOOKED_AT, MOST_NUMBERS // table.x[0].size))], dtype=np.float64)
    if x.ndim != 2:
        if np.nanmax(np.abs(x)) > LARGE:
            yield finding(
                "data.large_numbers",
                data.id,
                mends(view.set(data, ("scaling",), "standard")),
                most=float(np.nanmax(np.abs(x))),
            )
        return
    # Inputs of their own are not scaled.
    x = x[:, : table.sides[0].start] if table.sides else x
    spread = np.nanstd(x, axis=0)
    lively = np.flatnonzero(spread > 0)
    if not len(lively):
        return
    wide, narrow = lively[spread[lively].argmax()], lively[spread[lively].argmin()]
    if spread[wide] / spread[narrow] > WIDE_RATIO or np.nanmax(np.abs(x)) > LARGE:
        names = table.columns or tuple(f"x{i + 1}" for i in range(x.shape[1]))
        yield finding(
            "data.unscaled",
            data.id,
            mends(view.set(data, ("scaling",), "standard")),
            wide=names[wide],
            high=_short(spread[wide]),
            narrow=names[narrow],
            low=_short(spread[narrow]),
        )


def unscaled_target(view: View) -> Iterator[Problem]:
    """Targets far larger than what a network starts with, as they are."""
    table, data = view.table, view.data
    if (
        table is None
        or data is None
        or table.classes
        or view.target_scaling != "none"
        or not any(
            (own := view.loss(node)) is not None
            and own[1].bounds is None
            and own[1].target != "index"
            and view.takes_target(node)
            for node in view.losses
        )
    ):
        return
    y = np.asarray(table.y[:LOOKED_AT], dtype=np.float64).reshape(min(len(table.y), LOOKED_AT), -1)
    worst = int(np.abs(y).max(axis=0).argmax()) if y.size else 0
    if y.size and np.abs(y).max() > LARGE:
        name = table.targets[worst] if worst < len(table.targets) else f"y{worst + 1}"
        yield finding(
            "data.unscaled_target",
            data.id,
            mends(view.set(data, ("target_scaling",), "standard")),
            name=name,
            least=_short(float(y[:, worst].min())),
            most=_short(float(y[:, worst].max())),
        )


def scaled_target(view: View) -> Iterator[Problem]:
    """Targets that are scaled although nobody asked for it."""
    table, data = view.table, view.data
    if table is None or data is None or view.params(data).get("target_scaling") != AUTO or view.target_scaling == NONE:
        return
    y = np.asarray(table.y[:LOOKED_AT], dtype=np.float64).reshape(min(len(table.y), LOOKED_AT), -1)
    largest = int(np.abs(y.mean(axis=0)).argmax())
    yield finding(
        "data.scaled_target",
        data.id,
        # Said by the student it is no news.
        mends(view.set(data, ("target_scaling",), STANDARD)),
        severity="note",
        name=table.targets[largest] if largest < len(table.targets) else f"y{largest + 1}",
        mean=_short(float(y[:, largest].mean())),
        spread=_short(float(y[:, largest].std())),
    )


def _short(value: float) -> float:
    return float(f"{value:.3g}")


def learning_rate(view: View) -> Iterator[Problem]:
    """A learning rate far from what is usual for the optimizer, of the network or of one layer."""
    for node in [*view.of_role("optimizer"), *view.layers]:
        for field, entry, params in view.chosen(node, "optimizers"):
            if not isinstance(entry, Optimizer):
                continue
            usual = next((spec.default for spec in entry.fields if spec.name == "learning_rate"), None)
            if usual is None:
                # An own optimizer may have no rate that can be chosen.
                continue
            rate, (low, high) = params["learning_rate"], entry.usual
            words: dict[str, Any] = {"optimizer": entry.title, "low": low, "high": high}
            if not low <= rate <= high:
                yield finding(
                    "rate.unusual", node.id, mends(view.set(node, (field, "learning_rate"), usual)), rate=rate, **words
                )
            alone = isinstance(view.kind(node), Layer)
            for layer in [node] if alone else view.layers:
                own = view.params(layer).get("learning_rate")
                if not alone and view.params(layer).get("optimizer") is not None:
                    continue
                if own is not None and not low <= own <= high:
                    yield finding(
                        "rate.unusual", layer.id, mends(view.set(layer, ("learning_rate",), None)), rate=own, **words
                    )


def parts_of(view: View) -> int:
    """Into how many parts a batch is cut: one where a layer needs it whole."""
    return 1 if _needs_whole(view) else min(view.training["parts"], view.training["batch_size"])


def _needs_whole(view: View) -> str:
    """The layer that needs a batch whole; "" where none does."""
    for node in view.layers:
        kind = view.kind(node)
        if isinstance(kind, Layer) and kind.couples_samples:
            return node.id
    graph = view.table is not None and view.table.adjacency is not None
    return view.data.id if graph and view.data is not None else ""


def whole_batch(view: View) -> Iterator[Problem]:
    """Gradient accumulation where a batch cannot be cut, or is smaller than its parts."""
    parts, batch, node = view.training["parts"], view.training["batch_size"], _needs_whole(view)
    if parts > 1 and node:
        yield finding("parts.whole", node, mends(SetTraining(("parts",), 1)), parts=parts)
    elif parts > batch:
        yield finding("parts.many", "", mends(SetTraining(("parts",), batch)), parts=parts, batch=batch)


def exactness(view: View) -> Iterator[Problem]:
    """What a run's settings cost in exactness."""
    digits = {"bfloat16": "2", "float16": "3"}.get(view.training["dtype"])
    if digits is not None:
        yield finding(
            "precision.mixed",
            "",
            mends(SetTraining(("dtype",), "float32")),
            "note",
            format=view.training["dtype"],
            digits=digits,
        )


def single_batch(view: View) -> Iterator[Problem]:
    """Batch norm cannot learn from one sample at a time."""
    if view.training["batch_size"] > 1:
        return
    for node in view.layers:
        kind = view.kind(node)
        if isinstance(kind, Layer) and kind.couples_samples:
            yield finding("batch.single", node.id, mends(SetTraining(("batch_size",), SAFE_BATCH)), "error")
            return


def no_epochs_left(view: View) -> Iterator[Problem]:
    """A warm-up as long as the run."""
    for node in view.of_role("optimizer"):
        warmup = view.params(node).get("warmup", 0)
        if warmup and warmup >= view.training["epochs"]:
            share = max(0, view.training["epochs"] // 10)
            yield finding(
                "rate.warmup",
                node.id,
                mends(view.set(node, ("warmup",), share)),
                warmup=warmup,
                epochs=view.training["epochs"],
            )


def memory_limit() -> int:
    """Half of the machine's memory in bytes; 8 GB where it does not tell."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
    except (AttributeError, ValueError, OSError):
        return 4 * 2**30


def memory(view: View, needed: int, fixed: int) -> Iterator[Problem]:
    """More memory than there is; ``fixed`` bytes of it do not depend on the batch."""
    limit = memory_limit()
    if needed <= limit:
        return
    batch, size = view.training["batch_size"], needed - fixed
    while batch > 1 and fixed + size * batch // view.training["batch_size"] > limit:
        batch //= 2
    fits = fixed + size * batch // view.training["batch_size"] <= limit
    mend = mends(SetTraining(("batch_size",), batch)) if fits else None
    yield finding("memory.much", "", mend, "error", needed=needed // 2**20, limit=limit // 2**20)


FINDINGS = (
    unscaled,
    unscaled_target,
    scaled_target,
    learning_rate,
    single_batch,
    no_epochs_left,
    whole_batch,
    exactness,
)
ORDER = 30
