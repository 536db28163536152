"""Targets of a table: whether they name classes, and which class each row is of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nnstudio.catalog.sources.columns import as_text

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

FEW_WHOLE_NUMBERS = 20


def is_number(series: pd.Series) -> bool:
    """Whether a column holds numbers (yes and no count as such)."""
    import pandas as pd

    return bool(pd.api.types.is_numeric_dtype(series) or pd.api.types.is_bool_dtype(series))


def are_classes(series: pd.Series, kind: str) -> bool:
    """Whether a target names classes: said, or text, or few whole numbers."""
    import pandas as pd

    if kind != "auto":
        return kind == "classes"
    if not is_number(series) or pd.api.types.is_bool_dtype(series):
        return True
    known = series.dropna()
    return bool((known == known.round()).all()) and known.nunique() <= FEW_WHOLE_NUMBERS


def class_places(series: pd.Series) -> dict[Any, int]:
    """Return the classes that a target names, in their natural order, each with its number."""
    values = sorted(series.unique()) if is_number(series) else sorted(series.map(str).unique())
    return {value: place for place, value in enumerate(values)}


def places_of_classes(series: pd.Series, order: dict[Any, int]) -> np.ndarray:
    """Return which class each row is of; -1 of none of these."""
    import numpy as np

    return np.array([order.get(value, -1) for value in (series if is_number(series) else series.map(str))], np.int64)


def class_numbers(series: pd.Series) -> tuple[tuple[str, ...], np.ndarray]:
    """Return the names of the classes, in their natural order, and the number of each row's."""
    order = class_places(series)
    return tuple(as_text(value) for value in order), places_of_classes(series, order)
