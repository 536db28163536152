"""Tables that are too long for the memory: brought into rows of numbers once, in a file that is read batch by batch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnstudio.catalog.sources.arrays import check_numbers
from nnstudio.catalog.sources.classes import class_places, places_of_classes
from nnstudio.catalog.sources.columns import as_text, encode
from nnstudio.catalog.sources.dates import moments
from nnstudio.catalog.sources.files import LOADING
from nnstudio.catalog.sources.kept_samples import STREAMED, gigabytes, kept, note_of, plain_of
from nnstudio.catalog.sources.planned import as_said
from nnstudio.catalog.sources.taking import Taken, order_of, parts_of, take
from nnstudio.catalog.sources.tall_looking import Looked, cache_key, looked
from nnstudio.catalog.sources.telling import told
from nnstudio.catalog.sources.treatments import DATE, PICTURE, TOKENS, Treatment, treatments_of
from nnstudio.document.errors import TrainError
from nnstudio.document.text import Message, message

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

# When the way of preparing changes, what was kept is made anew.
MANNER = 1


@dataclass(frozen=True)
class Rows:
    """What is learnt from of a table, as numbers: ``x`` lies in a file where it is large. ``used`` of ``rows`` rows are
    left in; ``missing`` says whether numbers are missing among them.
    """

    taken: Taken
    x: np.ndarray
    y: np.ndarray
    classes: tuple[str, ...]
    rows: int
    missing: bool
    left: tuple[tuple[Message, int], ...]
    notes: tuple[Message, ...]
    keys: Mapping[str, np.ndarray]


def tall_rows(path: Path, params: Mapping[str, Any]) -> Rows:
    """Prepare a long table, or find what was prepared earlier.

    Raises:
        TrainError: it cannot be read or learnt from, or there is no room for it.
    """
    import numpy as np

    found = looked(path, params)
    taken = take(found.read.frame, params, found.read.crowded)
    for column in taken.columns:
        if column.kind in (TOKENS, PICTURE):
            raise TrainError("data.tall_column", path=path, column=column.name)
    name = params.get("order")
    if name and found.read.frame[name].dtype.kind not in "biufM":
        # Of some of the texts it cannot be said whether the day or the month comes first.
        raise TrainError("data.tall_order", path=path, column=name)
    classes, _ = told(taken, params["target_kind"], path)
    work = _Work(found, taken, params, path, bool(classes))
    shape = (found.store.rows, sum(column.size for column in taken.columns))
    whole, arrays, plain = kept("tables", cache_key(path, params, MANNER), shape, np.float64, work.fill)
    x = whole[: len(arrays["y"])]
    looked_at = len(found.plain)
    folder = Path(str(getattr(whole, "filename", ""))).parent
    note = message("data.tall", rows=found.store.rows, looked=looked_at, size=gigabytes(whole), path=folder)
    left = tuple((note_of(reason), int(count)) for reason, count in plain["left"])
    return Rows(
        taken,
        # Few columns of a long table go into the memory after all.
        np.array(x) if x.nbytes < STREAMED else x,
        arrays["y"],
        classes,
        found.store.rows,
        bool(plain["missing"]),
        left,
        (note, *found.read.notes),
        {key: array for key, array in arrays.items() if key != "y"},
    )


class _Work:
    """Goes through the pieces of a table and writes what is learnt from."""

    def __init__(self, found: Looked, taken: Taken, params: Mapping[str, Any], path: Path, classes: bool) -> None:
        self._found, self._taken, self._params, self._path = found, taken, params, path
        self._said = treatments_of(params)
        frame = taken.frame
        self._order = class_places(frame[taken.targets[0]]) if classes else None
        self._left: Counter[tuple[str, str, str]] = Counter()
        self._missing = False
        self._groups: dict[str, int] = {}

    def fill(self, room: np.ndarray) -> tuple[Mapping[str, np.ndarray], Mapping[str, Any]]:
        """Write the rows of all pieces; what belongs to each besides is returned."""
        import numpy as np

        start = 0
        beside: dict[str, list[np.ndarray]] = {}
        for piece in self._found.store.pieces(self._found.step):
            LOADING.advance(float(piece.index[0]) / self._found.store.rows)
            x, more = self._numbers(self._found.shaped(piece))
            room[start : start + len(x)] = x
            start += len(x)
            for name, array in more.items():
                beside.setdefault(name, []).append(array)
        if not start:
            raise TrainError("data.nothing_left")
        arrays = {name: np.concatenate(pieces) for name, pieces in beside.items()}
        left = [[plain_of(message(key, **{what: name})), count] for (key, what, name), count in self._left.items()]
        return arrays, {"notes": [], "left": left, "missing": self._missing}

    def _leave(self, stays: np.ndarray, gone: np.ndarray, key: str, **column: str) -> None:
        """Leave rows out that were still there, and count them under their reason."""
        gone = gone & stays
        if gone.any():
            ((what, name),) = column.items()
            self._left[key, what, name] += int(gone.sum())
            stays &= ~gone

    def _numbers(self, frame: pd.DataFrame) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """The features of the rows of a piece that are learnt from, and what belongs to each."""
        import numpy as np

        taken, params = self._taken, self._params
        names = {*taken.targets, *(column.name for column in taken.columns)}
        changed = dict(as_said(frame, {name: self._said[name] for name in names if name in self._said}, []))
        for column in taken.columns:
            if column.kind == DATE:
                changed[column.name] = moments(frame[column.name], column.form)
        frame = frame.assign(**changed) if changed else frame
        stays = np.ones(len(frame), dtype=bool)
        lacking = ~frame[list(taken.targets)].notna().all(axis=1).to_numpy()
        self._leave(stays, lacking, "data.left_no_target", columns=", ".join(taken.targets))
        keys = self._keys(frame[stays])
        if "order" in keys:
            late = np.zeros(len(frame), dtype=bool)
            late[np.flatnonzero(stays)[np.isnan(keys["order"])]] = True
            self._leave(stays, late, "data.left_no_order", column=params["order"])
        for column in taken.columns:
            fill = self._said.get(column.name, Treatment()).fill or params["missing"]
            if fill == "drop":
                gone = frame[column.name].isna().to_numpy()
                self._leave(stays, gone, "data.left_empty", column=column.name)
        frame = frame[stays]
        odd: dict[int, TrainError] = {}
        x = encode(frame, taken.columns, odd)
        stays = np.ones(len(frame), dtype=bool)
        unlike: dict[str, list[int]] = {}
        for place, error in odd.items():
            unlike.setdefault(str(error.message.args["column"]), []).append(place)
        for name, places in unlike.items():
            gone = np.zeros(len(frame), dtype=bool)
            gone[places] = True
            self._leave(stays, gone, "data.left_unlike", column=name)
        y = self._targets(frame, stays)
        x = x[stays]
        check_numbers(x, self._path, missing=True)
        self._missing = self._missing or bool(np.isnan(x).any())
        return x, {"y": y, **self._keys(frame[stays])}

    def _targets(self, frame: pd.DataFrame, stays: np.ndarray) -> np.ndarray:
        import numpy as np

        targets = self._taken.targets
        if self._order is not None:
            numbers = np.full(len(frame), -1, dtype=np.int64)
            numbers[stays] = places_of_classes(frame[targets[0]][stays], self._order)
            self._leave(stays, numbers < 0, "data.left_new_class", column=targets[0])
            known: np.ndarray = numbers[stays]
            return known
        bad = [name for name in targets if frame[name].dtype.kind not in "biuf"]
        if bad:
            raise TrainError("data.text_target", column=bad[0])
        y: np.ndarray = frame[list(targets)][stays].to_numpy(dtype=np.float64)
        check_numbers(y, self._path)
        return y

    def _keys(self, frame: pd.DataFrame) -> dict[str, np.ndarray]:
        """What the split may go by: the order, the part and the group of every row."""
        import numpy as np

        params = self._params
        found: dict[str, np.ndarray] = {}
        order = order_of(frame, params.get("order") or None, self._said)
        if order is not None:
            found["order"] = order
        parts = parts_of(frame, params.get("part") or None)
        if parts is not None:
            found["parts"] = parts
        if params.get("group"):
            texts = frame[params["group"]].map(as_text, na_action="ignore")
            # Rows that name no group are one each.
            words = [cell if isinstance(cell, str) else f"\0{row}" for row, cell in texts.items()]
            found["groups"] = np.array(
                [self._groups.setdefault(word, len(self._groups)) for word in words], dtype=np.int64
            )
        return found
