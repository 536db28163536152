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
    title=Text("Folder of pictures", "图片文件夹"),
    help=Text("A folder that holds a folder of pictures (PNG, JPEG, BMP) for each class. All are brought to one size.",
              "一个文件夹，其中每个类别一个子文件夹（PNG、JPEG、BMP）。所有图片缩放到同一大小。"),
    fields=(
        file_field(Text("Folder", "文件夹"), Text("The folder that holds the classes.", "包含各类别的文件夹。"), kind="folder"),
        IntField(name="size", title=Text("Size", "大小"), default=28, minimum=4, maximum=512,
                 help=Text("Width and height that every picture is brought to.", "每张图片缩放到的宽和高。")),
        OptionField(name="colour", title=Text("Colour", "颜色"), default="grey",
                    options=(("grey", Text("grey", "灰度")), ("colour", Text("colour", "彩色"))),
                    help=Text("One channel of grey values, or red, green and blue.", "单通道灰度，或红绿蓝三通道。")),
        FINGERPRINT,
    ),
    make=_make,
    order=96,
)
