"""Make a data set's table once and keep the last few."""

from __future__ import annotations

import threading
from collections import OrderedDict
from pathlib import Path

from nnstudio.catalog.entry import Table
from nnstudio.catalog.plugins import own_failure, where_it_failed
from nnstudio.catalog.registry import family
from nnstudio.catalog.sources.files import LOADING
from nnstudio.document.errors import StudioError, TrainError
from nnstudio.document.values import Choice

KEPT = 4
KEPT_BYTES = 2**30

_tables: OrderedDict[Choice, Table] = OrderedDict()
_stopped: set[Choice] = set()
_lock = threading.Lock()
# Held only for a look, never while something is read.
_quick = threading.Lock()


def table_of(choice: Choice) -> Table:
    """Return the samples of a chosen data set; reading goes on in the caller's thread, one at a time.

    Raises:
        StudioError: the data cannot be made from these settings, or its reading was stopped (see :func:`again`).
    """
    with _lock:
        if choice in _tables:
            _tables.move_to_end(choice)
            return _tables[choice]
        if choice in _stopped:
            raise TrainError("data.cancelled")
        LOADING.begin(Path(str(choice.params.get("path", choice.kind))).name)
        try:
            table: Table = family("datasets")[choice.kind].make(choice.params)
        except StudioError as error:
            if error.message.key == "data.cancelled":
                _stopped.add(choice)
            raise
        except Exception as error:
            where = where_it_failed(error)
            if where is None:
                raise
            raise TrainError("own.failed", **own_failure(error, *where).args) from error
        finally:
            LOADING.end()
        table.x.setflags(write=False)
        table.y.setflags(write=False)
        with _quick:
            _tables[choice] = table
        while len(_tables) > KEPT or (len(_tables) > 1 and sum(t.x.nbytes for t in _tables.values()) > KEPT_BYTES):
            _tables.popitem(last=False)
        return table


def is_ready(choice: Choice) -> bool:
    """Whether a table is there already, so that asking for it takes no time."""
    with _quick:
        return choice in _tables


def again(choice: Choice) -> None:
    """Forget a table and that its reading was stopped: it is read anew when it is next asked for."""
    with _lock:
        _tables.pop(choice, None)
        _stopped.discard(choice)
