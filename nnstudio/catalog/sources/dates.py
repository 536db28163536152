"""Dates in tables: the moments that cells say, and the numbers that are made of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

# What a date can go in as: a day's number counts from 1 January 1970, Monday is 0.
ZONE = re.compile(r"(\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?)\s*(?:Z|[+-]\d{2}(?::?\d{2})?)$")
PARTS = ("year", "month", "day", "weekday", "hour", "days")


def moments(series: pd.Series, form: str) -> pd.Series:
    """Return the moments that cells say in a form; what says none is missing. A time zone is left out: the hour is the
    one that is written.
    """
    import pandas as pd

    if series.dtype.kind == "M":
        return series
    if isinstance(series.dtype, pd.DatetimeTZDtype):
        return series.dt.tz_localize(None)
    texts = series.map(lambda cell: ZONE.sub(r"\1", str(cell).strip()), na_action="ignore")
    return pd.to_datetime(texts, format=form, errors="coerce")


def part_of(found: pd.Series, part: str) -> np.ndarray:
    """Return one part of moments as numbers (rows,), NaN where there is none.

    Raises:
        KeyError: there is no such part.
    """
    import numpy as np
    import pandas as pd

    if part == "days":
        span = (found - pd.Timestamp("1970-01-01")) / pd.Timedelta(days=1)
        return np.asarray(span.to_numpy(dtype=np.float64))
    if part == "hour":
        hours = found.dt.hour + found.dt.minute / 60.0 + found.dt.second / 3600.0
        return np.asarray(hours.to_numpy(dtype=np.float64, na_value=np.nan))
    if part not in PARTS:
        raise KeyError(part)
    name = "day_of_week" if part == "weekday" else part
    return np.asarray(getattr(found.dt, name).to_numpy(dtype=np.float64, na_value=np.nan))
