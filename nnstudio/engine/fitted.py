"""What was fitted on the training part (fill values, scales, categories, names): it belongs to the weights.

Answers are made with it, whatever the data's file holds by now; new rows are read with it when the file is gone.
"""

from __future__ import annotations

import contextlib
import hashlib
import math
import weakref
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nnstudio.catalog.entry import Table
from nnstudio.catalog.labels import labelled
from nnstudio.catalog.registry import node_kinds
from nnstudio.catalog.sources.columns import Column
from nnstudio.catalog.sources.date_forms import FORMS
from nnstudio.catalog.sources.dates import PARTS
from nnstudio.catalog.sources.tokenizing import cutter
from nnstudio.catalog.sources.treatments import DATE, FLAG, LOG, ORDERED, TOKENS
from nnstudio.catalog.tables import table_of
from nnstudio.compile.program import DataPlan, Program
from nnstudio.document.errors import StudioError, TrainError
from nnstudio.document.fields import OptionField
from nnstudio.document.text import Message, Text, message
from nnstudio.engine.runtime.data import Scaler, fit_scaler
from nnstudio.engine.splitting import rows_of

# More numbers than this of a table are not looked at to tell it from another.
LOOKED_AT, MOST_EXAMPLE, MOST_SIZE = 2**23, 5000, 2**26
MANNER = ("delimiter", "decimal", "header", "encoding", "sheet", "skip", "heads", "samples", "ids")
# What of the preparation is a setting: what it is called, as the Data node says it.
SETTINGS = {
    "scaling": Text("Scaling"),
    "target_scaling": Text("Target scaling"),
    "validation": Text("Validation share"),
    "test": Text("Test share"),
    "split": Text("Split"),
    "split_seed": Text("Split seed"),
    "folds": Text("Folds"),
    "fold": Text("Fold"),
}
# What they were where a file does not say them yet.
BEFORE = {"test": 0.0, "folds": 0, "fold": 1}


@dataclass(frozen=True)
class Fitted:
    """``shape`` is that of a raw sample, ``columns`` what its cells are called (with their categories), ``recipe``
    whether a table of cells becomes features by them. ``scaler`` prepares samples (None: tokens), ``unit`` brings
    answers back to the target's own unit. ``pixels`` says that samples are bytes, ``low`` and ``top`` are the least and
    the largest number seen.
    ``settings`` is how the Data node was set, ``rows`` and ``mark`` tell the data from others.
    """

    shape: tuple[int, ...]
    columns: tuple[Column, ...]
    recipe: bool
    tokens: int
    pixels: bool
    low: float
    top: float
    fill: str | tuple[str, ...]
    scaler: Scaler | None
    unit: Scaler | None
    classes: tuple[str, ...]
    targets: tuple[str, ...]
    rows: int
    mark: str
    axes: str = ""
    labels: str = ""
    example: tuple[float, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    # How its file was written, as far as the student said it: delimiter, decimal mark, sheet, name of an array …
    manner: Mapping[str, str] = field(default_factory=dict)
    # How many steps of a sample have a class each; () where a sample has one.
    steps: tuple[int, ...] = ()
    # What cuts text into tokens (``catalog.sources.tokenizing``).
    tokenizer: str = ""

    def table(self) -> Table:
        """Return a table of the same form with one row of zeros: what a network means can be worked out with it."""
        x = np.zeros((1, *self.shape), dtype=np.uint8 if self.pixels else np.float64)
        y = np.zeros((1, *self.steps), dtype=np.int64) if self.classes else np.zeros((1, len(self.targets)))
        features = self.recipe or len(self.shape) == 1
        names = tuple(feature for column in self.columns for feature in column.features) if features else ()
        recipe = self.columns if self.recipe else ()
        return Table(
            names,
            x,
            y,
            self.classes,
            self.targets,
            self.axes,
            self.tokens,
            1,
            None,
            self.fill,
            (),
            recipe,
        )


# The last one, with the table that it was fitted to: a run's data is fitted once.
_last: list[tuple[DataPlan, weakref.ref[Table], Fitted]] = []


def fitted(program: Program) -> Fitted:
    """Return what a program's preparation is fitted to, on the training part of its data as it is now.

    Raises:
        StudioError: the data cannot be read.
    """
    read = table_of(program.data.dataset)
    for plan, which, known in _last:
        if plan == program.data and which() is read:
            return known
    found = _fit(program.data, read)
    _last[:] = [(program.data, weakref.ref(read), found)]
    return found


def _fit(plan: DataPlan, read: Table) -> Fitted:
    table = labelled(read, plan.labels)
    y = table.y.reshape(len(table.y), -1)
    rows = rows_of(plan, table)[0]
    scaler = None if plan.tokens else fit_scaler(table.x, rows, plan.scaling, plan.scale_axis, plan.fill)
    unit = fit_scaler(y, rows, plan.target_scaling, 1, "") if plan.undo else None
    columns = table.recipe or tuple(Column(name) for name in table.columns)
    size = int(np.prod(table.x.shape[1:]))
    first = np.asarray(table.x[0], dtype=np.float64).reshape(-1) if size <= MOST_EXAMPLE else np.zeros(0)
    return Fitted(
        tuple(int(n) for n in table.x.shape[1:]),
        columns,
        bool(table.recipe),
        table.tokens,
        table.x.dtype == np.uint8,
        float(np.nanmin(table.x, initial=0.0)),
        float(np.nanmax(table.x, initial=0.0)),
        plan.fill,
        scaler,
        unit,
        plan.classes,
        plan.target_columns,
        len(table.x),
        _mark(read),
        table.axes,
        plan.labels,
        tuple(float(v) for v in first),
        {name: getattr(plan, name) for name in SETTINGS},
        {name: str(value) for name in MANNER if (value := plan.dataset.params.get(name)) not in (None, "", 0, 1)},
        table.y.shape[1:] if table.classes else (),
        table.tokenizer,
    )


def _mark(table: Table) -> str:
    """What tells a table from another: names, shapes, and numbers from all over it."""
    found = hashlib.blake2b(digest_size=12)
    found.update(repr((table.columns, table.classes, table.targets, table.x.shape, table.y.shape)).encode())
    for array in (table.x, table.y):
        flat = array.reshape(len(array), -1)
        step = max(1, flat.size // LOOKED_AT)
        found.update(np.ascontiguousarray(flat[::step]).tobytes())
    return found.hexdigest()


@dataclass(frozen=True)
class Trained:
    """A network with its weights and what they were fitted with; ``whole`` says whether its data is there."""

    program: Program
    weights: Mapping[str, np.ndarray]
    known: Fitted
    whole: bool = True

    @property
    def note(self) -> Message | None:
        """What the data has otherwise by now."""
        return otherwise(self.known, self.program) if self.whole else message("fitted.gone")


def _said(setting: str, value: Any) -> Any:
    """A value of the preparation as the form of the Data node calls it."""
    if isinstance(value, tuple):
        return Text("as said of each column")
    kinds = (kind for kind in node_kinds().values() if kind.role == "data")
    fields = [spec for kind in kinds for spec in kind.fields if spec.name == setting]
    options = {name: title for spec in fields if isinstance(spec, OptionField) for name, title in spec.options}
    return options.get(value, value)


def otherwise(known: Fitted, program: Program) -> Message | None:
    """Return what the data of the present network has otherwise than the data that the weights learnt from; None where
    it is the same, or cannot be read.
    """
    for name, title in SETTINGS.items():
        if known.settings.get(name) != getattr(program.data, name):
            then, now = known.settings.get(name), getattr(program.data, name)
            return message("fitted.setting", setting=title, then=_said(name, then), now=_said(name, now))
    try:
        table = table_of(program.data.dataset)
    except StudioError:
        # It is said where the data is.
        return None
    if _mark(table) == known.mark:
        return None
    if len(table.x) != known.rows:
        return message("fitted.rows", then=known.rows, now=len(table.x))
    return message("fitted.values")


# -- as plain values, for files -----------------------------------------------------------------


def to_plain(known: Fitted) -> dict[str, Any]:
    """Return it as JSON values."""
    return {
        "shape": list(known.shape),
        "columns": [_column_plain(column) for column in known.columns],
        "recipe": known.recipe,
        "tokens": known.tokens,
        "pixels": known.pixels,
        "low": known.low,
        "top": known.top,
        "fill": list(known.fill) if isinstance(known.fill, tuple) else known.fill,
        "scaler": _scaler_plain(known.scaler),
        "unit": _scaler_plain(known.unit),
        "classes": list(known.classes),
        "targets": list(known.targets),
        "rows": known.rows,
        "mark": known.mark,
        "axes": known.axes,
        "labels": known.labels,
        "example": [v if math.isfinite(v) else None for v in known.example],
        "settings": {name: list(v) if isinstance(v, tuple) else v for name, v in known.settings.items()},
        "manner": dict(known.manner),
        **({"steps": list(known.steps)} if known.steps else {}),
        **({"tokenizer": known.tokenizer} if known.tokenizer else {}),
    }


def _column_plain(column: Column) -> dict[str, Any]:
    """A column by what is not usual of it."""
    plain: dict[str, Any] = {"name": column.name, "categories": list(column.categories)}
    if column.kind:
        plain["kind"] = column.kind
    if column.parts:
        plain |= {"parts": list(column.parts), "form": column.form}
    if column.width:
        plain |= {"form": column.form, "width": column.width}
    return plain


def _column(plain: Any) -> Column:
    """Read it strictly: what new rows become goes by it."""
    kind, parts = _text(plain.get("kind", "")), tuple(map(_text, plain.get("parts", ())))
    if kind == TOKENS:
        width = _whole(plain["width"])
        if width > MOST_EXAMPLE or plain["categories"] or parts:
            raise ValueError(kind)
        return Column(_text(plain["name"]), (), kind, (), _tokenizer(plain["form"]), width)
    column = Column(
        _text(plain["name"]), tuple(map(_text, plain["categories"])), kind, parts, _text(plain.get("form", ""))
    )
    texts = kind in (ORDERED, FLAG)
    if kind not in ("", LOG, ORDERED, FLAG, DATE) or not set(parts) <= set(PARTS):
        raise ValueError(kind)
    if (texts != bool(column.categories) and kind) or (kind == DATE) != bool(parts) or column.form not in ("", *FORMS):
        raise ValueError(column.name)
    return column


def _words(value: Any, most: int) -> str | tuple[str, ...]:
    """One word, or one for each of some features."""
    if isinstance(value, list):
        if len(value) != most:
            raise ValueError(value)
        return tuple(map(_text, value))
    return _text(value)


def _scaler_plain(scaler: Scaler | None) -> dict[str, Any] | None:
    if scaler is None:
        return None
    found: dict[str, Any] = {}
    for name in ("fill", "shift", "spread"):
        array = getattr(scaler, name)
        if array is None:
            found[name] = None
            continue
        # A fill value that there is none of.
        values = [v if math.isfinite(v) else None for v in array.reshape(-1).tolist()]
        found[name] = {"shape": list(array.shape), "values": values}
    return found


def from_plain(plain: Any) -> Fitted | None:
    """Read it; a file may be anyone's: None where it is not whole."""
    try:
        shape = tuple(_whole(n) for n in plain["shape"])
        if math.prod(shape) > MOST_SIZE:
            return None
        columns = tuple(map(_column, plain["columns"]))
        features = sum(len(column.features) for column in columns)
        # Of a sequence every step has the columns.
        if plain["recipe"] and (len(shape) not in (1, 2) or features != shape[-1]):
            return None
        classes, targets = tuple(map(_text, plain["classes"])), tuple(map(_text, plain["targets"]))
        unit = _scaler(plain["unit"], (1, len(targets)))
        settings = {name: plain["settings"].get(name, BEFORE.get(name)) for name in SETTINGS}
        settings["scaling"] = _words(settings["scaling"], features)
        if not all(isinstance(value, str | int | float | tuple) for value in settings.values()):
            return None
        return Fitted(
            shape,
            columns,
            bool(plain["recipe"]),
            _whole(plain["tokens"], 0),
            bool(plain["pixels"]),
            _number(plain["low"]),
            _number(plain["top"]),
            _words(plain["fill"], features),
            _scaler(plain["scaler"], (1, *shape)),
            unit,
            classes,
            targets,
            _whole(plain["rows"], 0),
            _text(plain["mark"]),
            _text(plain["axes"]),
            _text(plain["labels"]),
            tuple(math.nan if v is None else _number(v) for v in plain["example"]),
            settings,
            {name: _text(value) for name, value in plain["manner"].items() if name in MANNER},
            _steps(plain.get("steps", ()), shape),
            _tokenizer(plain.get("tokenizer", "")),
        )
    except (TypeError, KeyError, ValueError, AttributeError, OverflowError):
        return None


def _whole(value: Any, least: int = 1) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= 2**40:
        raise ValueError(value)
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(value)
    return float(value)


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > 10_000:
        raise ValueError(value)
    return value


def _steps(plain: Any, shape: tuple[int, ...]) -> tuple[int, ...]:
    """How many steps of a sample have a class each: all of them, or none."""
    found = tuple(_whole(n) for n in plain)
    if found not in ((), shape[:1]):
        raise ValueError(plain)
    return found


def _tokenizer(plain: Any) -> str:
    if not isinstance(plain, str):
        raise ValueError(plain)
    if plain:
        with contextlib.suppress(TrainError):
            # A library that is missing here is no fault of the file.
            cutter(plain)
    return plain


def _scaler(plain: Any, whole: tuple[int, ...]) -> Scaler | None:
    if plain is None:
        return None
    found: dict[str, np.ndarray | None] = {}
    for name in ("fill", "shift", "spread"):
        part = plain[name]
        if part is None and name == "fill":
            found[name] = None
            continue
        holes = name == "fill"
        values = [math.nan if v is None and holes else _number(v) for v in part["values"]]
        array = np.array(values).reshape([_whole(n) for n in part["shape"]])
        # It has to go over every sample: as long as the sample's axes, or 1.
        np.broadcast_shapes(array.shape, whole)
        if array.ndim != len(whole) or any(a not in (1, b) for a, b in zip(array.shape, whole, strict=True)):
            raise ValueError(name)
        found[name] = array
    shift, spread = found["shift"], found["spread"]
    if shift is None or spread is None or not (spread > 0).all():
        raise ValueError("spread")
    return Scaler(found["fill"], shift, spread)
