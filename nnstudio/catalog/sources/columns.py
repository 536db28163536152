"""Turn the columns of a table into numbers: texts become categories, and the same recipe serves new rows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nnstudio.catalog.sources.many_texts import MOST
from nnstudio.catalog.sources.numbers_said import number_said
from nnstudio.document.errors import TrainError
from nnstudio.document.text import Message, message

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

MAX_CATEGORIES = 50
MAX_FEATURES = 5000
FEW_WHOLE_NUMBERS = 20
ABSENT = "(missing)"


@dataclass(frozen=True)
class Column:
    """One column of the source: a number, or with ``categories`` a place of its own for each of them."""

    name: str
    categories: tuple[str, ...] = ()

    @property
    def features(self) -> tuple[str, ...]:
        """The names of the features that it becomes."""
        return tuple(f"{self.name} = {value}" for value in self.categories) or (self.name,)


def is_number(series: pd.Series) -> bool:
    """Whether a column holds numbers (yes and no count as such)."""
    import pandas as pd

    return bool(pd.api.types.is_numeric_dtype(series) or pd.api.types.is_bool_dtype(series))


def plan(
    frame: pd.DataFrame, names: tuple[str, ...], crowded: frozenset[str] = frozenset()
) -> tuple[tuple[Column, ...], tuple[Message, ...]]:
    """Decide what each column becomes; a text column with too many different texts is left out, and said."""
    columns: list[Column] = []
    notes: list[Message] = []
    for name in names:
        series = frame[name]
        if is_number(series):
            if series.notna().any():
                columns.append(Column(name))
            else:
                notes.append(message("data.empty_column", column=name))
            continue
        if name in crowded:
            notes.append(message("data.crowded", column=name, count=MOST, high=MAX_CATEGORIES))
            continue
        texts = series.map(str, na_action="ignore")
        values = sorted(texts.dropna().unique())
        if not values or len(values) > MAX_CATEGORIES:
            notes.append(message("data.many_categories", column=name, count=len(values), high=MAX_CATEGORIES))
            continue
        if texts.isna().any():
            values.append(ABSENT)
        columns.append(Column(name, tuple(values)))
    total = sum(len(column.features) for column in columns)
    if total > MAX_FEATURES:
        raise TrainError("data.columns", count=total, high=MAX_FEATURES)
    return tuple(columns), tuple(notes)


def encode(frame: pd.DataFrame, columns: tuple[Column, ...]) -> np.ndarray:
    """Return the features (rows, features) as float64; NaN where a number is missing.

    Raises:
        TrainError: a column is not there, or holds what it did not hold before.
    """
    import numpy as np

    missing = [column.name for column in columns if column.name not in frame.columns]
    if missing:
        raise TrainError("predict.columns", columns=", ".join(missing[:10]))
    parts: list[Any] = []
    for column in columns:
        series = frame[column.name]
        if not column.categories:
            numbers = _as_numbers(series)
            odd = series[numbers.isna() & series.notna()]
            if len(odd):
                raise TrainError(
                    "predict.number", column=column.name, value=str(odd.iloc[0])[:80], row=int(odd.index[0]) + 1
                )
            parts.append(numbers.to_numpy(dtype=np.float64)[:, None])
            continue
        texts = series.map(str, na_action="ignore").fillna(ABSENT).to_numpy()
        strange = sorted(set(texts) - set(column.categories))
        if strange:
            raise TrainError("predict.category", column=column.name, value=strange[0][:80])
        parts.append((texts[:, None] == np.array(column.categories, dtype=object)[None, :]).astype(np.float64))
    return np.concatenate(parts, axis=1) if parts else np.zeros((len(frame), 0))


def _as_numbers(series: pd.Series) -> pd.Series:
    """Cells as numbers, also as people write them; what is none is missing, a whole number beyond all floats is
    infinite.
    """
    import pandas as pd

    if series.dtype.kind in "OT" and not pd.api.types.is_bool_dtype(series):
        said = series.map(lambda cell: number_said(cell) if isinstance(cell, str) else cell, na_action="ignore")
        if said.notna().sum() == series.notna().sum():
            series = said
    try:
        return pd.to_numeric(series, errors="coerce").astype("float64")
    except OverflowError:
        return pd.to_numeric(
            series.map(
                lambda cell: float(str(cell)) if re.fullmatch(r"\s*[-+]?\d+\s*", str(cell)) else cell,
                na_action="ignore",
            ),
            errors="coerce",
        ).astype("float64")


def decode(features: np.ndarray, columns: tuple[Column, ...]) -> tuple[str, ...]:
    """Return the cells that :func:`encode` turns into these features of one row; "" where a number is missing."""
    cells, place = [], 0
    for column in columns:
        part = features[place : place + len(column.features)]
        place += len(part)
        if column.categories:
            cells.append(column.categories[int(part.argmax())])
        else:
            cells.append("" if part[0] != part[0] else f"{float(part[0]):.10g}")
    return tuple(cells)


def are_classes(series: pd.Series, kind: str) -> bool:
    """Whether a target names classes: said, or text, or few whole numbers."""
    import pandas as pd

    if kind != "auto":
        return kind == "classes"
    if not is_number(series) or pd.api.types.is_bool_dtype(series):
        return True
    known = series.dropna()
    return bool((known == known.round()).all()) and known.nunique() <= FEW_WHOLE_NUMBERS


def class_numbers(series: pd.Series) -> tuple[tuple[str, ...], np.ndarray]:
    """Return the names of the classes, in their natural order, and the number of each row's."""
    import numpy as np

    values = sorted(series.unique()) if is_number(series) else sorted(series.map(str).unique())
    order = {value: place for place, value in enumerate(values)}
    names = tuple(f"{value:g}" if isinstance(value, float) else str(value) for value in values)
    keys = series if is_number(series) else series.map(str)
    return names, np.array([order[value] for value in keys], dtype=np.int64)
