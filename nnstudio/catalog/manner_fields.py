"""Settings that say how a table is written, for every data set that reads one."""

from __future__ import annotations

from nnstudio.document.fields import IntField, OptionField, TextField
from nnstudio.document.text import Text

AUTO = ("", Text("found out"))

MANNER_FIELDS = (
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
        help=Text("Of an Excel file, or the table of a database; empty takes the first."),
    ),
    IntField(
        name="skip",
        title=Text("Rows above"),
        default=0,
        minimum=0,
        maximum=1000,
        advanced=True,
        help=Text("Lines above the names of the columns that are passed over: a title, remarks."),
    ),
    IntField(
        name="heads",
        title=Text("Rows of names"),
        default=1,
        minimum=1,
        maximum=4,
        advanced=True,
        help=Text("How many rows hold the names of the columns; several are joined."),
    ),
)
