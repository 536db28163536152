"""Which samples are for training, validation and test."""

from __future__ import annotations

import numpy as np

from nnstudio.catalog.entry import Table
from nnstudio.catalog.parting import Split
from nnstudio.catalog.tables import parted
from nnstudio.compile.program import DataPlan

Rows = tuple[np.ndarray, np.ndarray, np.ndarray]


def split_of(plan: DataPlan) -> Split:
    """Return how a plan parts its samples."""
    return Split(plan.split, plan.validation, plan.test, plan.split_seed, plan.folds, plan.fold)


def rows_of(plan: DataPlan, table: Table) -> Rows:
    """Return the row numbers of the three parts of a plan's data; ``table`` has its classes as the plan says."""
    return parted(split_of(plan), table)
