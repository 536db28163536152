"""How dates are written, found out from the cells of a column."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from nnstudio.catalog.sources.dates import moments, part_of
from nnstudio.catalog.sources.numbers_said import LEAST_SHARE

if TYPE_CHECKING:
    import pandas as pd

ISO = "ISO8601"
MONTH_FIRST, DAY_FIRST = "%m/%d/%Y", "%d/%m/%Y"
FORMS = (
    ISO,
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%Y年%m月%d日",
    "%d.%m.%Y",
    "%d-%m-%Y",
    DAY_FIRST,
    MONTH_FIRST,
    "%d.%m.%y",
    "%Y/%m/%d %H:%M",
    "%Y/%m/%d %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y %H:%M:%S",
    "%d/%m/%Y %H:%M",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%y",
)
_LIKE = re.compile(r"\s*\d{1,4}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,4}(?!\.\d)")
LOOKED_AT = 2000


def form_of(texts: Sequence[str]) -> str | None:
    """Return the form in which nearly all of these texts are dates; None where they are none. Of two forms that fit
    alike it is the one with the day first, which :func:`is_open` tells.
    """
    import pandas as pd

    few = list(texts[:: max(1, len(texts) // LOOKED_AT)])
    if not few or sum(bool(_LIKE.match(text)) for text in few) < LEAST_SHARE * len(few):
        return None
    series = pd.Series(few, dtype=object)
    counts = {form: int(moments(series, form).notna().sum()) for form in FORMS}
    best = max(FORMS, key=lambda form: counts[form])
    return best if counts[best] >= LEAST_SHARE * len(few) else None


def is_open(texts: Sequence[str], form: str) -> bool:
    """Whether the same texts are dates with day and month the other way round as well."""
    import pandas as pd

    other = month_first(form) if "%d/%m" in form else form.replace("%m/%d", "%d/%m")
    if other == form:
        return False
    series = pd.Series(list(texts[:: max(1, len(texts) // LOOKED_AT)]), dtype=object)
    return bool(moments(series, other).notna().sum() == moments(series, form).notna().sum())


def month_first(form: str) -> str:
    """The same form with the month before the day."""
    return form.replace("%d/%m", "%m/%d")


def usual_parts(found: pd.Series) -> tuple[str, ...]:
    """What moments go in as unless it is said: those of year and month that differ, else day and hour."""
    import numpy as np

    def differs(part: str) -> bool:
        values = part_of(found, part)
        values = values[~np.isnan(values)]
        return bool(len(values) and np.ptp(values) > 0)

    return tuple(p for p in ("year", "month") if differs(p)) or tuple(p for p in ("day", "hour") if differs(p))
