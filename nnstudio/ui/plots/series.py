"""The numbers of a run's curves, eight bytes each, so that a week of epochs fits."""

from __future__ import annotations

import csv
import io
import math
from array import array
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

REACHING = ("train_loss", "val_loss")


class Series:
    """Columns by name; NaN where a number is missing. ``low`` and ``high`` are the ends of the losses."""

    def __init__(self, names: Sequence[str]) -> None:
        self.data: dict[str, array[float]] = {name: array("d") for name in names}
        self.low = self.high = math.nan

    def clear(self) -> None:
        """Forget all of them."""
        for values in self.data.values():
            del values[:]
        self.low = self.high = math.nan

    def add(self, record: Mapping[str, Any]) -> None:
        """Take one line of the history."""
        self.take({name: array("d", [math.nan if record[name] is None else float(record[name])]) for name in self.data})

    def take(self, columns: Mapping[str, array[float]]) -> None:
        """Take lines of the history, column by column."""
        for name, values in self.data.items():
            values.extend(columns[name])
        for name in REACHING:
            new = np.array(columns[name])
            new = new[np.isfinite(new)]
            if len(new):
                # Of what is not known yet fmin and fmax take the other.
                self.low = float(np.fmin(self.low, new.min()))
                self.high = float(np.fmax(self.high, new.max()))

    def as_csv(self) -> str:
        """All of them as CSV, one line an epoch."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(self.data)
        for row in zip(*self.data.values(), strict=True):
            writer.writerow(["" if math.isnan(v) else repr(v) for v in row])
        return out.getvalue()
