"""A table of readings in time, cut into windows: what comes next?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nnstudio.catalog.entry import Dataset, Table
from nnstudio.catalog.manner_fields import MANNER_FIELDS
from nnstudio.catalog.own_data import FINGERPRINT, KEEP_COPY, file_field, located
from nnstudio.catalog.sources.arrays import check_numbers
from nnstudio.catalog.sources.classes import is_number
from nnstudio.catalog.sources.columns import Column, as_numbers
from nnstudio.catalog.sources.manner import Manner
from nnstudio.catalog.sources.planned import kind_of
from nnstudio.catalog.sources.tables import read_table
from nnstudio.catalog.sources.taking import groups_of, order_of
from nnstudio.catalog.sources.treatments import DATE
from nnstudio.document.errors import TrainError
from nnstudio.document.fields import IntField, NamesField, TextField
from nnstudio.document.text import Message, Text, message
from nnstudio.document.values import Params

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

MOST_NUMBERS = 40_000_000


def _columns(frame: pd.DataFrame, params: Params) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """The column of the order, those that are seen, and those that are told.

    Raises:
        TrainError: one is not there, or none is left.
    """
    names = [str(name) for name in frame.columns]
    given = [*params["values"], *params["targets"], *(n for n in (params["order"], params["group"]) if n)]
    absent = [name for name in given if name not in names]
    if absent:
        raise TrainError("data.no_column", columns=", ".join(absent[:5]), there=", ".join(names[:12]))
    order = params["order"] or next((name for name in names if kind_of(frame[name]) == DATE), "")
    free = [name for name in names if name not in (order, params["group"])]
    values = params["values"] or tuple(name for name in free if is_number(frame[name]))
    if not values:
        raise TrainError("series.no_values")
    return order, tuple(values), tuple(params["targets"] or values[-1:])


def _make(params: Params) -> Table:
    import numpy as np

    path, notes = located(params)
    read = read_table(path, Manner.of(params))
    frame = read.frame
    notes = (*notes, *read.notes)
    order, values, targets = _columns(frame, params)
    times = order_of(frame, order or None, {})
    if times is not None:
        place = np.argsort(times, kind="stable")
        if not np.array_equal(place, np.arange(len(place))):
            notes = (*notes, message("series.sorted", column=order))
        # Rows without a place in time come last, and are in no window.
        frame, times = frame.iloc[place], times[place]
    groups = groups_of(frame, params["group"] or None)
    notes = (*notes, *_said(frame, order, times, groups, values, targets, params["group"]))
    seen = np.stack([as_numbers(frame[name]).to_numpy(dtype=np.float64) for name in values], axis=1)
    told = np.stack([as_numbers(frame[name]).to_numpy(dtype=np.float64) for name in targets], axis=1)
    if times is not None:
        seen[np.isnan(times)] = np.nan
    check_numbers(seen, path, missing=True)
    check_numbers(told, path, missing=True)
    window, horizon = params["window"], params["horizon"]
    series = [np.arange(len(frame))] if groups is None else [np.flatnonzero(groups == k) for k in np.unique(groups)]
    starts = [rows[begin : begin + window + horizon] for rows in series for begin in _begins(len(rows), params)]
    if not starts:
        longest = max(len(rows) for rows in series)
        raise TrainError("series.short", count=longest, wanted=window + horizon)
    if len(starts) * window * len(values) > MOST_NUMBERS:
        raise TrainError("data.cells", path=path, count=len(starts) * window * len(values), high=MOST_NUMBERS)
    rows = np.stack(starts)
    x, y = seen[rows[:, :window]], told[rows[:, window:]]
    whole = np.isfinite(x).all(axis=(1, 2)) & np.isfinite(y).all(axis=(1, 2))
    if not whole.any():
        raise TrainError("series.short", count=0, wanted=window + horizon)
    if not whole.all():
        notes = (*notes, message("series.holes", count=int((~whole).sum())))
    rows, x, y = rows[whole], x[whole], y[whole]
    notes = (
        *notes,
        message("series.windows", count=len(x), window=window, horizon=horizon, series=len(series)),
    )
    names = tuple(f"{name} +{step}" for step in range(1, horizon + 1) for name in targets)
    return Table(
        (),
        x,
        y.reshape(len(y), -1),
        (),
        names,
        "TD",
        scale_axis=2,
        notes=notes,
        recipe=tuple(Column(name) for name in values),
        # A window belongs to the time of the last value that it is to tell.
        order=(np.arange(len(frame), dtype=np.float64) if times is None else times)[rows[:, -1]],
        groups=None if groups is None else groups[rows[:, 0]],
        lagged=values.index(targets[0]) if targets[0] in values else -1,
        dated=bool(order) and kind_of(frame[order]) == DATE,
    )


def _begins(count: int, params: Params) -> range:
    return range(0, count - params["window"] - params["horizon"] + 1, params["step"])


def _said(
    frame: pd.DataFrame,
    order: str,
    times: np.ndarray | None,
    groups: np.ndarray | None,
    values: tuple[str, ...],
    targets: tuple[str, ...],
    group: str,
) -> tuple[Message, ...]:
    """What a student has to know of the rows: steps that differ, columns that are not looked at."""
    import numpy as np

    found = []
    if times is not None:
        steps = [
            np.diff(times if groups is None else times[groups == k])
            for k in ([0] if groups is None else np.unique(groups))
        ]
        apart = np.concatenate(steps)
        apart = apart[np.isfinite(apart)]
        # Months differ by a tenth.
        if len(apart) and apart.max() > 1.2 * max(apart.min(), 1e-12):
            found.append(message("series.uneven", column=order, least=float(apart.min()), most=float(apart.max())))
    left = [str(name) for name in frame.columns if str(name) not in (*values, *targets, order, group)]
    if left:
        found.append(message("series.left_out", columns=", ".join(left[:8])))
    return tuple(found)


ENTRY = Dataset(
    id="series_file",
    title=Text("Time series file"),
    help=Text(
        "Readings in time from a table (CSV, Excel …): each sample is a window of rows, to be told are the values that "
        "follow. Split in order, the newest are held aside."
    ),
    fields=(
        file_field(
            Text("File"),
            Text("The table of readings."),
            patterns="*.csv *.tsv *.txt *.xlsx *.xlsm *.parquet *.sqlite *.db",
        ),
        TextField(
            name="order",
            title=Text("Order column"),
            default="",
            maximum=4096,
            kind="column",
            help=Text("A date or a number that says when; empty takes the first dates, else the rows as they stand."),
        ),
        NamesField(
            name="values",
            title=Text("Values that are seen"),
            default=(),
            kind="columns",
            help=Text("None chosen takes every column of numbers."),
        ),
        NamesField(
            name="targets",
            title=Text("Values to be told"),
            default=(),
            kind="columns",
            help=Text("None chosen takes the last of the values that are seen."),
        ),
        TextField(
            name="group",
            title=Text("Series column"),
            default="",
            maximum=4096,
            kind="column",
            advanced=True,
            help=Text("Says which of several series a row belongs to: no window goes over two of them."),
        ),
        IntField(
            name="window",
            title=Text("Window"),
            default=12,
            minimum=1,
            maximum=5000,
            help=Text("How many rows a sample sees."),
        ),
        IntField(
            name="horizon",
            title=Text("Horizon"),
            default=1,
            minimum=1,
            maximum=500,
            help=Text("How many steps ahead are told at once."),
        ),
        IntField(
            name="step",
            title=Text("Step between windows"),
            default=1,
            minimum=1,
            maximum=5000,
            advanced=True,
            help=Text("How far the next window begins behind the last one's begin."),
        ),
        *MANNER_FIELDS,
        KEEP_COPY,
        FINGERPRINT,
    ),
    tags=frozenset({"in_order"}),
    make=_make,
    # Readings in time are held aside as they come, the newest last.
    begins_with=lambda path: ({}, {"split": "ordered"}),
    order=92,
)
