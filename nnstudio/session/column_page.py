"""What the page of a table's columns shows: what was found in the file, what becomes of it, which rows stay and in
which part. Worked out beside the window.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnstudio.catalog.registry import family
from nnstudio.catalog.sources.columns import Column, encode
from nnstudio.catalog.sources.judged import Judged, judge, proposed
from nnstudio.catalog.sources.number_words import CURRENCY
from nnstudio.catalog.sources.second_file import read_rows
from nnstudio.catalog.sources.sheets import sheets_of
from nnstudio.catalog.sources.sides import LENGTH, cut_of, is_apart
from nnstudio.catalog.sources.tables import Read
from nnstudio.catalog.sources.taking import Taken, take
from nnstudio.catalog.sources.tall_looking import is_tall, looked, looked_note
from nnstudio.catalog.sources.telling import check_cells, told
from nnstudio.catalog.sources.tokenizing import CHARACTERS, WORDS
from nnstudio.catalog.sources.treatments import (
    IGNORE,
    INPUT,
    ORDER,
    SINGLE,
    TARGET,
    TEXT,
    Treatment,
    plain_treatments,
    roles_of,
    targets_of,
    treatments_of,
)
from nnstudio.catalog.tables import split_of
from nnstudio.document.errors import TrainError
from nnstudio.document.text import Message
from nnstudio.document.values import Params
from nnstudio.resources import resource

if TYPE_CHECKING:
    import pandas as pd

# So many rows are looked at first, so that there is a page at once; and of them so many are shown as they go in.
SAMPLE_ROWS, SHOWN = 2000, 8


@dataclass(frozen=True)
class Found:
    """A table as it was read and judged; ``whole`` says whether all rows were, or of ``rows`` of a long one enough."""

    read: Read
    judged: tuple[Judged, ...]
    target: str
    whole: bool
    # The tables that the file holds, where they are several.
    sheets: tuple[str, ...] = ()
    rows: int = 0

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(one.name for one in self.judged)


def look(path: Path, params: Params, rows: int | None = None) -> Found:
    """Read a table, or its first ``rows``, and judge its columns.

    Raises:
        TrainError: it cannot be read.
    """
    count = 0
    if rows is None and is_tall(path, params):
        some = looked(path, params)
        read, count = looked_note(some), some.store.rows
    else:
        read = read_rows(path, params, rows)
    names = [str(name) for name in read.frame.columns]
    targets = targets_of(names, {**params, "targets": tuple(t for t in params["targets"] if t in names)})
    target = targets[0] if targets else ""
    judged = judge(read.frame, read.crowded, target, _units(read))
    return Found(read, judged, target, rows is None or len(read.frame) < rows, sheets_of(path), count)


def _units(read: Read) -> dict[str, str]:
    """What numbers were written with: a currency, or per cent."""
    found = {}
    for note in read.notes:
        if note.key == "data.numbers_said":
            marks = [mark for mark in str(note.args["text"]) if mark in CURRENCY or mark in "%％"]
            if marks:
                found[str(note.args["column"])] = marks[0].replace("％", "%")
    return found


def judged_again(found: Found, target: str) -> Found:
    """The same after another target was chosen: others may tell it."""
    judged = judge(found.read.frame, found.read.crowded, target, _units(found.read))
    return replace(found, judged=judged, target=target)


@dataclass(frozen=True)
class Outcome:
    """What becomes of a table by its settings. ``parts`` are the rows of training, validation and test, ``features``
    what goes in of each column, ``shown`` the first rows of it; ``reason`` says why nothing can become of it.
    """

    used: int = 0
    left: tuple[tuple[Message, int], ...] = ()
    notes: tuple[Message, ...] = ()
    columns: tuple[Column, ...] = ()
    out: tuple[str, ...] = ()
    parts: tuple[int, int, int] = (0, 0, 0)
    classes: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    raw: tuple[tuple[str, ...], ...] = ()
    shown: tuple[tuple[float, ...], ...] = ()
    reason: Message | None = None

    @property
    def features(self) -> int:
        """How many numbers go in, in the row that the Data node gives."""
        return sum(column.size for column in self.columns if not is_apart(column))

    @property
    def apart(self) -> tuple[Column, ...]:
        """The columns that are inputs of their own."""
        return tuple(column for column in self.columns if is_apart(column))


def outcome(found: Found, params: Params, data: Mapping[str, Any]) -> Outcome:
    """Work out what becomes of a table; ``data`` are the settings of the Data node that part the rows.

    Raises:
        TrainError: nothing can become of it.
    """
    if data["folds"] and data["fold"] > data["folds"]:
        raise TrainError("data.fold", folds=data["folds"], fold=data["fold"])
    frame = found.read.frame
    taken = take(frame, params, found.read.crowded)
    check_cells(taken, params["path"])
    classes, y = told(taken, params["target_kind"], params["path"])
    labels = y if classes else None
    split = split_of(data)
    keys = {"ordered": taken.order, "grouped": taken.groups, "given": taken.parts}.get(split.kind)
    rows = split.parts(len(taken.frame), labels, keys)
    parts, taken = [len(part) for part in rows], taken.refitted(rows[0])
    kept = {column.name for column in taken.columns}
    roles = roles_of(found.names, params)
    out = tuple(
        name for name in found.names if name not in kept and roles[name] not in (TARGET, "group", "order", "part")
    )
    first = taken.frame.iloc[:SHOWN]
    return Outcome(
        len(taken.frame),
        taken.left,
        taken.notes,
        taken.columns,
        out,
        (parts[0], parts[1], parts[2]),
        classes,
        taken.targets,
        _raw(frame, taken, first.index),
        tuple(tuple(float(v) for v in row) for row in encode(first, taken.columns, {})),
    )


def _raw(frame: pd.DataFrame, taken: Taken, rows: Any) -> tuple[tuple[str, ...], ...]:
    """The cells that the first rows are made of, as they stand in the file."""
    names = [column.name for column in taken.columns]
    return tuple(
        tuple("" if cell is None or cell != cell else str(cell) for cell in row)
        for row in frame.loc[rows, names].itertuples(index=False)
    )


def with_role(params: Params, names: tuple[str, ...], name: str, role: str) -> Params:
    """Return settings by which a column has another role; of a role that one column has, another gives it up."""
    roles = roles_of(names, params)
    several = len(targets_of(names, params)) > 1
    if role == TARGET and not several:
        roles.update({other: INPUT for other, was in roles.items() if was == TARGET})
    elif role in SINGLE.values():
        roles.update({other: IGNORE for other, was in roles.items() if was == role})
    roles[name] = role
    return with_roles(params, names, roles)


def with_roles(params: Params, names: tuple[str, ...], roles: Mapping[str, str]) -> Params:
    """Return settings by which columns have these roles."""
    targets = tuple(other for other in names if roles[other] == TARGET)
    # A column that says the order may be learnt from as well.
    before = roles_of(names, params)
    too = {other for other in params["columns"] if roles.get(other) == before[other] == ORDER}
    inputs = tuple(other for other in names if roles[other] == INPUT or other in too)
    changed: dict[str, Any] = {
        setting: next((other for other in names if roles[other] == role), "") for setting, role in SINGLE.items()
    }
    others = {changed[setting] for setting in SINGLE}
    every = tuple(other for other in names if other not in targets and other not in others)
    changed["targets"] = targets
    # None chosen means all: where nothing is to be learnt from, the targets stand there, which never are.
    changed["columns"] = () if inputs == every else inputs or targets
    return Params({**params, **changed})


def with_texts(params: Params, names: tuple[str, ...], kinds: Mapping[str, str]) -> Params:
    """Return settings in which texts that are learnt from go in: as words, or as characters without the library."""
    known = treatments_of(params)
    for name, kind in kinds.items():
        if (
            kind == TEXT
            and roles_of(names, params).get(name) == INPUT
            and not cut_of(known.get(name, Treatment()).treat)[1]
        ):
            cut = WORDS if find_spec("tokenizers") else CHARACTERS
            known[name] = replace(known.get(name, Treatment()), kind=TEXT, treat=f"{cut} {LENGTH}")
    return params.with_value("treatments", plain_treatments(known))


def with_proposals(params: Params, found: Found) -> Params:
    """Return settings in which what had better not be learnt from is left out, as long as nothing else is said."""
    if params["columns"] or any(params[setting] for setting in SINGLE):
        return params
    roles = roles_of(found.names, params)
    better = proposed(found.judged, found.target)
    kept = [name for name in found.names if {**roles, **better}[name] == INPUT]
    return with_roles(params, found.names, {**roles, **better}) if kept else params


def outline(features: int, classes: int, values: int) -> tuple[tuple[int, ...], Any]:
    """Return the sizes of the layers of the network that would be suggested for rows of numbers, and its loss."""
    sizes, loss = _template("classes" if classes else "values")
    return (features, *sizes, classes or values), family("losses")[loss].title


@cache
def _template(told: str) -> tuple[tuple[int, ...], str]:
    """The sizes of the hidden layers of a suggested network, and its loss; a shipped file is read once."""
    from nnstudio.document import storage

    document, _ = storage.load(resource("suggestions", f"features-{told}.nns"))
    sizes = [node.params["units"] for node in document.nodes if "units" in node.params]
    loss = next(node.params["loss"] for node in document.nodes if "loss" in node.params)
    return tuple(sizes[:-1]), loss.kind
