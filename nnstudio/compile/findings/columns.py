"""Checks of the columns of one's own table: what numbers the rows, tells the answer, or is the same everywhere."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnstudio.catalog.sources.columns import Column
from nnstudio.catalog.sources.judged import is_numbering
from nnstudio.catalog.sources.sides import is_apart
from nnstudio.compile.findings.view import View, finding, mends
from nnstudio.compile.problems import Problem
from nnstudio.document.edits import Edit

LOOKED_AT, LEAST_ROWS, NAMED = 20_000, 20, 5
# A column that goes with the target as closely as this is the target.
SAME = 0.9999


def _columns(view: View) -> Iterator[tuple[Column, np.ndarray]]:
    """The columns of a table with their features (rows, features), but for inputs of their own; none of other data."""
    table, place = view.table, 0
    if table is None or not table.recipe or table.x.ndim != 2 or len(table.x) < LEAST_ROWS:
        return
    x = np.asarray(table.x[:LOOKED_AT], dtype=np.float64)
    for column in table.recipe:
        if not is_apart(column):
            yield column, x[:, place : place + column.size]
        place += column.size


def _without(view: View, names: list[str]) -> Edit | None:
    """An edit that leaves columns out, where others are left."""
    table, data = view.table, view.data
    assert table is not None and data is not None
    left = tuple(column.name for column in table.recipe if column.name not in names)
    return mends(view.set(data, ("dataset", "columns"), left)) if left else None


def _named(names: list[str]) -> str:
    return ", ".join(names[:NAMED]) + (" …" if len(names) > NAMED else "")


def constant_columns(view: View) -> Iterator[Problem]:
    """Columns that hold the same everywhere: nothing can be learnt from them."""
    found = [column.name for column, x in _columns(view) if not column.categories and np.ptp(x[~np.isnan(x)]) == 0]
    found += [column.name for column, _ in _columns(view) if len(column.categories) == 1]
    if found and view.data is not None:
        yield finding(
            "data.constant", view.data.id, _without(view, found), severity="note", names=_named(found), count=len(found)
        )


def numbering_columns(view: View) -> Iterator[Problem]:
    """A column that counts the rows: a network learns the order of the file from it."""
    found = []
    for column, x in _columns(view):
        values = x[:, 0]
        if not column.categories and not column.kind and is_numbering(values):
            found.append(column.name)
    if found and view.data is not None:
        yield finding("data.numbering", view.data.id, _without(view, found), severity="warning", names=_named(found))


def leaking_columns(view: View) -> Iterator[Problem]:
    """A column that is the target in other words."""
    table, data = view.table, view.data
    if table is None or data is None or table.y.size == 0:
        return
    y = np.asarray(table.y[:LOOKED_AT], dtype=np.float64).reshape(min(len(table.y), LOOKED_AT), -1)
    found = [column.name for column, x in _columns(view) if _tells(x, y, len(table.classes))]
    if found:
        yield finding("data.leaks", data.id, _without(view, found), severity="warning", names=_named(found))


def _tells(x: np.ndarray, y: np.ndarray, classes: int) -> bool:
    """Whether a column alone says the target of every row, with as many different values as there are classes."""
    keep = ~np.isnan(x).any(axis=1)
    if keep.sum() < LEAST_ROWS:
        return False
    codes = np.unique(x[keep], axis=0, return_inverse=True)[1].reshape(-1)
    if classes:
        pairs = np.unique(np.stack([codes, y[keep, 0]]), axis=1).shape[1]
        return bool(classes > 1 and pairs == codes.max() + 1 == len(np.unique(y[keep, 0])) == classes)
    if x.shape[1] > 1 or y.shape[1] > 1 or np.ptp(x[keep]) == 0 or np.ptp(y[keep]) == 0:
        return False
    return bool(abs(np.corrcoef(x[keep, 0], y[keep, 0])[0, 1]) > SAME and codes.max() + 1 > LEAST_ROWS)


FINDINGS = (leaking_columns, numbering_columns, constant_columns)
ORDER = 12
