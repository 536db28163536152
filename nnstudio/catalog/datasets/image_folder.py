"""A folder of pictures, one folder per class."""

from __future__ import annotations

from nnstudio.catalog.entry import Dataset, Table
from nnstudio.catalog.own_data import FINGERPRINT, file_field, located
from nnstudio.catalog.sources.pictures import read_folder
from nnstudio.document.fields import IntField, OptionField
from nnstudio.document.text import Text
from nnstudio.document.values import Params


def _make(params: Params) -> Table:
    path, notes = located(params, folder=True)
    x, y, classes, more = read_folder(path, params["size"], params["colour"] == "grey")
    return Table((), x, y, classes, ("class",), "CHW", 0, None, notes=(*notes, *more))


ENTRY = Dataset(
    id="image_folder",
    title=Text("Folder of pictures"),
    help=Text(
        "A folder that holds a folder of pictures (PNG, JPEG, GIF, WebP, TIFF, BMP) for each class. "
        "All are brought to one size."
    ),
    fields=(
        file_field(Text("Folder"), Text("The folder that holds the classes."), kind="folder"),
        IntField(
            name="size",
            title=Text("Size"),
            default=28,
            minimum=4,
            maximum=512,
            help=Text("Width and height that every picture is brought to."),
        ),
        OptionField(
            name="colour",
            title=Text("Colour"),
            default="grey",
            options=(("grey", Text("grey")), ("colour", Text("colour"))),
            help=Text("One channel of grey values, or red, green and blue."),
        ),
        FINGERPRINT,
    ),
    make=_make,
    order=96,
)
