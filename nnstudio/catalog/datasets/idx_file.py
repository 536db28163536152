"""IDX files, as MNIST comes: pictures in one, labels in the other."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnstudio.catalog.entry import Dataset, Table
from nnstudio.catalog.own_data import FINGERPRINT, file_field, located
from nnstudio.catalog.sources.arrays import idx_shape, labels_beside, read_idx, read_idx_into
from nnstudio.catalog.sources.files import find
from nnstudio.catalog.sources.kept_samples import MOST, STREAMED
from nnstudio.catalog.sources.large_pictures import from_file, key_of
from nnstudio.document.errors import TrainError
from nnstudio.document.fields import BoolField, OptionField, TextField
from nnstudio.document.text import Message, Text, message
from nnstudio.document.values import Params

if TYPE_CHECKING:
    import numpy as np


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
    files = [(path, find(params["labels"]) if params["labels"] else labels_beside(path))]
    shapes = [idx_shape(path, MOST)]
    labels = [read_idx(files[0][1])]
    parts = None
    if params["with_test"]:
        other = _test_file(path)
        if other is None:
            raise TrainError("data.no_test_file", path=path, wanted=path.name.replace("train", "t10k"))
        files.append((other, labels_beside(other)))
        shapes.append(idx_shape(other, MOST))
        labels.append(read_idx(files[1][1]))
        if shapes[1][1:] != shapes[0][1:] or shapes[1][0] != len(labels[1]):
            raise TrainError("data.test_differs", path=other)
        parts = np.repeat([0, 2], [shapes[0][0], shapes[1][0]])
        notes = (*notes, message("data.test_rows", count=shapes[1][0], name=other.name))
    if any(one.ndim != 1 for one in labels) or len(shapes[0]) < 2:
        raise TrainError("data.idx_order", path=path)
    if len(labels[0]) != shapes[0][0]:
        raise TrainError("data.rows_differ", samples=shapes[0][0], targets=len(labels[0]))
    names, numbers = np.unique(np.concatenate(labels), return_inverse=True)
    if len(names) < 2:
        raise TrainError("data.one_class", column="label")
    classes, y = tuple(str(name) for name in names), numbers.astype(np.int64)
    rows, one = sum(shape[0] for shape in shapes), shapes[0][1:]
    if params["form"] == "rows":
        shape = (rows, math.prod(one))
        pictures, told = _pictures([file for file, _ in files], shape)
        columns = tuple(f"p{i + 1}" for i in range(shape[1]))
        return Table(columns, pictures, y, classes, ("digit",), scale_axis=None, notes=(*notes, *told), parts=parts)
    if len(one) not in (2, 3):
        raise TrainError("data.axes", shape=" × ".join(map(str, shapes[0])))
    pictures, told = _pictures([file for file, _ in files], (rows, *((1,) if len(one) == 2 else ()), *one))
    return Table((), pictures, y, classes, ("digit",), "CHW", 0, None, notes=(*notes, *told), parts=parts)


def _pictures(files: list[Path], shape: tuple[int, ...]) -> tuple[np.ndarray, tuple[Message, ...]]:
    """Read files of pictures one behind the other; those that are large are laid into a file that is read batch by
    batch, with what is to be said of it.
    """
    import numpy as np

    def fill(room: np.ndarray) -> tuple[list[int], tuple[Message, ...]]:
        at = 0
        for file in files:
            count = idx_shape(file, MOST)[0]
            read_idx_into(file, room[at : at + count], MOST)
            at += count
        # As many classes as pictures; which they are the other file says.
        return [0] * at, ()

    if math.prod(shape) <= STREAMED:
        room = np.empty(shape, dtype=np.uint8)
        fill(room)
        return room, ()
    try:
        key = key_of(files[0].parent, files, *shape)
    except OSError as error:
        raise TrainError("data.unreadable_file", path=files[0], detail=error.strerror or str(error)) from None
    found, _, notes = from_file(key, shape, fill)
    return found, notes


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
