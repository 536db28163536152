"""The main part of an exported ``predict.py``: new raw files in, answers out, without the program.

Everything that was fitted on the training part comes from ``pipeline.json``.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file

from nnstudio.catalog.sources.columns import Column, frame_of
from nnstudio.catalog.sources.guesses import apart, cells_by, decimal_mark, decode, has_header, joined_names, separator
from nnstudio.catalog.sources.number_words import number_said
from nnstudio.catalog.sources.one_picture import ENDINGS, Seen, read_picture
from nnstudio.catalog.sources.treatments import LOG
from nnstudio.document.errors import TrainError
from nnstudio.engine.asking import (
    as_written,
    folded,
    from_pictures,
    label_of,
    picture_form,
    rows_of,
    tagged,
)
from nnstudio.engine.runtime.scaling import Scaler, sample_tensor

MISSING = ("", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "-", "?", "缺失")
AT_ONCE = 1024


@dataclass(frozen=True)
class Pipeline:
    """What the network was fitted with, as ``pipeline.json`` says it."""

    shape: tuple[int, ...]
    columns: tuple[Column, ...]
    recipe: bool
    tokens: int
    pixels: bool
    top: float
    fill: str | tuple[str, ...]
    scaler: Scaler | None
    unit: Scaler | None
    classes: tuple[str, ...]
    targets: tuple[str, ...]
    manner: Mapping[str, str]
    form: str
    output: int
    threshold: float

    @property
    def tags(self) -> bool:
        """Whether every token of a text has a class of its own, and not the next token."""
        return self.form == "steps" and self.recipe


def load_pipeline(plain: Mapping[str, Any]) -> Pipeline:
    """Return the pipeline that a JSON object says."""
    columns = (
        Column(
            c["name"],
            tuple(c["categories"]),
            c.get("kind", ""),
            tuple(c.get("parts", ())),
            c.get("form", ""),
            c.get("width", 0),
        )
        for c in plain["columns"]
    )
    fill, answer = plain["fill"], plain["answer"]
    return Pipeline(
        tuple(plain["shape"]),
        tuple(columns),
        plain["recipe"],
        plain["tokens"],
        plain["pixels"],
        plain["top"],
        tuple(fill) if isinstance(fill, list) else fill,
        _scaler(plain["scaler"]),
        _scaler(plain["unit"]),
        tuple(plain["classes"]),
        tuple(plain["targets"]),
        plain["manner"],
        answer["form"],
        answer["output"],
        answer["threshold"],
    )


def _scaler(plain: Mapping[str, Any] | None) -> Scaler | None:
    if plain is None:
        return None

    def array(part: Mapping[str, Any] | None) -> np.ndarray | None:
        return None if part is None else np.array(part["values"], dtype=np.float64).reshape(part["shape"])

    shift, spread = array(plain["shift"]), array(plain["spread"])
    assert shift is not None and spread is not None
    return Scaler(array(plain["fill"]), shift, spread)


def read_samples(known: Pipeline, path: Path) -> tuple[np.ndarray, Sequence[str], np.ndarray | None]:
    """Read new samples; returns them raw, what they are called, and the true answers where the file has them."""
    if path.is_dir() or path.suffix.lower() in ENDINGS:
        return _pictures(known, path)
    if path.suffix.lower() == ".npz" and not known.recipe:
        with np.load(path, allow_pickle=False) as arrays:
            names = [known.manner.get("samples", ""), "x", "x_test", "data", "images", *arrays.files]
            x = arrays[next(name for name in names if name in arrays.files)]
    elif path.suffix.lower() == ".gz" or "idx" in path.name:
        with gzip.open(path, "rb") if path.suffix.lower() == ".gz" else path.open("rb") as file:
            head = file.read(4)
            shape = np.frombuffer(file.read(4 * head[3]), dtype=">i4")
            x = np.frombuffer(file.read(), dtype=np.uint8).reshape(shape)
    else:
        frame, header = _table(known, path)
        if known.columns:
            x, called, truth, refused = rows_of(known, frame, header, path.resolve().parent)
            for place in sorted(refused)[:5]:
                print(f"left out: {refused[place]}", file=sys.stderr)
            if refused:
                print(f"{len(refused)} of {len(frame)} rows have no answer.", file=sys.stderr)
            return x, called, truth
        x = frame.to_numpy(dtype=np.float64)
    x = folded(x, known.shape)
    return x, [str(i) for i in range(len(x))], None


def _table(known: Pipeline, path: Path) -> tuple[Any, bool]:
    """Read a table: as the training data was written where it was said, else as it seems to be."""
    import pandas as pd

    manner = known.manner
    ending = path.suffix.lower()
    if ending in (".xlsx", ".xlsm"):
        skip = int(manner.get("skip", 0))
        return pd.read_excel(path, sheet_name=manner.get("sheet") or 0, skiprows=skip, na_values=list(MISSING)), True
    if ending == ".npz":
        with np.load(path, allow_pickle=False) as arrays:
            return frame_of({name: arrays[name] for name in arrays.files if 1 <= arrays[name].ndim <= 2})[0], True
    if ending == ".parquet":
        return pd.read_parquet(path), True
    if ending in (".db", ".sqlite", ".sqlite3"):
        raise ValueError("databases are not read here; save the table as CSV")
    data = path.read_bytes()
    encoding = manner.get("encoding") or decode(data[: 256 * 1024])
    text = data.decode(encoding, errors="replace").lstrip("\ufeff")
    heads, lines = max(1, int(manner.get("heads", 1))), text.splitlines()
    wanted = {column.name for column in known.columns}
    skip = int(manner.get("skip", 0)) or next((n for n, line in enumerate(lines) if _is_row(line)), 0)
    # A spreadsheet may write its delimiter into a line of its own.
    written = lines[0].strip().strip('"')[4:] if lines and lines[0].lower().strip('"').startswith("sep=") else ""
    skip = max(skip, int(bool(written)))
    begin = [line for line in lines[skip : skip + 300] if line.strip()][:200]
    delimiter = manner.get("delimiter") or written or separator(begin[heads - 1 :])
    cells = cells_by(begin, delimiter)
    above, cells = cells[: heads - 1], cells[heads - 1 :]
    header = manner.get("header", "") != "no" and (
        heads > 1 or wanted <= set(map(str.strip, cells[0])) or has_header(cells)
    )
    # Every row has a cell more than the names: they stand one too far to the left, above the names of the rows.
    shift = header and len(cells) > 1 and all(len(row) == len(cells[0]) + 1 for row in cells[1:])
    # What is the name of something is read as it is written: 007.
    texts = as_written(known)
    decimal = manner.get("decimal") or decimal_mark(cells, delimiter)
    frame = pd.read_csv(
        path,
        sep=delimiter,
        decimal=decimal,
        encoding="utf-8-sig" if encoding == "utf-8" else encoding,
        header=0 if header else None,
        skiprows=skip + heads - 1,
        na_values=list(MISSING),
        dtype={name: str for name in cells[0] if name.strip() in texts} if header else None,
        skipinitialspace=True,
        index_col=0 if shift else False,
    ).reset_index(drop=True)
    names = [str(name) for name in frame.columns] if header else [f"column {n + 1}" for n in range(len(cells[0]))]
    names = [name.strip()[:200] for name in (joined_names(above, names) if header else names)]
    frame.columns = apart(names)
    for column in known.columns:
        if not column.categories and column.kind in ("", LOG) and column.name in frame.columns:
            frame[column.name] = frame[column.name].map(lambda cell: _number(cell, decimal), na_action="ignore")
    return frame, header


def _is_row(line: str) -> bool:
    """Whether a line is neither empty nor a remark."""
    return bool(line.strip()) and not line.startswith("#")


def _number(cell: Any, decimal: str) -> Any:
    """A cell as the number that it says; what says none stays as it is."""
    said = number_said(cell, decimal) if isinstance(cell, str) else None
    return cell if said is None else said


def _pictures(known: Pipeline, path: Path) -> tuple[np.ndarray, Sequence[str], None]:
    form = picture_form(known.shape)
    if form is None:
        sys.exit("This network does not take pictures.")
    side, channels = form
    files = [path] if path.is_file() else sorted(item for item in path.iterdir() if item.suffix.lower() in ENDINGS)
    found, called = [], []
    for item in files:
        try:
            with item.open("rb") as file:
                found.append(read_picture(file, side, channels == 1, item.name, Seen()))
            called.append(item.name)
        except (TrainError, OSError) as error:
            print(f"left out: {error}", file=sys.stderr)
    if not found:
        sys.exit(f"{path} holds no picture that can be read.")
    return from_pictures(known, np.stack(found)), called, None


@torch.no_grad()
def answered(
    known: Pipeline,
    model: torch.nn.Module,
    probabilities: Callable[[Any], Any] | None,
    x: np.ndarray,
    dtype: torch.dtype,
) -> tuple[np.ndarray | None, np.ndarray]:
    """Return class numbers (None where there are no classes) and probabilities or values for raw samples."""
    model.eval()
    outputs = []
    for start in range(0, len(x), AT_ONCE):
        piece = np.arange(start, min(start + AT_ONCE, len(x)))
        out = model(sample_tensor(x, piece, known.scaler, dtype))
        outputs.append(out[known.output] if isinstance(out, tuple) else out)
    scores = torch.cat(outputs)
    if known.tags:
        return tagged((probabilities(scores) if probabilities is not None else scores).to(torch.float64).numpy(), x)
    if known.form == "steps":
        # What comes next.
        scores = scores[:, -1]
    given = probabilities(scores) if probabilities is not None else scores
    numbers = given.reshape(len(given), -1).to(torch.float64).numpy()
    if known.unit is not None:
        numbers = numbers * known.unit.spread + known.unit.shift
    if known.form == "column":
        said = (scores.reshape(-1) >= known.threshold).numpy().astype(np.int64)
        return said, np.concatenate([1.0 - numbers, numbers], axis=1) if probabilities is not None else numbers
    if known.form in ("index", "one_hot", "steps"):
        return scores.argmax(dim=1).numpy(), numbers
    return None, numbers


def heads(known: Pipeline, said: np.ndarray | None, numbers: np.ndarray, probable: bool) -> list[str]:
    """The names of the columns of answers."""
    width = numbers.shape[1]
    if said is not None and width == len(known.classes):
        return ["answer", *(f"p({name})" if probable else f"score({name})" for name in known.classes)]
    if said is not None and known.tags:
        return ["answer", "p" if probable else "score"]
    if said is not None:
        return ["answer", "score"]
    return list(known.targets) if width == len(known.targets) else [f"output {i + 1}" for i in range(width)]


def main(
    pipeline: Path,
    network: Callable[[], torch.nn.Module],
    probabilities: Callable[[Any], Any] | None,
    dtype: torch.dtype,
    weights: Path,
    arguments: Sequence[str] | None = None,
) -> None:
    """Answer the samples of a file."""
    parser = argparse.ArgumentParser(description="Ask the trained network about new samples.")
    parser.add_argument("file", type=Path, help="a table (CSV, Excel, Parquet), pictures, arrays (.npz) or an IDX file")
    parser.add_argument("--weights", type=Path, default=weights, help="trained weights, else those beside this script")
    parser.add_argument("--out", type=Path, help="write the answers to this CSV file; else they are printed")
    args = parser.parse_args(arguments)
    known = load_pipeline(json.loads(pipeline.read_text(encoding="utf-8")))
    try:
        x, called, truth = read_samples(known, args.file)
    except TrainError as error:
        sys.exit(str(error))
    except (ValueError, IndexError, KeyError, OSError) as error:
        # What pandas and numpy say of a file that is none of these, or has no rows.
        lines = str(error).strip().splitlines() or [type(error).__name__]
        sys.exit(f"{args.file} cannot be read: {lines[-1]}")
    if not len(x):
        sys.exit(f"{args.file} has no rows.")
    if x.shape[1:] != known.shape:
        sys.exit(f"The samples have the shape {x.shape[1:]}, the network takes {known.shape}.")
    model = network().to(dtype)
    model.load_state_dict(load_file(args.weights))
    said, numbers = answered(known, model, probabilities, x, dtype)
    with args.out.open("w", newline="", encoding="utf-8") if args.out else sys.stdout as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["sample", *heads(known, said, numbers, probabilities is not None)])
        for row, name in enumerate(called):
            own = [] if said is None else [label_of(known.classes, said[row])]
            writer.writerow([name, *own, *(f"{v:.9g}" for v in numbers[row])])
    if truth is not None and said is not None:
        print(f"the file has the answers: accuracy {(said == truth)[truth >= 0].mean():.6g}", file=sys.stderr)
    elif truth is not None:
        print(f"the file has the answers: mean absolute error {np.abs(numbers - truth).mean():.6g}", file=sys.stderr)
