"""Turn the columns of a table into numbers: texts become categories, dates their parts; new rows go the same way."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnstudio.catalog.sources.dates import moments, part_of
from nnstudio.catalog.sources.number_words import number_said
from nnstudio.catalog.sources.one_picture import read_picture
from nnstudio.catalog.sources.tokenizing import padded
from nnstudio.catalog.sources.treatments import DATE, EMBED, FLAG, LOG, ORDERED, PICTURE, TOKENS
from nnstudio.document.errors import TrainError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

ABSENT, OTHERS = "(missing)", "(others)"
# Arrays for training and for testing are one column, and this one says which is which.
PART_COLUMN = "part"
# As a word of its own in a name: x_train, test_y; latest and strain are no parts.
_TRAIN, _TEST = (re.compile(rf"(?:^|_){word}(?:_|$)", re.IGNORECASE) for word in ("train", "test"))


@dataclass(frozen=True)
class Column:
    """One column of the source and what it became.

    ``kind`` "" is a number, or with ``categories`` a place of its own for each of them; "log" its logarithm,
    sign(x)·ln(1 + |x|); "ordered" and "flag" the place of a text among the categories; "date" the ``parts`` of a moment
    that is written in ``form``; "tokens" a text, cut by the tokenizer in ``form`` and filled up to ``width``; "embed"
    the place of a category, as a token; "picture" the pixels of the file that it names, ``width`` × ``width``, from −1
    to 1, in ``form`` "colour" or "grey". Where the last category is OTHERS it stands for all that have no place.
    """

    name: str
    categories: tuple[str, ...] = ()
    kind: str = ""
    parts: tuple[str, ...] = ()
    form: str = ""
    width: int = 0

    @property
    def size(self) -> int:
        """How many features it becomes."""
        if self.kind == PICTURE:
            return self.width**2 * (1 if self.form == "grey" else 3)
        return self.width if self.kind == TOKENS else len(self.features)

    @property
    def features(self) -> tuple[str, ...]:
        """The names of the features that it becomes."""
        if self.kind in (TOKENS, PICTURE):
            return tuple(f"{self.name} {place + 1}" for place in range(self.size))
        if self.kind == DATE:
            return tuple(f"{self.name}: {part}" for part in self.parts)
        if self.kind in (ORDERED, FLAG, EMBED):
            return (self.name,)
        if self.kind == LOG:
            return (f"log {self.name}",)
        return tuple(f"{self.name} = {value}" for value in self.categories) or (self.name,)


def as_text(cell: Any) -> str:
    """A cell as the name of a category: a whole number has no point."""
    return f"{cell:.0f}" if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15 else str(cell)


def encode(
    frame: pd.DataFrame,
    columns: tuple[Column, ...],
    refused: dict[int, TrainError] | None = None,
    tell: Callable[[float], object] = lambda share: None,
) -> np.ndarray:
    """Return the features (rows, features) as float64; NaN where a number is missing.

    With ``refused`` a row that holds what the columns never held is put there by its place, with the reason, and its
    features are NaN. ``tell`` is told how far the reading of pictures has come, from 0 to 1.

    Raises:
        TrainError: a column is not there, or, without ``refused``, holds what it did not hold before.
    """
    import numpy as np

    missing = [column.name for column in columns if column.name not in frame.columns]
    if missing:
        raise TrainError("predict.columns", columns=", ".join(missing[:10]))
    odd: dict[int, TrainError] = {}
    parts = [_encoded(frame[column.name], column, odd, tell) for column in columns]
    if odd and refused is None:
        raise odd[min(odd)]
    x = np.concatenate(parts, axis=1) if parts else np.zeros((len(frame), 0))
    if refused is not None and odd:
        x[list(odd)] = np.nan
        refused.update(odd)
    return x


def _encoded(
    series: pd.Series, column: Column, odd: dict[int, TrainError], tell: Callable[[float], object]
) -> np.ndarray:
    """The features of one column; what it never held goes to ``odd`` by the row's place."""
    import numpy as np
    import pandas as pd

    def refuse(wrong: np.ndarray, key: str) -> None:
        for place in np.flatnonzero(wrong):
            value = str(series.iloc[place])[:80]
            odd.setdefault(
                int(place), TrainError(key, column=column.name, value=value, row=int(series.index[place]) + 1)
            )

    if column.kind == TOKENS:
        texts = ["" if cell is None or cell != cell else str(cell) for cell in series]
        return np.array([padded(column.form, text, column.width) for text in texts], dtype=np.float64)
    if column.kind == PICTURE:
        x = np.full((len(series), column.size), np.nan)
        for place, cell in enumerate(series):
            tell(place / len(series))
            try:
                x[place] = _pixels(cell, column)
            except TrainError as error:
                odd.setdefault(place, error)
        return x
    if column.kind == DATE:
        found = moments(series, column.form)
        refuse((found.isna() & series.notna()).to_numpy(), "predict.date")
        return np.stack([part_of(found, part) for part in column.parts], axis=1)
    if not column.categories:
        numbers = as_numbers(series)
        refuse((numbers.isna() & series.notna()).to_numpy(), "predict.number")
        values = numbers.to_numpy(dtype=np.float64)[:, None]
        return np.asarray(np.sign(values) * np.log1p(np.abs(values)) if column.kind == LOG else values)
    order = {category: place for place, category in enumerate(column.categories)}
    absent = order.get(ABSENT, -2)
    # Different cells are looked up once each.
    codes, different = pd.factorize(series)
    places = np.array([*(order.get(as_text(cell), -1) for cell in different), absent], dtype=np.int64)[codes]
    if column.categories[-1] == OTHERS:
        places[places == -1] = len(column.categories) - 1
    if column.kind in (ORDERED, FLAG):
        refuse(places == -1, "predict.category")
        return np.where(places < 0, np.nan, places.astype(np.float64))[:, None]
    if absent == -2:
        # Nothing was missing where it learnt: there is no place for it.
        refuse(places == -2, "predict.absent")
    refuse(places == -1, "predict.category")
    if column.kind == EMBED:
        return np.asarray(places.astype(np.float64)[:, None])
    return np.asarray(places[:, None] == np.arange(len(column.categories))[None, :], dtype=np.float64)


def _pixels(cell: Any, column: Column) -> np.ndarray:
    """The pixels of the file that a cell names.

    Raises:
        TrainError: there is none, or it is no picture.
    """
    if not isinstance(cell, str):
        raise TrainError("data.no_picture", name="")
    try:
        with open(cell.strip(), "rb") as file:
            pixels = read_picture(file, column.width, column.form == "grey", cell)
    except (OSError, ValueError):
        raise TrainError("data.no_picture", name=cell[:200]) from None
    return (pixels.reshape(-1) - 127.5) / 127.5


def beside(frame: pd.DataFrame, columns: Iterable[str], folder: Path) -> pd.DataFrame:
    """Return a table in which names of files lead on from the folder that it lies in."""
    there = [name for name in columns if name in frame.columns]

    def leads(cell: Any) -> str:
        # A table that was written under Windows.
        return str(folder / (str(cell).strip() if os.sep == "\\" else str(cell).strip().replace("\\", "/")))

    return frame.assign(**{name: frame[name].map(leads, na_action="ignore") for name in there})


def base_name(name: str) -> str:
    """The name of an array without the part that it is of: x of x_train."""
    return _TEST.sub("", _TRAIN.sub("", name)) or name


def _by_base(names: Iterable[str]) -> dict[str, str]:
    """Names by those without their part; where x and x_train are both there, each keeps its own."""
    found: dict[str, str] = {}
    for name in names:
        base = base_name(name)
        found[name if base in found else base] = name
    return found


def _free(name: str, taken: Mapping[str, Any]) -> str:
    """A name that no column has yet."""
    while name in taken:
        name += "'"
    return name


def frame_of(arrays: Mapping[str, np.ndarray]) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return arrays of as many rows as a table, and the names of those that do not fit in. An array x of several
    columns is x1, x2 …, or what an array of as many texts calls them; ``attrs["arrays"]`` says whose each column is.
    """
    import numpy as np
    import pandas as pd

    tested = [name for name in arrays if _TEST.search(name)]
    first, second = _by_base(name for name in arrays if name not in tested), _by_base(tested)
    if not first:
        first, second = second, {}
    known, later = ({base: arrays[name] for base, name in names.items()} for names in (first, second))
    # As many rows as the samples, which have several columns, or as the longest.
    rows = max(((array.ndim, len(array)) for array in known.values() if array.dtype.kind != "U"), default=(0, 0))[1]
    kept = {name: array for name, array in known.items() if len(array) == rows}
    joined = bool(later) and all(name in later and later[name].shape[1:] == kept[name].shape[1:] for name in kept)
    if joined and len({len(later[name]) for name in kept}) == 1:
        # Arrays for testing stand below those for training, where all have both.
        kept = {name: np.concatenate([array, later[name]]) for name, array in kept.items()}
    used = {first[name] for name in kept}
    if any(len(array) > rows for array in kept.values()):
        used |= {second[name] for name in kept}
    left = [name for name in arrays if name not in used]
    headings = {
        len(arrays[name]): [str(text) for text in arrays[name]]
        for name in left
        if arrays[name].dtype.kind == "U" and arrays[name].ndim == 1 and len(set(arrays[name])) == len(arrays[name])
    }
    columns: dict[str, Any] = {}
    whose: dict[str, str] = {}
    for name, array in kept.items():
        wide = array.reshape(len(array), int(np.prod(array.shape[1:])))
        several = headings.get(wide.shape[1]) or [f"{name}{place + 1}" for place in range(wide.shape[1])]
        for place, title in enumerate(several if wide.shape[1] > 1 else [name]):
            title = _free(title, columns)
            columns[title], whose[title] = wide[:, place], name
    frame = pd.DataFrame(columns)
    if len(frame) > rows:
        part = _free(PART_COLUMN, columns)
        frame[part], whose[part] = ["train"] * rows + ["test"] * (len(frame) - rows), ""
    frame.attrs["arrays"] = whose
    named = {name for name in left if arrays[name].dtype.kind == "U" and len(arrays[name]) in headings}
    return frame, tuple(name for name in left if name not in named)


def as_numbers(series: pd.Series) -> pd.Series:
    """Cells as numbers, also as people write them; what is none is missing, a whole number beyond all floats is
    infinite.
    """
    import pandas as pd

    try:
        found = pd.to_numeric(series, errors="coerce").astype("float64")
        odd = series.notna() & found.isna()
        if odd.any() and not pd.api.types.is_bool_dtype(series):
            said = series[odd].map(lambda cell: number_said(str(cell)))
            found[odd] = pd.to_numeric(said).astype("float64")
        return found
    except OverflowError:
        return pd.to_numeric(
            series.map(
                lambda cell: float(str(cell)) if re.fullmatch(r"\s*[-+]?\d+\s*", str(cell)) else cell,
                na_action="ignore",
            ),
            errors="coerce",
        ).astype("float64")
