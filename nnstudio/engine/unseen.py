"""Categories that no row of the training part holds: what the network says of them is what its start weights say."""

from __future__ import annotations

import weakref
from collections.abc import Iterator

import numpy as np

from nnstudio.catalog.entry import Table
from nnstudio.catalog.sources.treatments import EMBED
from nnstudio.compile.findings.view import finding
from nnstudio.compile.problems import Problem
from nnstudio.compile.program import DataPlan
from nnstudio.engine.case import Case
from nnstudio.engine.splitting import rows_of

NAMED, AT_ONCE = 3, 2**18
# The last answer, with what it was given for: a run asks after every epoch.
_last: list[tuple[DataPlan, weakref.ref[Table], tuple[str, ...]]] = []


def unseen_in(plan: DataPlan, table: Table) -> tuple[str, ...]:
    """Return the categories ("column = category") that occur in the parts held aside alone."""
    for known, which, found in _last:
        if known == plan and which() is table:
            return found
    names: list[str] = []
    if table.recipe and table.x.ndim == 2:
        learnt = np.zeros(len(table.x), dtype=bool)
        learnt[rows_of(plan, table)[0]] = True
        place = 0
        for column in table.recipe:
            wide, many = column.size, len(column.categories)
            embeds = column.kind == EMBED
            if embeds or (many and wide == many):
                alone = np.flatnonzero(_alone(table.x[:, place : place + wide], learnt, many if embeds else 0))
                names += [f"{column.name} = {column.categories[k]}" if embeds else column.features[k] for k in alone]
            place += wide
    _last[:] = [(plan, weakref.ref(table), tuple(names))]
    return tuple(names)


def _alone(x: np.ndarray, learnt: np.ndarray, many: int) -> np.ndarray:
    """Whether each category occurs in rows that are not learnt from, and in no other; of ``many`` each row says which
    one is its. The rows may lie in a file, so few are looked at at once.
    """
    size = many or x.shape[1]
    there, known = np.zeros(size, dtype=bool), np.zeros(size, dtype=bool)
    for start in range(0, len(x), AT_ONCE):
        piece, own = np.asarray(x[start : start + AT_ONCE]), learnt[start : start + AT_ONCE]
        if many:
            there[piece[:, 0].astype(np.int64)] = True
            known[piece[own, 0].astype(np.int64)] = True
        else:
            there |= (piece > 0).any(axis=0)
            known |= (piece[own] > 0).any(axis=0)
    return np.logical_and(there, ~known)


def unseen_categories(case: Case) -> Iterator[Problem]:
    """A category stands in the validation or test part alone."""
    table = case.view.table if case.view is not None else None
    if table is None or case.view is None or case.view.data is None or not case.records:
        return
    found = unseen_in(case.program.data, table)
    if found:
        names = ", ".join(found[:NAMED]) + (" …" if len(found) > NAMED else "")
        yield finding("watch.unseen", case.view.data.id, None, count=len(found), names=names)
