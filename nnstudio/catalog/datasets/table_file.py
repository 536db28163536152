"""The student's own table: CSV, TSV or Excel."""

from __future__ import annotations

from nnstudio.catalog.entry import Dataset, Table
from nnstudio.catalog.own_data import FINGERPRINT, KEEP_COPY, file_field, located
from nnstudio.catalog.sources.arrays import check_numbers
from nnstudio.catalog.sources.columns import are_classes, class_numbers, encode, plan
from nnstudio.catalog.sources.many_texts import MOST
from nnstudio.catalog.sources.tables import Manner, read_table
from nnstudio.document.errors import TrainError
from nnstudio.document.fields import NamesField, OptionField, TextField
from nnstudio.document.text import Text, message
from nnstudio.document.values import Params

AUTO = ("", Text("found out"))


def _make(params: Params) -> Table:
    import numpy as np

    path, notes = located(params)
    read = read_table(path, Manner.of(params))
    frame, notes = read.frame, (*notes, *read.notes)
    names = [str(name) for name in frame.columns]
    targets = params["targets"] or (names[-1],)
    absent = [name for name in (*targets, *params["columns"]) if name not in names]
    if absent:
        raise TrainError("data.no_column", columns=", ".join(absent[:5]), there=", ".join(names[:12]))
    features = tuple(name for name in (params["columns"] or names) if name not in targets)
    if not features:
        raise TrainError("data.no_features")
    kept = frame.dropna(subset=list(targets))
    if params["missing"] == "drop":
        kept = kept.dropna(subset=list(features))
    if len(kept) < len(frame):
        notes = (*notes, message("data.dropped", count=len(frame) - len(kept), rows=len(frame)))
    if not len(kept):
        raise TrainError("data.nothing_left")
    columns, more = plan(kept, features, read.crowded)
    if not columns:
        raise TrainError("data.no_features")
    x = encode(kept, columns)
    check_numbers(x, path, missing=True)
    fill = params["missing"] if np.isnan(x).any() else ""
    labels = tuple(name for column in columns for name in column.features)
    if targets[0] in read.crowded:
        raise TrainError("data.too_many_classes", column=targets[0], count=MOST)
    if are_classes(kept[targets[0]], params["target_kind"]):
        if len(targets) > 1:
            raise TrainError("data.one_class_column")
        classes, y = class_numbers(kept[targets[0]])
        if len(classes) < 2:
            raise TrainError("data.one_class", column=targets[0])
        if len(classes) > max(1000, len(kept) // 2):
            raise TrainError("data.too_many_classes", column=targets[0], count=len(classes))
        return Table(labels, x, y, classes, (targets[0],), notes=(*notes, *more), recipe=columns, fill=fill)
    bad = [name for name in targets if kept[name].dtype.kind not in "biuf"]
    if bad:
        raise TrainError("data.text_target", column=bad[0])
    y = kept[list(targets)].to_numpy(dtype=np.float64)
    check_numbers(y, path)
    return Table(labels, x, y, (), tuple(targets), notes=(*notes, *more), recipe=columns, fill=fill)


ENTRY = Dataset(
    id="table_file",
    title=Text("Table file (CSV, Excel)"),
    help=Text(
        "Rows of your own: CSV, TSV or Excel. Text columns become categories; the last column is the target unless you "
        "say otherwise."
    ),
    fields=(
        file_field(Text("File"), Text("The table to learn from."), patterns="*.csv *.tsv *.txt *.xlsx *.xlsm"),
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
        OptionField(
            name="delimiter",
            title=Text("Delimiter"),
            default="",
            advanced=True,
            options=(AUTO, (",", Text("comma")), (";", Text("semicolon")), ("\t", Text("tab")), ("|", Text("bar |"))),
            help=Text("What parts the cells of a row."),
        ),
        OptionField(
            name="decimal",
            title=Text("Decimal mark"),
            default="",
            advanced=True,
            options=(AUTO, (".", Text("point")), (",", Text("comma"))),
            help=Text("What parts whole and fraction."),
        ),
        OptionField(
            name="header",
            title=Text("First row"),
            default="",
            advanced=True,
            options=(AUTO, ("yes", Text("names")), ("no", Text("numbers already"))),
            help=Text("Whether the first row holds the names of the columns."),
        ),
        OptionField(
            name="encoding",
            title=Text("Encoding"),
            default="",
            advanced=True,
            options=(
                AUTO,
                ("utf-8", Text("UTF-8")),
                ("gb18030", Text("GB18030 / GBK")),
                ("utf-16", Text("UTF-16")),
                ("latin-1", Text("Latin-1")),
            ),
            help=Text("How letters are written as bytes."),
        ),
        TextField(
            name="sheet",
            title=Text("Sheet"),
            default="",
            maximum=200,
            advanced=True,
            help=Text("Of an Excel file; empty takes the first."),
        ),
        KEEP_COPY,
        FINGERPRINT,
    ),
    make=_make,
    order=90,
)
