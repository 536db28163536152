"""What a network that tells the next readings says over its series: a step ahead, many steps ahead, and beside that who
always says the last reading.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nnstudio.catalog.tables import table_of
from nnstudio.document.errors import TrainError
from nnstudio.engine.fitted import Trained
from nnstudio.engine.predict import predict
from nnstudio.engine.splitting import rows_of

# So many windows are looked at, and so many steps are told one from the other.
MOST, FAR = 4000, 500


@dataclass(frozen=True)
class Forecast:
    """``times`` are those of the first value that each window tells, ``truth`` that value, ``said`` what the network
    says of it and ``naive`` the last value that it saw; ``part`` is 0 for training, 1 validation, 2 test.

    ``ahead`` are values told one from the other from the end of training on, at ``ahead_times`` (empty where a network
    sees more than it tells); with ``dated`` times are days from 1970 on. ``errors`` are mean absolute errors over the
    validation part by their names.
    """

    name: str
    times: np.ndarray
    truth: np.ndarray
    said: np.ndarray
    naive: np.ndarray
    part: np.ndarray
    ahead_times: np.ndarray
    ahead: np.ndarray
    errors: dict[str, float]
    dated: bool = False


def look_ahead(trained: Trained) -> Forecast:
    """Return what a network says over its series; of several series the first.

    Raises:
        TrainError: it tells no readings of a sequence.
    """
    program, known = trained.program, trained.known
    table = table_of(program.data.dataset)
    if table.x.ndim != 3 or table.lagged < 0 or table.classes:
        raise TrainError("forecast.none")
    parts = rows_of(program.data, table)
    part = np.zeros(len(table.x), dtype=np.int64)
    part[parts[1]], part[parts[2]] = 1, 2
    rows = np.arange(len(table.x)) if table.groups is None else np.flatnonzero(table.groups == table.groups[0])
    times = np.arange(len(table.x), dtype=np.float64) if table.order is None else table.order
    rows = rows[np.argsort(times[rows], kind="stable")][-MOST:]
    x = np.array(table.x[rows])
    numbers = predict(program, trained.weights, x, known).numbers
    truth, naive = table.y[rows, 0], x[:, -1, table.lagged]
    held = part[rows] == 1
    errors = {}
    if held.any():
        errors["network"] = float(np.abs(numbers[held, 0] - truth[held]).mean())
        errors["naive"] = float(np.abs(naive[held] - truth[held]).mean())
    begin = int(np.flatnonzero(held)[0]) if held.any() else 0
    ahead = _ahead(trained, x[begin:], FAR)
    if len(ahead):
        there = truth[begin : begin + len(ahead)]
        errors["ahead"] = float(np.abs(ahead - there).mean())
        errors["naive ahead"] = float(np.abs(naive[begin] - there).mean())
    return Forecast(
        table.targets[0].removesuffix(" +1"),
        times[rows],
        truth,
        numbers[:, 0],
        naive,
        part[rows],
        times[rows][begin : begin + len(ahead)],
        ahead,
        errors,
        table.dated,
    )


def _ahead(trained: Trained, x: np.ndarray, most: int) -> np.ndarray:
    """Tell values one from the other, from the first of these windows on: what was said is seen by the next. Empty
    where not all that is seen is told; no longer than windows follow each other row by row.
    """
    table = table_of(trained.program.data.dataset)
    told = {name.rsplit(" +", 1)[0] for name in table.targets}
    if x.shape[2] > 1 or table.lagged != 0 or len(told) > 1:
        return np.zeros(0)
    follows = (x[1:, :-1] == x[:-1, 1:]).all(axis=(1, 2))
    steps = min(most, 1 + int(np.argmin(follows)) if not follows.all() else len(x))
    found: list[float] = []
    seen = x[0].copy()
    while len(found) < steps:
        said = predict(trained.program, trained.weights, seen[None], trained.known).numbers[0]
        found += [float(value) for value in said]
        seen = np.concatenate([seen, said[:, None]])[-len(seen) :]
    return np.array(found[:steps])
