"""From a table as it was read to what is learnt from: which rows are used, what every column becomes, what stays out
and why.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnstudio.catalog.sources.classes import is_number
from nnstudio.catalog.sources.columns import Column, as_text
from nnstudio.catalog.sources.date_forms import form_of, month_first
from nnstudio.catalog.sources.dates import moments, part_of
from nnstudio.catalog.sources.files import find
from nnstudio.catalog.sources.many_texts import MOST
from nnstudio.catalog.sources.planned import ISO_FALLBACK, TEXT_NOTES, Planned, as_said, kind_of, text_column
from nnstudio.catalog.sources.sides import (
    are_there,
    is_apart,
)
from nnstudio.catalog.sources.tokenizing import cutter
from nnstudio.catalog.sources.treatments import (
    DATE,
    DATE_US,
    GROUP,
    ORDER,
    PART,
    TOKENS,
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

MAX_FEATURES = 5000
# Numbers of all samples together; they are kept in memory.
MAX_NUMBERS = 100_000_000
# Nothing is scaled or filled in an input of its own.
APART = Treatment(fill="zero", scale="none")
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

    def without(self, places: list[int], reason: Message) -> Taken:
        """Return the same without some rows, by their places among those that are used."""
        import numpy as np

        stays = np.ones(len(self.frame), dtype=bool)
        stays[places] = False
        groups, order, parts = (None if a is None else a[stays] for a in (self.groups, self.order, self.parts))
        left = (*self.left, (reason, len(places)))
        return replace(self, frame=self.frame[stays], groups=groups, order=order, parts=parts, left=left)

    def refitted(self, training: np.ndarray) -> Taken:
        """Return the same with the tokens of its texts made from the rows ``training`` alone, by their places."""
        if not any(column.kind == TOKENS for column in self.columns):
            return self
        columns: list[Column] = []
        notes = [note for note in self.notes if note.key not in TEXT_NOTES]
        for column in self.columns:
            if column.kind == TOKENS:
                kind = cutter(column.form).kind
                column, told = text_column(column.name, self.frame[column.name], kind, column.width, training)
                notes.extend(told)
            columns.append(column)
        return replace(self, columns=tuple(columns), notes=tuple(notes))


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
    changed = dict(as_said(frame, {name: said[name] for name in targets if name in said}, notes))
    frame = frame.assign(**changed) if changed else frame
    known = frame[list(targets)].notna().all(axis=1)
    if not known.all():
        left.append((message("data.left_no_target", columns=", ".join(targets)), int((~known).sum())))
        frame = frame[known]
    roles = roles_of(names, params)
    of_role = {role: name for name, role in roles.items()}
    parts = parts_of(frame, of_role.get(PART))
    order = order_of(frame, of_role.get(ORDER), said)
    groups = groups_of(frame, of_role.get(GROUP))
    planned = Planned(frame, inputs, crowded, said, notes, folder_of(params))
    frame = planned.frame
    stays = np.ones(len(frame), dtype=bool)
    for name in planned.pictures:
        gone = frame[name].notna().to_numpy() & ~are_there(frame[name]).to_numpy() & stays
        if gone.any():
            first = frame[name][gone].iloc[0]
            left.append((message("data.left_no_picture", column=name, name=str(first)), int(gone.sum())))
            stays &= ~gone
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
    total = sum(column.size for column in columns if not is_apart(column))
    if total > MAX_FEATURES:
        raise TrainError("data.columns", count=total, high=MAX_FEATURES)
    cells = len(frame) * sum(column.size for column in columns)
    if cells > MAX_NUMBERS:
        raise TrainError("data.much", count=cells, high=MAX_NUMBERS)
    # What is an input of its own stands behind the row of numbers.
    columns = tuple(sorted(columns, key=is_apart))
    single_out = [(c, APART if is_apart(c) else said.get(c.name, Treatment())) for c in columns]
    return Taken(
        frame,
        columns,
        targets,
        tuple(notes),
        tuple(left),
        tuple(t.fill for c, t in single_out for _ in range(c.size)),
        tuple(t.scale for c, t in single_out for _ in range(c.size)),
        groups,
        order,
        parts,
    )


def folder_of(params: Mapping[str, Any]) -> Path:
    """The folder that a table lies in, where files that it names are looked for."""
    try:
        return find(params["path"], params["fingerprint"]).parent
    except (KeyError, TrainError):
        return Path()


def parts_of(frame: pd.DataFrame, name: str | None) -> np.ndarray | None:
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
