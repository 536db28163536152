"""Make a data set's table once and keep the last few."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnstudio.catalog.entry import Table
from nnstudio.catalog.plugins import FAILURES, blamed
from nnstudio.catalog.registry import family, origin_of
from nnstudio.catalog.sources.files import LOADING
from nnstudio.document.errors import StudioError, TrainError
from nnstudio.document.values import Choice, Params

if TYPE_CHECKING:
    import numpy as np

    from nnstudio.catalog.parting import Split

# The setting of a data set that says how its samples are parted; no file has it.
PARTING = "parting"
KEPT = 4
KEPT_BYTES = 2**30

_tables: OrderedDict[Choice, Table] = OrderedDict()
_stopped: set[Choice] = set()
_lock = threading.Lock()
# Held only for a look, never while something is read.
_quick = threading.Lock()


def dataset_of(params: Params) -> Choice:
    """Return the data set that a Data node chose, with how its samples are parted where tokens are made from the
    training part: that decides which there are.
    """
    choice: Choice = params["dataset"]
    if not family("datasets")[choice.kind].cuts_text:
        return choice
    return replace(choice, params=choice.params.with_value(PARTING, split_of(params)))


def split_of(params: Mapping[str, Any]) -> Split:
    """Return how the settings of a Data node part its samples."""
    from nnstudio.catalog.parting import Split

    return Split(*(params[key] for key in ("split", "validation", "test", "split_seed", "folds", "fold")))


def _whole(choice: Choice) -> Choice:
    """The same data set, whatever its parts are."""
    return replace(choice, params=choice.params.without(PARTING)) if PARTING in choice.params else choice


def table_of(choice: Choice) -> Table:
    """Return the samples of a chosen data set; reading goes on in the caller's thread, one at a time.

    Of a choice from :func:`dataset_of` the tokens are made from the training part, else from all texts.

    Raises:
        StudioError: the data cannot be made from these settings, or its reading was stopped (see :func:`again`).
    """
    with _lock:
        whole = _made(_whole(choice), lambda chosen: family("datasets")[chosen.kind].make(chosen.params))
        refit = whole.refit
        if PARTING not in choice.params or refit is None:
            return whole
        return _made(choice, lambda chosen: refit(parted(chosen.params[PARTING], whole)[0]))


def _made(choice: Choice, make: Callable[[Choice], Table]) -> Table:
    """A table that is kept, or made now; the caller holds the lock."""
    if choice in _tables:
        _tables.move_to_end(choice)
        return _tables[choice]
    if choice in _stopped:
        raise TrainError("data.cancelled")
    LOADING.begin(Path(str(choice.params.get("path", choice.kind))).name)
    try:
        table = make(choice)
    except StudioError as error:
        if error.message.key == "data.cancelled":
            _stopped.add(choice)
        raise
    except FAILURES as error:
        said = blamed(error)
        raise TrainError(said.key, **said.args) from error
    finally:
        LOADING.end()
    if origin_of("datasets", choice.kind):
        fault = table_fault(table)
        if fault:
            raise TrainError("own.table", name=origin_of("datasets", choice.kind), detail=fault)
    table.x.setflags(write=False)
    table.y.setflags(write=False)
    with _quick:
        _tables[choice] = table
    while len(_tables) > KEPT or (len(_tables) > 1 and sum(t.x.nbytes for t in _tables.values()) > KEPT_BYTES):
        _tables.popitem(last=False)
    return table


def table_fault(table: Any) -> str:
    """Return what is wrong with a table that an own file made, in the terms of ``entry.Table``; "" if it is whole."""
    import numpy as np

    if not isinstance(table, Table):
        return f"make(params) returns {type(table).__name__}, not a Table"
    for name, array in (("x", table.x), ("y", table.y)):
        if not isinstance(array, np.ndarray) or array.dtype.kind not in "fiub":
            return f"{name} is no numpy array of numbers"
    if table.x.ndim < 2 or not len(table.x):
        return f"x has the shape {table.x.shape}; it needs rows, and columns behind them"
    if len(table.y) != len(table.x):
        return f"x has {len(table.x)} rows, y has {len(table.y)}"
    if table.classes:
        if (
            table.y.ndim != 1
            or table.y.dtype.kind not in "iu"
            or table.y.min() < 0
            or table.y.max() >= len(table.classes)
        ):
            return f"y has to hold class numbers from 0 to {len(table.classes) - 1}, one a row"
    elif table.y.ndim != 2 or table.y.shape[1] != len(table.targets):
        return f"y has the shape {table.y.shape}; without classes it needs {len(table.targets)} columns, one a target"
    if np.isinf(table.x).any() or (table.y.dtype.kind == "f" and not np.isfinite(table.y).all()):
        return "x holds an infinite number, or y one that is none"
    if table.x.ndim == 2 and not table.tokens and not table.axes and len(table.columns) != table.x.shape[1]:
        return f"x has {table.x.shape[1]} columns, columns names {len(table.columns)}"
    return ""


def keys_of(table: Table, split: str) -> np.ndarray | None:
    """Return what a split goes by, a number a row: the order, the group or the part; None where it goes by nothing."""
    return {"ordered": table.order, "grouped": table.groups, "given": table.parts}.get(split)


def parted(split: Split, table: Table) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the row numbers of the three parts of a table: training, validation and test."""
    labels = table.y if table.classes and table.y.ndim == 1 else None
    return split.parts(len(table.x), labels, keys_of(table, split.kind))


def is_ready(choice: Choice) -> bool:
    """Whether a table is there already, so that asking for it takes no time."""
    with _quick:
        whole = _tables.get(_whole(choice))
        return choice in _tables or (whole is not None and whole.refit is None)


def again(choice: Choice) -> None:
    """Forget a table and that its reading was stopped: it is read anew when it is next asked for."""
    with _lock:
        for chosen in {choice, _whole(choice)}:
            _tables.pop(chosen, None)
            _stopped.discard(chosen)
