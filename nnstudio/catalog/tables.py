"""Make a data set's table once and keep the last few."""

from __future__ import annotations

from functools import lru_cache

from nnstudio.catalog.entry import Table
from nnstudio.catalog.registry import family
from nnstudio.document.values import Choice


@lru_cache(maxsize=4)
def table_of(choice: Choice) -> Table:
    """Return the samples of a chosen data set.

    Raises:
        StudioError: the data cannot be made from these settings.
    """
    table: Table = family("datasets")[choice.kind].make(choice.params)
    table.x.setflags(write=False)
    table.y.setflags(write=False)
    return table
