"""New samples from files into a trained network, and its answers out as a table."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from nnstudio.catalog.sources.arrays import list_npz, read_idx, read_npz
from nnstudio.catalog.sources.cells import decode
from nnstudio.catalog.sources.columns import encode
from nnstudio.catalog.sources.files import size_of
from nnstudio.catalog.sources.manner import Manner
from nnstudio.catalog.sources.number_words import number_said
from nnstudio.catalog.sources.one_picture import ENDINGS, Seen, read_picture
from nnstudio.catalog.sources.pictures import notes_of
from nnstudio.catalog.sources.stores import DATABASES, PARQUET
from nnstudio.catalog.sources.tables import EXCEL, Read, read_table
from nnstudio.catalog.sources.treatments import PICTURE, TOKENS
from nnstudio.document.errors import TrainError
from nnstudio.document.numbers import as_number
from nnstudio.document.text import Message, message
from nnstudio.engine.asking import as_written, folded, from_pictures, picture_form, rows_of
from nnstudio.engine.fitted import Fitted
from nnstudio.engine.predict import Answers

TABLES = (".csv", ".tsv", ".txt", *EXCEL, *PARQUET, *DATABASES)
MAX_PICTURE = 200 * 2**20
# What of how the training data was written was said by hand.
WRITTEN = ("delimiter", "decimal", "header", "encoding", "sheet", "skip", "heads")


def read_samples(
    known: Fitted,
    path: Path,
    *,
    graph: bool = False,
    said: Callable[[Message], object] = lambda note: None,
    truth: Callable[[np.ndarray], object] = lambda told: None,
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Read new samples from a table, arrays, IDX or pictures; returns them raw, and a name for each. ``said`` is told
    of what is left out, ``truth`` the answers where the file has them: class numbers or values, a row each.

    Raises:
        TrainError: they cannot be read, or do not fit what the network learnt from.
    """
    ending = path.suffix.lower()
    if graph:
        raise TrainError("predict.graph")
    if not path.exists():
        raise TrainError("data.moved", path=path)
    if path.is_dir() or ending in ENDINGS:
        return _pictures(known, path, said)
    if ending in TABLES or (ending == ".npz" and known.recipe):
        return _rows(known, path, said, truth)
    if ending == ".npz":
        names = list_npz(path)
        usual = (known.manner.get("samples", ""), "x", "x_test", "data", "images")
        name = next((n for n in usual if n in names), next(iter(names), ""))
        x = read_npz(path, name)
    elif ending in (".gz", "") or "idx" in path.name:
        x = read_idx(path)
    else:
        raise TrainError("predict.format", path=path)
    if x.ndim < 1 or not x.size:
        raise TrainError("predict.no_rows", path=path)
    return folded(x, known.shape), tuple(str(i) for i in range(len(x)))


def _rows(
    known: Fitted, path: Path, said: Callable[[Message], object], truth: Callable[[np.ndarray], object]
) -> tuple[np.ndarray, tuple[str, ...]]:
    read = _read(known, path)
    frame, manner = read.frame, read.manner
    odd = next((note for note in read.notes if note.key == "data.longer_rows"), None)
    if odd is not None:
        # Every row gets its answer, or none does.
        raise TrainError("predict.longer", path=path, lines=odd.args["lines"])
    if not known.columns:
        # Sequences and tokens have no names: a row of the file is a sample.
        x = folded(frame.to_numpy(dtype=np.float64), known.shape)
        return x, tuple(str(i + 1) for i in range(len(frame)))
    x, names, told, refused = rows_of(known, frame, manner.header != "no", path.resolve().parent)
    if refused:
        # The others have their answers.
        said(
            message(
                "predict.rows_left_out",
                count=len(refused),
                rows=len(frame),
                first=refused[min(refused)].message,
            )
        )
    if told is not None:
        truth(told)
    return x, names


def _read(known: Fitted, path: Path) -> Read:
    """Read a table as the training data was written; where that does not give its columns, as it seems to be written.

    Raises:
        TrainError: it cannot be read.
    """
    wanted = {column.name for column in known.columns}
    texts = as_written(known)
    if any(known.manner.get(name) for name in WRITTEN):
        try:
            read = read_table(path, Manner.of(known.manner), texts=texts)
            if wanted <= set(read.frame.columns) or not wanted:
                return read
        except TrainError as error:
            if error.message.key == "data.cancelled":
                raise
    return read_table(path, Manner(), texts=texts)


def _pictures(known: Fitted, path: Path, said: Callable[[Message], object]) -> tuple[np.ndarray, tuple[str, ...]]:
    form = picture_form(known.shape)
    if form is None:
        raise TrainError("predict.format", path=path)
    side, channels = form
    files = [path] if path.is_file() else sorted(item for item in path.iterdir() if item.suffix.lower() in ENDINGS)
    if not files:
        raise TrainError("data.no_classes", path=path, count=0)
    found, kept, refused, seen = [], [], [], Seen()
    for item in files:
        try:
            size_of(item, MAX_PICTURE)
            with item.open("rb") as file:
                found.append(read_picture(file, side, channels == 1, item.name, seen))
        except TrainError as error:
            refused.append(error)
        except OSError as error:
            refused.append(TrainError("data.unreadable_file", path=item, detail=error.strerror or str(error)))
        else:
            kept.append(item)
    if not found:
        raise refused[0]
    if refused:
        # The others have their answers.
        said(message("predict.left_out", count=len(refused), first=refused[0].message))
    for note in notes_of(seen):
        said(note)
    files = kept
    return from_pictures(known, np.stack(found)), tuple(item.name for item in files)


def _typed(cell: str) -> str:
    """A number as it was typed, with a decimal comma or point, or as people write it; what is none stays as it is."""
    found = as_number(cell)
    found = number_said(cell) if found is None else found
    return cell.strip() if found is None else repr(found)


def row_of(known: Fitted, cells: Sequence[str]) -> np.ndarray:
    """Return one sample (1, features) from typed cells, one per column of the source.

    Raises:
        TrainError: a cell is no number, or a text the network has never seen.
    """
    import pandas as pd

    columns = known.columns
    frame = pd.DataFrame(
        [
            [
                cell.strip() if column.categories or column.kind in (TOKENS, PICTURE) else _typed(cell)
                for cell, column in zip(cells, columns, strict=True)
            ]
        ],
        columns=[column.name for column in columns],
    )
    return encode(frame.replace("", None), columns)


def example_cells(known: Fitted) -> tuple[str, ...]:
    """The cells of the data's first row: something to begin from."""
    features = np.asarray(known.example, dtype=np.float64)
    return (
        decode(features, known.columns)
        if sum(column.size for column in known.columns) == len(features)
        else ("",) * len(known.columns)
    )


def answers_csv(answers: Answers, names: Sequence[str]) -> str:
    """Return the answers as CSV: a row per sample, with its class and all probabilities, or its values."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    said = answers.said is not None
    writer.writerow(["sample", *(["answer"] if said else []), *answers.columns])
    for row, name in enumerate(names):
        label = answers.label(row)
        own = [label] if label is not None else []
        writer.writerow([name, *own, *(f"{v:.9g}" for v in answers.numbers[row])])
    return text.getvalue()


def plain_answers(answers: Answers, names: Sequence[str]) -> list[Mapping[str, object]]:
    """Return the answers as plain values for JSON."""
    rows: list[Mapping[str, object]] = []
    for row, name in enumerate(names):
        entry: dict[str, object] = {"sample": name}
        if answers.said is not None:
            entry["answer"] = answers.label(row)
        entry["numbers"] = {column: float(v) for column, v in zip(answers.columns, answers.numbers[row], strict=True)}
        rows.append(entry)
    return rows
