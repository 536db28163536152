"""IDX files, as MNIST comes: pictures in one, labels in the other."""

from __future__ import annotations

from nnstudio.catalog.entry import Dataset, Table
from nnstudio.catalog.own_data import FINGERPRINT, file_field, located
from nnstudio.catalog.sources.arrays import labels_beside, read_idx
from nnstudio.catalog.sources.files import find
from nnstudio.document.errors import TrainError
from nnstudio.document.fields import OptionField, TextField
from nnstudio.document.text import Text
from nnstudio.document.values import Params


def _make(params: Params) -> Table:
    import numpy as np

    path, notes = located(params)
    pictures = read_idx(path)
    labels = read_idx(find(params["labels"]) if params["labels"] else labels_beside(path))
    if labels.ndim != 1 or pictures.ndim < 2:
        raise TrainError("data.idx_order", path=path)
    if len(labels) != len(pictures):
        raise TrainError("data.rows_differ", samples=len(pictures), targets=len(labels))
    names, numbers = np.unique(labels, return_inverse=True)
    if len(names) < 2:
        raise TrainError("data.one_class", column="label")
    classes = tuple(str(name) for name in names)
    if params["form"] == "rows":
        rows = pictures.reshape(len(pictures), -1)
        columns = tuple(f"p{i + 1}" for i in range(rows.shape[1]))
        return Table(columns, rows, numbers.astype(np.int64), classes, ("digit",), scale_axis=None, notes=notes)
    images = pictures[:, None] if pictures.ndim == 3 else pictures
    if images.ndim != 4:
        raise TrainError("data.axes", shape=" × ".join(map(str, pictures.shape)))
    return Table((), images, numbers.astype(np.int64), classes, ("digit",), "CHW", 0, None, notes=notes)


ENTRY = Dataset(
    id="idx_file",
    title=Text("IDX files (MNIST)"),
    help=Text(
        "Pictures and labels as MNIST and its kin come, plain or gzip. The labels are found beside the pictures by "
        "their name."
    ),
    fields=(
        file_field(Text("Pictures"), Text("Such as train-images-idx3-ubyte.gz."), patterns="*idx3* *idx4* *.gz *"),
        TextField(
            name="labels",
            title=Text("Labels"),
            default="",
            kind="file",
            patterns="*idx1* *.gz *",
            help=Text("Empty: found by its name beside the pictures."),
        ),
        OptionField(
            name="form",
            title=Text("Form"),
            default="rows",
            options=(("rows", Text("rows of pixels")), ("images", Text("images"))),
            help=Text("A row of numbers for linear layers, or an image for convolutions."),
        ),
        FINGERPRINT,
    ),
    make=_make,
    order=94,
)
