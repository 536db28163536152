"""From a table as it was read to what is learnt from: which rows are used, what every column becomes, what stays out
and why.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nnstudio.catalog.sources.classes import is_number
from nnstudio.catalog.sources.columns import ABSENT, OTHERS, Column, as_numbers, as_text
from nnstudio.catalog.sources.date_forms import form_of, is_open, month_first, usual_parts
from nnstudio.catalog.sources.dates import PARTS, ZONE, moments, part_of
from nnstudio.catalog.sources.many_texts import MOST
from nnstudio.catalog.sources.treatments import (
    CATEGORY,
    DATE,
    DATE_US,
    FLAG,
    GROUP,
    LOG,
    NUMBER,
    ORDER,
    ORDERED,
    PART,
    RARE,
    TEXT,
    Treatment,
    inputs_of,
    roles_of,
    targets_of,
    treatments_of,
)
from nnstudio.document.errors import TrainError
from nnstudio.document.text import Message, message

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

MAX_CATEGORIES = 50
MAX_FEATURES = 5000
# Categories of a column that keep a place of their own where the rare ones stand together.
KEPT_APART = 20
ISO_FALLBACK = "ISO8601"
# Pairs of texts that mean no and yes.
NO_YES = (
    ("no", "yes"),
    ("n", "y"),
    ("false", "true"),
    ("f", "t"),
    ("off", "on"),
    ("nein", "ja"),
    ("否", "是"),
    ("无", "有"),
)
# Scales that people write, from little to much.
SCALES = (
    ("very low", "low", "medium", "high", "very high"),
    ("low", "middle", "high"),
    ("xs", "s", "m", "l", "xl", "xxl"),
    ("small", "medium", "large"),
    ("bad", "poor", "fair", "average", "good", "very good", "excellent"),
    ("never", "rarely", "sometimes", "often", "always"),
    ("none", "some", "many"),
    ("低", "中", "高"),
    ("小", "中", "大"),
    ("差", "中", "良", "优"),
    ("毛坯", "简装", "精装", "豪装"),
)
# What a column says that tells the parts.
PART_WORDS = {
    **dict.fromkeys(("train", "training", "learn", "0", "训练"), 0),
    **dict.fromkeys(("validation", "valid", "val", "dev", "1", "验证"), 1),
    **dict.fromkeys(("test", "testing", "2", "测试"), 2),
}


@dataclass(frozen=True)
class Taken:
    """What is learnt from. ``frame`` holds the rows that are used, each column as what it was taken for; ``left`` are
    the reasons why others are not, with their number. ``fills`` and ``scales`` are what is said of single features, ""
    where it is as of all.
    """

    frame: pd.DataFrame
    columns: tuple[Column, ...]
    targets: tuple[str, ...]
    notes: tuple[Message, ...]
    left: tuple[tuple[Message, int], ...]
    fills: tuple[str, ...]
    scales: tuple[str, ...]
    groups: np.ndarray | None = None
    order: np.ndarray | None = None
    parts: np.ndarray | None = None


def kind_of(series: pd.Series, crowded: bool = False) -> str:
    """Return what a column holds, one of ``treatments.KINDS``."""
    if series.dtype.kind == "M" or str(series.dtype).startswith("datetime64"):
        return DATE
    if is_number(series):
        return NUMBER
    if crowded:
        return TEXT
    texts = series.dropna().map(as_text)
    different = list(texts.unique())
    if different and form_of(different) is not None:
        return DATE
    if len(different) > MAX_CATEGORIES or not different:
        return TEXT
    if len(texts) == len(series) and no_and_yes(different) is not None:
        return FLAG
    return CATEGORY


def no_and_yes(texts: list[str]) -> tuple[str, str] | None:
    """Return the two texts of a column in the order (no, yes); None where they do not mean that."""
    by_word = {text.strip().casefold(): text for text in texts}
    for no, yes in NO_YES:
        if len(texts) == len(by_word) == 2 and {no, yes} == set(by_word):
            return by_word[no], by_word[yes]
    return None


def levels_of(texts: list[str]) -> tuple[str, ...]:
    """Return texts from little to much: by a scale that people write, by the numbers that they are, else by name."""
    words = [text.strip().casefold() for text in texts]
    for scale in SCALES:
        if set(words) <= set(scale):
            return tuple(sorted(texts, key=lambda text: scale.index(text.strip().casefold())))
    try:
        return tuple(sorted(texts, key=float))
    except ValueError:
        return tuple(sorted(texts))


def take(frame: pd.DataFrame, params: Mapping[str, Any], crowded: frozenset[str] = frozenset()) -> Taken:
    """Decide by a table's settings which rows are used and what its columns become.

    Raises:
        TrainError: a column is not there or cannot be what it should be, or nothing is left.
    """
    import numpy as np

    names = [str(name) for name in frame.columns]
    said = treatments_of(params)
    single = [params[setting] for setting in ("group", "order", "part", "ids") if params.get(setting)]
    wanted = (*params["targets"], *params["columns"], *single)
    absent = [name for name in wanted if name not in names]
    if absent:
        raise TrainError("data.no_column", columns=", ".join(absent[:5]), there=", ".join(names[:12]))
    targets, inputs = targets_of(names, params), inputs_of(names, params)
    if not inputs:
        raise TrainError("data.no_features")
    if not targets:
        raise TrainError("data.no_target")
    if targets[0] in crowded:
        raise TrainError("data.too_many_classes", column=targets[0], count=MOST)
    notes: list[Message] = []
    left: list[tuple[Message, int]] = []
    changed = dict(_as_said(frame, {name: said[name] for name in targets if name in said}, notes))
    frame = frame.assign(**changed) if changed else frame
    known = frame[list(targets)].notna().all(axis=1)
    if not known.all():
        left.append((message("data.left_no_target", columns=", ".join(targets)), int((~known).sum())))
        frame = frame[known]
    roles = roles_of(names, params)
    of_role = {role: name for name, role in roles.items()}
    parts = _parts(frame, of_role.get(PART))
    order = order_of(frame, of_role.get(ORDER), said)
    groups = groups_of(frame, of_role.get(GROUP))
    planned = _Planned(frame, inputs, crowded, said, notes)
    frame = planned.frame
    stays = np.ones(len(frame), dtype=bool)
    if order is not None and np.isnan(order).any():
        left.append((message("data.left_no_order", column=of_role[ORDER]), int(np.isnan(order).sum())))
        stays &= ~np.isnan(order)
    for name in planned.used:
        fill = said[name].fill if name in said and said[name].fill else params["missing"]
        gone = frame[name].isna().to_numpy() & stays
        if fill == "drop" and gone.any():
            left.append((message("data.left_empty", column=name), int(gone.sum())))
            stays &= ~gone
    if not stays.all():
        frame = frame[stays]
        groups, order, parts = (None if a is None else a[stays] for a in (groups, order, parts))
    if not len(frame):
        raise TrainError("data.nothing_left")
    columns = planned.columns(frame)
    if not columns:
        raise TrainError("data.no_features")
    total = sum(len(column.features) for column in columns)
    if total > MAX_FEATURES:
        raise TrainError("data.columns", count=total, high=MAX_FEATURES)
    single_out = [(c, said.get(c.name, Treatment())) for c in columns]
    return Taken(
        frame,
        columns,
        targets,
        tuple(notes),
        tuple(left),
        tuple(t.fill for c, t in single_out for _ in c.features),
        tuple(t.scale for c, t in single_out for _ in c.features),
        groups,
        order,
        parts,
    )


def _as_said(frame: pd.DataFrame, said: Mapping[str, Treatment], notes: list[Message]) -> list[tuple[str, pd.Series]]:
    """Columns as what the student says that they hold; what they do not hold is missing, and noted."""
    found = []
    for name, treatment in said.items():
        series = frame[name]
        if treatment.kind == NUMBER and not is_number(series):
            numbers = as_numbers(series)
            _note_odd(name, series, numbers.isna(), "data.no_numbers", notes)
            found.append((name, numbers))
        elif treatment.kind in (CATEGORY, ORDERED, FLAG, TEXT) and is_number(series):
            found.append((name, series.astype(object).map(as_text, na_action="ignore")))
    return found


def _note_odd(name: str, series: pd.Series, missing: pd.Series, key: str, notes: list[Message]) -> None:
    odd = series[missing & series.notna()]
    if len(odd):
        notes.append(message(key, column=name, count=len(odd), text=str(odd.iloc[0])[:40], row=int(odd.index[0]) + 1))


class _Planned:
    """What the columns that are learnt from become, decided in two steps: what they hold by all rows, which categories
    there are by those that stay.
    """

    def __init__(
        self,
        frame: pd.DataFrame,
        inputs: tuple[str, ...],
        crowded: frozenset[str],
        said: Mapping[str, Treatment],
        notes: list[Message],
    ) -> None:
        self._said, self._notes = said, notes
        changed = dict(_as_said(frame, {name: said[name] for name in inputs if name in said}, notes))
        frame = frame.assign(**changed) if changed else frame
        self._kinds: dict[str, str] = {}
        self._forms: dict[str, str] = {}
        moved: dict[str, Any] = {}
        for name in inputs:
            series = frame[name]
            kind = said[name].kind if name in said and said[name].kind else kind_of(series, name in crowded)
            if name in crowded:
                notes.append(message("data.crowded", column=name, count=MOST, high=MAX_CATEGORIES))
            elif not series.notna().any():
                notes.append(message("data.empty_column", column=name))
            elif kind == TEXT:
                count = series.nunique()
                notes.append(message("data.many_categories", column=name, count=count, high=MAX_CATEGORIES))
            else:
                self._kinds[name] = kind
                if kind in (DATE, DATE_US):
                    moved[name] = self._moments(name, series, kind)
        self.frame = frame.assign(**moved) if moved else frame

    @property
    def used(self) -> tuple[str, ...]:
        """The columns that become features."""
        return tuple(self._kinds)

    def _moments(self, name: str, series: pd.Series, kind: str) -> pd.Series:
        texts = list(series.dropna().map(as_text).unique()) if series.dtype.kind != "M" else []
        form = (form_of(texts) if texts else None) or ISO_FALLBACK
        if kind == DATE_US:
            form = month_first(form)
        elif texts and is_open(texts, form):
            self._notes.append(message("data.date_open", column=name, text=texts[0][:40]))
        if str(series.dtype).startswith("datetime64[ns,") or any(ZONE.search(text) for text in texts):
            self._notes.append(message("data.zones", column=name))
        self._forms[name] = form
        found = moments(series, form)
        _note_odd(name, series, found.isna(), "data.no_dates", self._notes)
        return found

    def columns(self, frame: pd.DataFrame) -> tuple[Column, ...]:
        """Return what they become, by the rows that stay."""
        found = (self._column(name, frame[name]) for name in self._kinds)
        return tuple(column for column in found if column is not None)

    def _column(self, name: str, series: pd.Series) -> Column | None:
        kind, treatment = self._kinds[name], self._said.get(name, Treatment())
        if not series.notna().any():
            self._notes.append(message("data.empty_column", column=name))
            return None
        if kind == NUMBER:
            return Column(name, kind=LOG if treatment.treat == LOG else "")
        if kind in (DATE, DATE_US):
            parts = tuple(part for part in treatment.treat.split() if part in PARTS) or usual_parts(series)
            if not parts:
                self._notes.append(message("data.one_date", column=name))
                return None
            return Column(name, (), DATE, parts, self._forms[name])
        texts = series.map(as_text, na_action="ignore")
        counts = texts.value_counts()
        values = sorted(counts.index)
        if kind == FLAG and (pair := no_and_yes(values) or (tuple(values) if len(values) == 2 else None)):
            return Column(name, pair, FLAG)
        if kind == ORDERED:
            named = [level for level in treatment.levels if level in counts.index]
            return Column(name, (*named, *(v for v in levels_of(values) if v not in named)), ORDERED)
        if treatment.treat == RARE or (len(values) > MAX_CATEGORIES and treatment.kind == CATEGORY):
            kept = sorted(counts.index, key=lambda value: (-counts[value], value))[:KEPT_APART]
            rest = len(values) - len(kept)
            if rest:
                self._notes.append(message("data.rare_together", column=name, kept=len(kept), count=rest))
            # A cell that says so itself is no other than an empty one.
            values = sorted(set(kept) - {ABSENT, OTHERS})
            values += [ABSENT] if texts.isna().any() or ABSENT in kept else []
            values.append(OTHERS)
            return Column(name, tuple(values))
        if texts.isna().any() and ABSENT not in values:
            values.append(ABSENT)
        return Column(name, tuple(values))


def _parts(frame: pd.DataFrame, name: str | None) -> np.ndarray | None:
    """Which part a column says that each row is of: 0 training, 1 validation, 2 test.

    Raises:
        TrainError: it says something else.
    """
    import numpy as np

    if name is None:
        return None
    words = frame[name].map(lambda cell: as_text(cell).strip().casefold(), na_action="ignore")
    found = words.map(PART_WORDS)
    odd = frame[name][found.isna()]
    if len(odd):
        raise TrainError(
            "data.part_words",
            column=name,
            value="" if odd.iloc[0] != odd.iloc[0] else str(odd.iloc[0])[:40],
            row=int(odd.index[0]) + 1,
        )
    return np.asarray(found.to_numpy(dtype=np.int64))


def order_of(frame: pd.DataFrame, name: str | None, said: Mapping[str, Treatment]) -> np.ndarray | None:
    """Where each row stands in time: a number, or the days of a date; NaN where it is not said.

    Raises:
        TrainError: the column holds neither numbers nor dates.
    """
    import numpy as np

    if name is None:
        return None
    series = frame[name]
    if is_number(series):
        return np.asarray(series.to_numpy(dtype=np.float64, na_value=np.nan))
    form = ISO_FALLBACK
    if kind_of(series) != DATE:
        raise TrainError("data.no_order", column=name)
    if series.dtype.kind == "O" or str(series.dtype).startswith("str"):
        form = form_of(list(series.dropna().map(as_text).unique())) or form
    if name in said and said[name].kind == DATE_US:
        form = month_first(form)
    return part_of(moments(series, form), "days")


def groups_of(frame: pd.DataFrame, name: str | None) -> np.ndarray | None:
    """Which group each row is of; rows that name none are a group each."""
    import numpy as np
    import pandas as pd

    if name is None:
        return None
    codes, different = pd.factorize(frame[name].map(as_text, na_action="ignore"))
    alone = codes < 0
    codes = codes.astype(np.int64)
    codes[alone] = len(different) + np.arange(int(alone.sum()))
    return np.asarray(codes)
