"""Targets that are numbers and mean classes: one-hot rows, class numbers, −1 and 1."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from nnstudio.catalog.entry import Table

# More numbers than this are hardly classes.
MOST = 1000


def labels_of(y: np.ndarray) -> str:
    """Return how values (rows, k) tell classes: "one_hot", "number" (0, 1, 2 …), "sign" (−1 and 1); "" where they do
    not.
    """
    values = np.asarray(y, dtype=np.float64).reshape(len(y), -1)
    if not values.size or not np.isfinite(values).all():
        return ""
    if values.shape[1] > 1 and bool(((values == 0) | (values == 1)).all()) and bool((values.sum(axis=1) == 1).all()):
        return "one_hot"
    if bool(((values == -1) | (values == 1)).all()) and bool((values == -1).any()):
        return "sign"
    if (
        values.shape[1] == 1
        and bool((values == np.round(values)).all())
        and values.min() >= 0
        and 1 <= values.max() < MOST
    ):
        return "number"
    return ""


def labelled(table: Table, labels: str) -> Table:
    """Return a table whose targets are the classes that ``labels`` says its values are; several columns of signs become
    0 and 1.
    """
    if not labels:
        return table
    values = np.asarray(table.y, dtype=np.float64).reshape(len(table.y), -1)
    if labels == "one_hot":
        return replace(table, y=values.argmax(axis=1), classes=tuple(table.targets), targets=("class",))
    if labels == "number":
        return replace(
            table,
            y=values.reshape(-1).astype(np.int64),
            classes=tuple(str(k) for k in range(int(values.max()) + 1)),
            targets=("class",),
        )
    if values.shape[1] == 1:
        return replace(table, y=(values.reshape(-1) > 0).astype(np.int64), classes=("−1", "1"), targets=("class",))
    return replace(table, y=(values > 0).astype(np.float64))
