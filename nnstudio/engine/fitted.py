"""What was fitted on the training part (fill values, scales, categories, names): it belongs to the weights.

Answers are made with it, whatever the data's file holds by now; new rows are read with it when the file is gone.
"""

from __future__ import annotations

import hashlib
import json
import weakref
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nnstudio.catalog.entry import Table
from nnstudio.catalog.labels import labelled
from nnstudio.catalog.registry import node_kinds
from nnstudio.catalog.sources.columns import Column
from nnstudio.catalog.sources.sides import sides_of
from nnstudio.catalog.sources.treatments import read_as_text
from nnstudio.catalog.tables import table_of
from nnstudio.compile.program import DataPlan, Program
from nnstudio.document.errors import StudioError
from nnstudio.document.fields import OptionField
from nnstudio.document.text import Message, Text, message
from nnstudio.document.values import Params
from nnstudio.engine.runtime.scaling import ROWS_LOOKED_AT, Scaler, fit_scaler
from nnstudio.engine.splitting import rows_of

# More numbers than this of a table are not looked at to tell it from another.
LOOKED_AT, MOST_EXAMPLE, MOST_SIZE, FEW = 2**23, 5000, 2**26, 500
MANNER = ("delimiter", "decimal", "header", "encoding", "sheet", "skip", "heads", "samples", "ids", "texts")
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

    @property
    def tags(self) -> bool:
        """Whether every token of a text has a class of its own, and not the next token."""
        return bool(self.steps) and self.recipe

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
            sides=sides_of(recipe) if len(self.shape) == 1 else (),
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
        *_ends(table),
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
        _manner(plan.dataset.params),
        table.y.shape[1:] if table.classes else (),
        table.tokenizer,
    )


def _manner(params: Params) -> dict[str, str]:
    """How a file was written, as far as it was said, and which columns were read as they are written."""
    usual = {"heads": 1}
    found = {n: str(v) for n in MANNER if (v := params.get(n)) not in (None, "", 0) and v != usual.get(n)}
    texts = sorted(read_as_text(params))
    return found | ({"texts": json.dumps(texts, ensure_ascii=False)} if texts else {})


def _ends(table: Table) -> tuple[float, float]:
    """The least and the greatest number, and 0; of samples in a file those that there can be, or that some have."""
    if table.streamed and table.x.dtype == np.uint8:
        return 0.0, 255.0
    if table.streamed:
        some = table.x[:: max(1, len(table.x) // ROWS_LOOKED_AT)]
        return float(np.nanmin(some, initial=0.0)), float(np.nanmax(some, initial=0.0))
    return float(np.nanmin(table.x, initial=0.0)), float(np.nanmax(table.x, initial=0.0))


def _mark(table: Table) -> str:
    """What tells a table from another: names, shapes, and numbers from all over it."""
    found = hashlib.blake2b(digest_size=12)
    found.update(repr((table.columns, table.classes, table.targets, table.x.shape, table.y.shape)).encode())
    for array in (table.x, table.y):
        # Of a file that is larger than the memory some samples tell.
        array = array[:: max(1, len(array) // FEW)] if table.streamed and array is table.x else array
        flat = array.reshape(len(array), -1)
        step = max(1, flat.size // LOOKED_AT)
        found.update(np.ascontiguousarray(flat[::step]).tobytes())
    return found.hexdigest()


@dataclass(frozen=True)
class Trained:
    """A network with its weights and what they were fitted with; ``whole`` says whether its data is there, and goes in
    as it did, ``reason`` why not.
    """

    program: Program
    weights: Mapping[str, np.ndarray]
    known: Fitted
    whole: bool = True
    reason: str = "fitted.gone"

    @property
    def note(self) -> Message | None:
        """What the data has otherwise by now."""
        return otherwise(self.known, self.program) if self.whole else message(self.reason)


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
