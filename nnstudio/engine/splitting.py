"""Which samples are for training, validation and test."""

from __future__ import annotations

import numpy as np

from nnstudio.catalog.entry import Table
from nnstudio.catalog.tables import keys_of
from nnstudio.compile.program import DataPlan
from nnstudio.engine.runtime.parting import Split

Rows = tuple[np.ndarray, np.ndarray, np.ndarray]


def split_of(plan: DataPlan) -> Split:
    """Return how a plan parts its samples."""
    return Split(plan.split, plan.validation, plan.test, plan.split_seed, plan.folds, plan.fold)


def rows_of(plan: DataPlan, table: Table) -> Rows:
    """Return the row numbers of the three parts of a plan's data; ``table`` has its classes as the plan says."""
    return parted(split_of(plan), table)


def parted(split: Split, table: Table) -> Rows:
    """Return the row numbers of the three parts of a table."""
    labels = table.y if table.classes and table.y.ndim == 1 else None
    return split.parts(len(table.x), labels, keys_of(table, split.kind))
