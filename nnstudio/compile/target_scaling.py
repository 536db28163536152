"""Whether targets that are numbers are scaled, where the student leaves that to the program."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from nnstudio.catalog.entry import Loss, Table

AUTO, NONE, STANDARD = "auto", "none", "standard"
# Targets that a network begins near, as they are: about 0, and neither hair's breadths nor miles apart.
MOST_MEAN, LEAST_SPREAD, MOST_SPREAD = 2.0, 0.2, 3.0


def wanted_scaling(setting: str, table: Table, losses: Iterable[Loss]) -> str:
    """Return how targets are scaled: as it was set, or ("auto") standard where they are numbers far from 0 ± 1 and
    ``losses``, those that compare with them, take any number.
    """
    if table.classes:
        return NONE
    if setting != AUTO:
        return setting
    compared = list(losses)
    if not compared or any(loss.bounds is not None or loss.target == "index" for loss in compared):
        return NONE
    y = np.asarray(table.y, dtype=np.float64).reshape(len(table.y), -1)
    if not y.size or not np.isfinite(y).all():
        return NONE
    mean, spread = np.abs(y.mean(axis=0)), y.std(axis=0)
    # A column that is the same everywhere has no spread to be scaled by.
    near = (mean <= MOST_MEAN) & (((spread >= LEAST_SPREAD) & (spread <= MOST_SPREAD)) | (spread == 0))
    return NONE if bool(near.all()) else STANDARD
