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

NAMED = 3
# The last answer, with what it was given for: a run asks after every epoch.
_last: list[tuple[DataPlan, weakref.ref[Table], tuple[str, ...]]] = []


def unseen_in(plan: DataPlan, table: Table) -> tuple[str, ...]:
    """Return the categories ("column = category") that occur in the parts held aside alone."""
    for known, which, found in _last:
        if known == plan and which() is table:
            return found
    names: list[str] = []
    if table.recipe and table.x.ndim == 2:
        training, place = rows_of(plan, table)[0], 0
        for column in table.recipe:
            wide = column.size
            if column.kind == EMBED:
                places = np.asarray(table.x[:, place : place + 1])
                features = places == np.arange(len(column.categories))
                alone = np.logical_and(features.any(axis=0), ~features[training].any(axis=0))
                names += [f"{column.name} = {column.categories[int(k)]}" for k in np.flatnonzero(alone)]
            elif column.categories and wide == len(column.categories):
                features = np.asarray(table.x[:, place : place + wide]) > 0
                alone = np.logical_and(features.any(axis=0), ~features[training].any(axis=0))
                names += [column.features[int(k)] for k in np.flatnonzero(alone)]
            place += wide
    _last[:] = [(plan, weakref.ref(table), tuple(names))]
    return tuple(names)


def unseen_categories(case: Case) -> Iterator[Problem]:
    """A category stands in the validation or test part alone."""
    table = case.view.table if case.view is not None else None
    if table is None or case.view is None or case.view.data is None or not case.records:
        return
    found = unseen_in(case.program.data, table)
    if found:
        names = ", ".join(found[:NAMED]) + (" …" if len(found) > NAMED else "")
        yield finding("watch.unseen", case.view.data.id, None, count=len(found), names=names)
