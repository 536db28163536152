"""Small pictures of hand-written digits."""

from __future__ import annotations

from dataclasses import replace

from nnstudio.catalog.drawn import shipped
from nnstudio.catalog.entry import Dataset, Table
from nnstudio.document.fields import OptionField
from nnstudio.document.text import Text
from nnstudio.document.values import Params


def _make(params: Params) -> Table:
    table = shipped("digits")
    if params["form"] == "rows":
        return replace(table, scale_axis=None)
    return replace(table, x=table.x.reshape(-1, 1, 8, 8), axes="CHW", scale_axis=None)


ENTRY = Dataset(
    id="digits",
    title=Text("Digits 8×8"),
    help=Text("1,797 hand-written digits as pictures of 8 by 8 grey values (Alpaydin and Kaynak, UCI)."),
    fields=(
        OptionField(
            name="form",
            title=Text("Form"),
            default="rows",
            options=(("rows", Text("rows of 64")), ("images", Text("images 1 × 8 × 8"))),
            help=Text("A row of numbers for linear layers, or an image for convolutions."),
        ),
    ),
    make=_make,
    order=36,
)
