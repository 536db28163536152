"""What the columns that are learnt from hold and become."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnstudio.catalog.sources.classes import is_number
from nnstudio.catalog.sources.columns import ABSENT, OTHERS, Column, as_numbers, as_text, beside
from nnstudio.catalog.sources.date_forms import form_of, is_open, month_first, usual_parts
from nnstudio.catalog.sources.dates import PARTS, ZONE, moments
from nnstudio.catalog.sources.many_texts import MOST
from nnstudio.catalog.sources.sides import (
    LOOKED_AT,
    VOCABULARY,
    are_there,
    cut_of,
    names_pictures,
    size_of,
)
from nnstudio.catalog.sources.tokenizing import STRANGE, learnt_texts, make_tokenizer, numbered
from nnstudio.catalog.sources.treatments import (
    CATEGORY,
    DATE,
    DATE_US,
    EMBED,
    FLAG,
    LOG,
    NUMBER,
    ORDERED,
    PICTURE,
    RARE,
    TEXT,
    TOKENS,
    Treatment,
)
from nnstudio.document.text import Message, message

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

MAX_CATEGORIES = 50
# Categories of a column that keep a place of their own where the rare ones stand together.
KEPT_APART = 20
ISO_FALLBACK = "ISO8601"
# What is told of texts depends on which of them the tokens are made from.
TEXT_NOTES = ("text.cut_off", "text.unseen")
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
    if names_pictures(different):
        return PICTURE
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


def as_said(frame: pd.DataFrame, said: Mapping[str, Treatment], notes: list[Message]) -> list[tuple[str, pd.Series]]:
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


def _any_there(series: pd.Series, folder: Path) -> bool:
    """Whether some of the first files that a column names lie where they should."""
    first = series.dropna().iloc[:LOOKED_AT].to_frame()
    return bool(are_there(beside(first, (str(series.name),), folder).iloc[:, 0]).any())


def text_column(
    name: str, series: pd.Series, cut: str, length: int, training: np.ndarray | None = None
) -> tuple[Column, tuple[Message, ...]]:
    """Return what a column of texts becomes, by the rows of the ``training`` part or by all, and what is told of it."""
    texts = ["" if cell is None or cell != cell else as_text(cell) for cell in series]
    tokenizer = make_tokenizer(cut, learnt_texts(texts, training), VOCABULARY)
    tokens = [numbered(tokenizer, text) for text in texts]
    notes: list[Message] = []
    if long := sum(len(each) > length for each in tokens):
        notes.append(message("text.cut_off", count=long, length=length))
    if strange := sum(each.count(STRANGE) for each in tokens):
        total = sum(map(len, tokens))
        notes.append(message("text.unseen", count=strange, total=total, high=VOCABULARY))
    return Column(name, kind=TOKENS, form=tokenizer, width=length), tuple(notes)


class Planned:
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
        folder: Path,
    ) -> None:
        self._said, self._notes = said, notes
        changed = dict(as_said(frame, {name: said[name] for name in inputs if name in said}, notes))
        frame = frame.assign(**changed) if changed else frame
        self._kinds: dict[str, str] = {}
        self._forms: dict[str, str] = {}
        moved: dict[str, Any] = {}
        for name in inputs:
            series = frame[name]
            kind = said[name].kind if name in said and said[name].kind else kind_of(series, name in crowded)
            if kind == PICTURE and not (name in said and said[name].kind) and not _any_there(series, folder):
                notes.append(message("data.pictures_elsewhere", column=name, folder=str(folder)))
            elif name in crowded:
                notes.append(message("data.crowded", column=name, count=MOST, high=MAX_CATEGORIES))
            elif not series.notna().any():
                notes.append(message("data.empty_column", column=name))
            elif kind == TEXT and not cut_of(said.get(name, Treatment()).treat)[1]:
                count = series.nunique()
                notes.append(message("data.many_categories", column=name, count=count, high=MAX_CATEGORIES))
            else:
                self._kinds[name] = kind
                if kind in (DATE, DATE_US):
                    moved[name] = self._moments(name, series, kind)
        self.frame = beside(frame.assign(**moved) if moved else frame, self.pictures, folder)

    @property
    def pictures(self) -> tuple[str, ...]:
        """The columns that name files of pictures."""
        return tuple(name for name, kind in self._kinds.items() if kind == PICTURE)

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
        if kind == PICTURE:
            form, side = size_of(treatment.treat)
            return Column(name, kind=PICTURE, form=form, width=side)
        texts = series.map(as_text, na_action="ignore")
        if kind == TEXT:
            column, told = text_column(name, series, *cut_of(treatment.treat))
            self._notes.extend(told)
            return column
        counts = texts.value_counts()
        values = sorted(counts.index)
        if kind == FLAG and (pair := no_and_yes(values) or (tuple(values) if len(values) == 2 else None)):
            return Column(name, pair, FLAG)
        if kind == ORDERED:
            named = [level for level in treatment.levels if level in counts.index]
            return Column(name, (*named, *(v for v in levels_of(values) if v not in named)), ORDERED)
        embeds = EMBED if treatment.treat == EMBED else ""
        many = len(values) > MAX_CATEGORIES and treatment.kind == CATEGORY and not embeds
        if treatment.treat == RARE or many:
            kept = sorted(counts.index, key=lambda value: (-counts[value], value))[:KEPT_APART]
            rest = len(values) - len(kept)
            if rest:
                self._notes.append(message("data.rare_together", column=name, kept=len(kept), count=rest))
            # A cell that says so itself is no other than an empty one.
            values = sorted(set(kept) - {ABSENT, OTHERS})
            values += [ABSENT] if texts.isna().any() or ABSENT in kept else []
            values.append(OTHERS)
            return Column(name, tuple(values), embeds)
        if texts.isna().any() and ABSENT not in values:
            values.append(ABSENT)
        return Column(name, tuple(values), embeds)
