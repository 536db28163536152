"""IDX files, as MNIST comes: pictures in one, labels in the other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nnstudio.catalog.entry import Dataset, Table
from nnstudio.catalog.own_data import FINGERPRINT, file_field, located
from nnstudio.catalog.sources.arrays import labels_beside, read_idx
from nnstudio.catalog.sources.files import find
from nnstudio.document.errors import TrainError
from nnstudio.document.fields import BoolField, OptionField, TextField
from nnstudio.document.text import Text, message
from nnstudio.document.values import Params


def _test_file(path: Path) -> Path | None:
    """Where MNIST's test pictures lie beside those for training."""
    name = path.name.replace("train", "t10k")
    for candidate in (name, name.removesuffix(".gz"), name + ".gz"):
        if candidate != path.name and (path.parent / candidate).is_file():
            return path.parent / candidate
    return None


def _begins_with(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    return ({"with_test": True}, {"split": "given"}) if _test_file(path) is not None else ({}, {})


def _make(params: Params) -> Table:
    import numpy as np

    path, notes = located(params)
    pictures = read_idx(path)
    labels = read_idx(find(params["labels"]) if params["labels"] else labels_beside(path))
    parts = None
    if params["with_test"]:
        other = _test_file(path)
        if other is None:
            raise TrainError("data.no_test_file", path=path, wanted=path.name.replace("train", "t10k"))
        more, told = read_idx(other), read_idx(labels_beside(other))
        if more.shape[1:] != pictures.shape[1:] or len(more) != len(told):
            raise TrainError("data.test_differs", path=other)
        parts = np.repeat([0, 2], [len(pictures), len(more)])
        pictures, labels = np.concatenate([pictures, more]), np.concatenate([labels, told])
        notes = (*notes, message("data.test_rows", count=len(more), name=other.name))
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
        return Table(
            columns, rows, numbers.astype(np.int64), classes, ("digit",), scale_axis=None, notes=notes, parts=parts
        )
    images = pictures[:, None] if pictures.ndim == 3 else pictures
    if images.ndim != 4:
        raise TrainError("data.axes", shape=" × ".join(map(str, pictures.shape)))
    return Table((), images, numbers.astype(np.int64), classes, ("digit",), "CHW", 0, None, notes=notes, parts=parts)


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
        BoolField(
            name="with_test",
            title=Text("Test part from its own file"),
            default=False,
            advanced=True,
            help=Text("Takes the t10k files beside as the test part; split as a column says."),
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
    begins_with=_begins_with,
    order=94,
)
