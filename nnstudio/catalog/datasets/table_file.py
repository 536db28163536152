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

AUTO = ("", Text("found out", "自动"))


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
    title=Text("Table file (CSV, Excel)", "表格文件（CSV、Excel）"),
    help=Text("Rows of your own: CSV, TSV or Excel. Text columns become categories; the last column is the target unless you say otherwise.",
              "自己的数据：CSV、TSV 或 Excel。文字列变为类别；除非另行指定，最后一列为目标。"),
    fields=(
        file_field(Text("File", "文件"), Text("The table to learn from.", "用于学习的表格。"), patterns="*.csv *.tsv *.txt *.xlsx *.xlsm"),
        NamesField(name="targets", title=Text("Target", "目标列"), default=(), kind="columns",
                   help=Text("The column to be predicted; none chosen takes the last.", "要预测的列；不选则取最后一列。")),
        NamesField(name="columns", title=Text("Columns", "特征列"), default=(), kind="columns",
                   help=Text("The columns to learn from; none chosen takes all others.", "用于学习的列；不选则取其余全部。")),
        OptionField(name="target_kind", title=Text("Target is", "目标类型"), default="auto",
                    options=(("auto", Text("found out", "自动")), ("classes", Text("classes", "类别")), ("values", Text("values", "数值"))),
                    help=Text("Few whole numbers and texts are classes, other numbers are values.", "少量整数和文字视为类别，其他数字视为数值。")),
        OptionField(name="missing", title=Text("Missing values", "缺失值"), default="drop",
                    options=(("drop", Text("leave the row out", "去掉该行")), ("mean", Text("the mean", "平均值")),
                             ("most_frequent", Text("the most frequent value", "最常见的值"))),
                    help=Text("What stands for an empty cell; means are taken from the training part only. A missing text is a category of its own.",
                              "空单元格的替代值；平均值只由训练部分计算。缺失的文字自成一类。")),
        OptionField(name="delimiter", title=Text("Delimiter", "分隔符"), default="", advanced=True,
                    options=(AUTO, (",", Text("comma", "逗号")), (";", Text("semicolon", "分号")), ("\t", Text("tab", "制表符")), ("|", Text("bar |", "竖线 |"))),
                    help=Text("What parts the cells of a row.", "一行中单元格的分隔符。")),
        OptionField(name="decimal", title=Text("Decimal mark", "小数点"), default="", advanced=True,
                    options=(AUTO, (".", Text("point", "点")), (",", Text("comma", "逗号"))),
                    help=Text("What parts whole and fraction.", "整数与小数的分隔符。")),
        OptionField(name="header", title=Text("First row", "首行"), default="", advanced=True,
                    options=(AUTO, ("yes", Text("names", "列名")), ("no", Text("numbers already", "已是数据"))),
                    help=Text("Whether the first row holds the names of the columns.", "首行是否为列名。")),
        OptionField(name="encoding", title=Text("Encoding", "编码"), default="", advanced=True,
                    options=(AUTO, ("utf-8", Text("UTF-8", "UTF-8")), ("gb18030", Text("GB18030 / GBK", "GB18030 / GBK")),
                             ("utf-16", Text("UTF-16", "UTF-16")), ("latin-1", Text("Latin-1", "Latin-1"))),
                    help=Text("How letters are written as bytes.", "文字的字节编码。")),
        TextField(name="sheet", title=Text("Sheet", "工作表"), default="", maximum=200, advanced=True,
                  help=Text("Of an Excel file; empty takes the first.", "Excel 的工作表；留空则取第一个。")),
        KEEP_COPY,
        FINGERPRINT,
    ),
    make=_make,
    order=90,
)
