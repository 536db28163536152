"""The student's own table: CSV, TSV, Excel, Parquet, SQLite, or arrays that are rows of numbers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from nnstudio.catalog.entry import Dataset, Table
from nnstudio.catalog.manner_fields import MANNER_FIELDS
from nnstudio.catalog.own_data import FINGERPRINT, KEEP_COPY, file_field, located
from nnstudio.catalog.sources import array_table
from nnstudio.catalog.sources.arrays import check_numbers
from nnstudio.catalog.sources.columns import encode
from nnstudio.catalog.sources.files import LOADING
from nnstudio.catalog.sources.second_file import read_rows
from nnstudio.catalog.sources.sides import refused_pictures, sides_of
from nnstudio.catalog.sources.taking import Taken, take
from nnstudio.catalog.sources.tall_looking import is_tall
from nnstudio.catalog.sources.tall_tables import tall_rows
from nnstudio.catalog.sources.telling import fill_of, left_notes, told
from nnstudio.catalog.sources.treatments import FILE_COLUMN, PICTURE, TOKENS
from nnstudio.document.errors import TrainError
from nnstudio.document.fields import ColumnsField, NamesField, OptionField, TextField
from nnstudio.document.text import Message, Text
from nnstudio.document.values import Params

PATTERNS = "*.csv *.tsv *.txt *.xlsx *.xlsm *.parquet *.sqlite *.db *.npz"


def _make(params: Params) -> Table:
    import numpy as np

    path, notes = located(params)
    if params["test_file"] and not params["part"]:
        params = params.with_value("part", FILE_COLUMN)
    if is_tall(path, params):
        return _tall(path, params, notes)
    read = read_rows(path, params)
    taken = take(read.frame, params, read.crowded)
    targets, columns = taken.targets, taken.columns
    odd: dict[int, TrainError] = {}
    x = encode(
        taken.frame, columns, odd, LOADING.advance if any(c.kind == PICTURE for c in columns) else lambda share: None
    )
    if odd:
        places = refused_pictures(odd)
        if len(places) == len(x):
            raise odd[places[0]]
        taken = taken.without(places, odd[places[0]].message)
        x = np.delete(x, places, axis=0)
    check_numbers(x, path, missing=True)
    classes, y = told(taken, params["target_kind"], path)
    notes = (*notes, *read.notes, *left_notes(taken.left, len(read.frame), len(taken.frame)))
    whole = Table(
        tuple(name for column in columns for name in column.features),
        x,
        y,
        classes,
        targets,
        notes=(*notes, *taken.notes),
        recipe=columns,
        fill=fill_of(taken, bool(np.isnan(x).any()), params["missing"]),
        scales=taken.scales if any(taken.scales) else (),
        groups=taken.groups,
        order=taken.order,
        parts=taken.parts,
        sides=sides_of(columns),
    )
    if any(column.kind == TOKENS for column in columns):
        return replace(whole, refit=lambda rows: _refitted(whole, taken.refitted(rows), notes))
    return whole


def _tall(path: Path, params: Params, notes: tuple[Message, ...]) -> Table:
    """A table that is too long for the memory."""
    rows = tall_rows(path, params)
    taken, columns = rows.taken, rows.taken.columns
    return Table(
        tuple(name for column in columns for name in column.features),
        rows.x,
        rows.y,
        rows.classes,
        taken.targets,
        notes=(*notes, *rows.notes, *left_notes(rows.left, rows.rows, len(rows.y)), *taken.notes),
        recipe=columns,
        fill=fill_of(taken, rows.missing, params["missing"]),
        scales=taken.scales if any(taken.scales) else (),
        groups=rows.keys.get("groups"),
        order=rows.keys.get("order"),
        parts=rows.keys.get("parts"),
        sides=sides_of(columns),
    )


def _refitted(table: Table, taken: Taken, notes: tuple[Message, ...]) -> Table:
    """The same table with its texts cut by other tokenizers."""
    x = table.x.copy()
    start = 0
    for column in taken.columns:
        if column.kind == TOKENS:
            x[:, start : start + column.size] = encode(taken.frame, (column,))
        start += column.size
    sides = sides_of(taken.columns)
    return replace(table, x=x, notes=(*notes, *taken.notes), recipe=taken.columns, sides=sides, refit=None)


def _reads(path: Path) -> bool:
    return path.suffix.lower() != array_table.ENDING or array_table.is_array_table(path)


def _begins_with(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    return array_table.begins_with(path) if path.suffix.lower() == array_table.ENDING else ({}, {})


ENTRY = Dataset(
    id="table_file",
    title=Text("Table file (CSV, Excel)"),
    help=Text(
        "Rows of your own: CSV, TSV or Excel. Text columns become categories; the last column is the target unless you "
        "say otherwise."
    ),
    fields=(
        file_field(
            Text("File"),
            Text("The table to learn from."),
            patterns=PATTERNS,
        ),
        NamesField(
            name="targets",
            title=Text("Target", about="column"),
            default=(),
            kind="columns",
            help=Text("The column to be predicted; none chosen takes the last."),
        ),
        NamesField(
            name="columns",
            title=Text("Columns"),
            default=(),
            kind="columns",
            help=Text("The columns to learn from; none chosen takes all others."),
        ),
        TextField(
            name="group",
            title=Text("Group column"),
            default="",
            maximum=4096,
            kind="column",
            advanced=True,
            help=Text("Rows that belong together: no group is in two parts when the split is grouped."),
        ),
        TextField(
            name="order",
            title=Text("Order column"),
            default="",
            maximum=4096,
            kind="column",
            advanced=True,
            help=Text("A date or a number by which rows follow each other: split in order, the newest are held aside."),
        ),
        TextField(
            name="part",
            title=Text("Part column"),
            default="",
            maximum=4096,
            kind="column",
            advanced=True,
            help=Text("Says of each row whether it is for training, validation or test."),
        ),
        TextField(
            name="test_file",
            title=Text("Test part from a file"),
            default="",
            maximum=4096,
            kind="file",
            patterns=PATTERNS,
            advanced=True,
            help=Text("A second table with the same columns: its rows are the test part, split as a column says."),
        ),
        TextField(
            name="ids",
            title=Text("Id column"),
            default="",
            maximum=4096,
            kind="column",
            advanced=True,
            help=Text("What the rows are called: nothing is learnt from it."),
        ),
        ColumnsField(
            name="treatments",
            title=Text("Page of the columns"),
            default=(),
            editor="columns",
            help=Text("What single columns hold and how they go in; the page of the columns sets it."),
        ),
        OptionField(
            name="target_kind",
            title=Text("Target is"),
            default="auto",
            options=(("auto", Text("found out")), ("classes", Text("classes")), ("values", Text("values"))),
            help=Text("Few whole numbers and texts are classes, other numbers are values."),
        ),
        OptionField(
            name="missing",
            title=Text("Missing values"),
            default="drop",
            options=(
                ("drop", Text("leave the row out")),
                ("mean", Text("the mean")),
                ("most_frequent", Text("the most frequent value")),
            ),
            help=Text(
                "What stands for an empty cell; means are taken from the training part only. A missing text is a "
                "category of its own."
            ),
        ),
        *MANNER_FIELDS,
        KEEP_COPY,
        FINGERPRINT,
    ),
    make=_make,
    cuts_text=True,
    reads=_reads,
    begins_with=_begins_with,
    order=90,
)
