"""What is found in the columns of a table: ranges, shapes, and what to beware of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from nnstudio.catalog.sources.columns import as_text
from nnstudio.catalog.sources.date_forms import form_of
from nnstudio.catalog.sources.dates import moments
from nnstudio.catalog.sources.planned import kind_of, levels_of
from nnstudio.catalog.sources.treatments import DATE, NUMBER, PICTURE, TEXT
from nnstudio.document.text import Message, message

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

BINS, LEAST_ROWS, LOOKED_AT = 20, 20, 20_000
# A column that goes with the target as closely as this is the target.
SAME = 0.9999
# So large a share of one value, and so long a tail, are said.
ONE_VALUE, LONG_TAIL = 0.98, 3.0


@dataclass(frozen=True)
class Judged:
    """One column as it was found. ``bars`` count rows by value, in BINS of a number or by text; ``texts`` are the most
    frequent, with their number. ``alike`` says that nothing can be learnt from it: an "id" tells every row, a
    "constant" none.
    """

    name: str
    kind: str
    rows: int
    missing: int
    distinct: int
    low: str = ""
    high: str = ""
    bars: tuple[int, ...] = ()
    texts: tuple[tuple[str, int], ...] = ()
    levels: tuple[str, ...] = ()
    alike: str = ""
    warnings: tuple[Message, ...] = ()
    unit: str = ""


def judge(
    frame: pd.DataFrame,
    crowded: frozenset[str] = frozenset(),
    target: str = "",
    units: Mapping[str, str] = MappingProxyType({}),
) -> tuple[Judged, ...]:
    """Look at every column of a table; with a ``target`` also whether others tell it. ``units`` are those that cells
    were written with.
    """
    known = frame[target] if target in frame.columns else None
    found = []
    for name in frame.columns:
        one = judge_column(frame[name], str(name) in crowded, units.get(str(name), ""))
        if known is not None and name != target and not one.alike and one.kind != TEXT:
            told = told_by(frame[name], known)
            if told:
                found.append(_warned(one, message("column.leaks", target=target)))
                continue
        found.append(one)
    return tuple(found)


def _warned(one: Judged, warning: Message) -> Judged:
    return replace(one, warnings=(*one.warnings, warning))


def judge_column(series: pd.Series, crowded: bool = False, unit: str = "") -> Judged:
    """Look at one column; ``unit`` is what its cells were written with."""
    import numpy as np

    name, rows = str(series.name), len(series)
    kind = kind_of(series, crowded)
    known = series.dropna()
    missing, distinct = rows - len(known), int(known.nunique())
    warnings: list[Message] = []
    alike = ""
    if not len(known):
        return Judged(name, TEXT, rows, missing, 0, alike="constant", warnings=(message("column.empty"),))
    if crowded:
        return Judged(name, TEXT, rows, missing, distinct, warnings=(message("column.texts"),))
    counts = known.value_counts()
    if distinct == 1:
        alike = "constant"
        warnings.append(message("column.constant", value=as_text(counts.index[0])[:40]))
    elif counts.iloc[0] >= ONE_VALUE * rows:
        warnings.append(
            message("column.one_value", percent=round(100 * counts.iloc[0] / rows), value=as_text(counts.index[0])[:40])
        )
    low = high = ""
    bars: tuple[int, ...] = ()
    texts: tuple[tuple[str, int], ...] = ()
    if kind == NUMBER:
        values = known.to_numpy(dtype=np.float64)
        finite = values[np.isfinite(values)]
        if len(finite):
            least, most = float(finite.min()), float(finite.max())
            low, high = _said(least, unit), _said(most, unit)
            if most > least:
                bars = tuple(int(n) for n in np.histogram(finite, BINS, (least, most))[0])
            with np.errstate(all="ignore"):
                spread = finite.std()
                tail = float((((finite - finite.mean()) / spread) ** 3).mean()) if spread > 0 else 0.0
            if least >= 0 and tail > LONG_TAIL:
                warnings.append(message("column.tail"))
            if is_numbering(finite) and rows - missing >= LEAST_ROWS and not missing:
                alike = "id"
                warnings.append(message("column.id", count=distinct))
    elif kind == DATE:
        # All that are written in one form.
        when = _moments(known)
        if len(when):
            low, high = str(when.min())[:16].removesuffix(" 00:00"), str(when.max())[:16].removesuffix(" 00:00")
            numbers = when.to_numpy().astype("datetime64[s]").astype(np.float64)
            if np.ptp(numbers) > 0:
                bars = tuple(int(n) for n in np.histogram(numbers, BINS)[0])
    elif kind == PICTURE:
        low, high = as_text(known.iloc[0])[-40:], as_text(known.iloc[-1])[-40:]
    else:
        texts = tuple((as_text(value), int(n)) for value, n in counts.head(BINS).items())
        bars = tuple(n for _, n in texts)
        if distinct == len(known) >= LEAST_ROWS and not missing:
            alike = "id"
            warnings.append(message("column.id", count=distinct))
        elif kind == TEXT:
            warnings.append(message("column.texts"))
    levels = (
        levels_of([as_text(value) for value in counts.index])
        if 1 < distinct <= BINS and kind not in (DATE, PICTURE)
        else ()
    )
    return Judged(name, kind, rows, missing, distinct, low, high, bars, texts, levels, alike, tuple(warnings), unit)


def _said(value: float, unit: str) -> str:
    """A number as a range is said: a year has no comma."""
    if unit == "%":
        return f"{100 * value:.4g} %"
    whole = value == round(value) and 1e4 <= abs(value) < 1e15
    return (
        f"{unit} {value:,.0f}"
        if unit and abs(value) >= 1e3
        else f"{value:,.0f}"
        if whole
        else f"{unit} {value:.6g}".strip()
    )


def _moments(known: pd.Series) -> pd.Series:
    if known.dtype.kind == "M":
        return known
    form = form_of([as_text(value) for value in known.unique()]) if known.dtype.kind in "OTU" else None
    return moments(known, form or "ISO8601").dropna()


def is_numbering(values: np.ndarray) -> bool:
    """Whether whole numbers, one a row and nearly without gaps, number the rows in whatever order."""
    import numpy as np

    if not len(values) or not (values == np.round(values)).all():
        return False
    return bool(len(np.unique(values)) == len(values) and np.ptp(values) < 1.2 * len(values))


def told_by(series: pd.Series, target: pd.Series) -> bool:
    """Whether a column alone says the target of every row that it has a value in."""
    import numpy as np
    import pandas as pd

    step = max(1, len(series) // LOOKED_AT)
    series, target = series.iloc[::step], target.iloc[::step]
    keep = (series.notna() & target.notna()).to_numpy()
    series, target = series[keep], target[keep]
    if len(series) < LEAST_ROWS:
        return False
    numbers = [pd.api.types.is_numeric_dtype(one) and not pd.api.types.is_bool_dtype(one) for one in (series, target)]
    if all(numbers) and target.nunique() > BINS:
        x, y = (one.to_numpy(dtype=np.float64) for one in (series, target))
        if np.ptp(x) == 0 or np.ptp(y) == 0 or not (np.isfinite(x).all() and np.isfinite(y).all()):
            return False
        return bool(abs(np.corrcoef(x, y)[0, 1]) > SAME and len(np.unique(x)) > LEAST_ROWS)
    codes, classes = pd.factorize(series)[0], pd.factorize(target)[0]
    kinds = int(classes.max()) + 1
    pairs = np.unique(np.stack([codes, classes]), axis=1).shape[1]
    return bool(1 < kinds <= BINS and pairs == codes.max() + 1 == kinds)


def proposed(found: tuple[Judged, ...], target: str) -> dict[str, str]:
    """Return the roles that are proposed for columns that had better not be learnt from: one id, the others ignored."""
    roles: dict[str, str] = {}
    for one in found:
        if one.name == target or not (one.alike or one.kind == TEXT):
            continue
        first = one.alike == "id" and "id" not in roles.values()
        roles[one.name] = "id" if first else "ignore"
    return roles
