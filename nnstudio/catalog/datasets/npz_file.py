"""Arrays in a NumPy .npz file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnstudio.catalog.entry import Dataset, Table
from nnstudio.catalog.own_data import FINGERPRINT, KEEP_COPY, file_field, located
from nnstudio.catalog.sources.arrays import check_numbers, list_npz, read_npz
from nnstudio.document.errors import TrainError
from nnstudio.document.fields import BoolField, OptionField, TextField
from nnstudio.document.text import Text, message
from nnstudio.document.values import Params

if TYPE_CHECKING:
    import numpy as np

SAMPLES = ("x", "x_train", "data", "images", "features", "inputs")
TEST = (("x_test", "test_x", "test_images"), ("y_test", "test_y", "test_labels"))
TARGETS = ("y", "y_train", "target", "targets", "labels", "label")


def _name(wanted: str, usual: tuple[str, ...], there: dict[str, tuple[int, ...]]) -> str:
    if wanted:
        if wanted not in there:
            raise TrainError("data.no_array", name=wanted, there=", ".join(there))
        return wanted
    lower = {name.lower(): name for name in there}
    found = next((lower[name] for name in usual if name in lower), None)
    if found is None:
        raise TrainError("data.no_array", name=usual[0], there=", ".join(there))
    return found


def _test_arrays(there: dict[str, tuple[int, ...]]) -> tuple[str, str] | None:
    """The names of the arrays of a test part; None where there are none."""
    found = [next((name for name in usual if name in there), None) for usual in TEST]
    return (found[0], found[1]) if found[0] is not None and found[1] is not None else None


def _begins_with(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    return ({"with_test": True}, {"split": "given"}) if _test_arrays(list_npz(path)) is not None else ({}, {})


def _make(params: Params) -> Table:
    import numpy as np

    path, notes = located(params)
    there = list_npz(path)
    x = read_npz(path, _name(params["samples"], SAMPLES, there))
    y = read_npz(path, _name(params["target"], TARGETS, there))
    parts = None
    if params["with_test"]:
        names_of = _test_arrays(there)
        if names_of is None:
            raise TrainError("data.no_array", name="x_test, y_test", there=", ".join(there))
        more, told = (read_npz(path, name) for name in names_of)
        if more.shape[1:] != x.shape[1:] or told.shape[1:] != y.shape[1:] or len(more) != len(told) or len(x) != len(y):
            raise TrainError("data.test_differs", path=path)
        parts = np.repeat([0, 2], [len(x), len(more)])
        x, y = np.concatenate([x, more]), np.concatenate([y, told])
        notes = (*notes, message("data.test_rows", count=len(more), name=names_of[0]))
    if min(x.shape[:1] + y.shape[:1], default=0) == 0 or not y.size:
        raise TrainError("data.no_rows", path=path)
    if x.ndim < 1 or y.ndim < 1 or len(x) != len(y):
        raise TrainError("data.rows_differ", samples=len(np.atleast_1d(x)), targets=len(np.atleast_1d(y)))
    if x.ndim > 4 or x.size == 0:
        raise TrainError("data.axes", shape=" × ".join(map(str, x.shape)))
    check_numbers(x, path, missing=True)
    x, axes = _layout(x)
    fill = "mean" if x.dtype.kind == "f" and np.isnan(x).any() else ""
    columns = tuple(f"x{i + 1}" for i in range(x.shape[1])) if x.ndim == 2 else ()
    axis = {"": 1, "TD": 2, "CHW": 1}[axes]
    whole = y.dtype.kind in "biu" or bool(np.isfinite(y).all() and (y == np.round(y)).all())
    classes = params["target_kind"] == "classes" or (
        params["target_kind"] == "auto" and whole and y.size == len(y) and len(np.unique(y)) <= 1000
    )
    if not classes:
        check_numbers(y, path)
        values = y.reshape(len(y), -1).astype(np.float64, copy=False)
        return Table(
            columns,
            x,
            values,
            (),
            tuple(f"t{i + 1}" for i in range(values.shape[1])),
            axes,
            0,
            axis,
            None,
            fill,
            notes,
            parts=parts,
        )
    if y.size != len(y):
        raise TrainError("data.one_class_column")
    check_numbers(y, path)
    names, numbers = np.unique(y.reshape(-1), return_inverse=True)
    if len(names) < 2:
        raise TrainError("data.one_class", column=params["target"] or "y")
    return Table(
        columns,
        x,
        numbers.astype(np.int64),
        tuple(f"{n:g}" if y.dtype.kind == "f" else str(n) for n in names),
        ("class",),
        axes,
        0,
        axis,
        None,
        fill,
        notes,
        parts=parts,
    )


def _layout(x: np.ndarray) -> tuple[np.ndarray, str]:
    """Bring pictures to channels first; returns the array and the letters of its axes."""
    import numpy as np

    if x.dtype != np.uint8:
        x = x.astype(np.float64, copy=False)
    if x.ndim == 1:
        return x[:, None], ""
    if x.ndim == 3 and x.dtype == np.uint8:
        return x[:, None], "CHW"
    if x.ndim == 4 and x.shape[3] in (1, 3, 4) and x.shape[1] not in (1, 3):
        x = np.ascontiguousarray(x.transpose(0, 3, 1, 2))
    return x, {2: "", 3: "TD", 4: "CHW"}[x.ndim]


ENTRY = Dataset(
    id="npz_file",
    title=Text("NumPy arrays (.npz)"),
    help=Text("Arrays saved with numpy.savez: samples by row (also images or sequences) and their targets."),
    fields=(
        file_field(Text("File"), Text("A .npz file of numbers."), patterns="*.npz"),
        BoolField(
            name="with_test",
            title=Text("Test part from its own arrays"),
            default=False,
            advanced=True,
            help=Text("Takes x_test and y_test as the test part; split as a column says."),
        ),
        TextField(
            name="samples",
            title=Text("Samples"),
            default="",
            maximum=200,
            help=Text("Name of the array; empty takes x, data, images …"),
        ),
        TextField(
            name="target",
            title=Text("Target"),
            default="",
            maximum=200,
            help=Text("Name of the array; empty takes y, target, labels …"),
        ),
        OptionField(
            name="target_kind",
            title=Text("Target is"),
            default="auto",
            options=(("auto", Text("found out")), ("classes", Text("classes")), ("values", Text("values"))),
            help=Text("Whole numbers are classes, others values."),
        ),
        KEEP_COPY,
        FINGERPRINT,
    ),
    make=_make,
    begins_with=_begins_with,
    order=92,
)
