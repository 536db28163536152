"""What a script reads from beside itself: samples, and start values that were not drawn."""

from __future__ import annotations

import csv
import io
import shutil
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.torch import save as save_tensors

from nnstudio.catalog.labels import labelled
from nnstudio.catalog.tables import keys_of, table_of
from nnstudio.compile.beginning import tensors_of
from nnstudio.compile.files import SAMPLES, START
from nnstudio.compile.program import Program
from nnstudio.compile.source import data_file


def data_csv(program: Program) -> str:
    """Return the samples as CSV text; every number reads back as the same number."""
    table = labelled(table_of(program.data.dataset), program.data.labels)
    names = ("class",) if table.classes else table.targets
    # The header is one line, whatever a column is called.
    buffer = io.StringIO()
    keys = keys_of(table, program.data.split)
    # What the split goes by stands in front.
    first = () if keys is None else (f"({program.data.split})",)
    csv.writer(buffer, lineterminator="\n").writerow(
        [" ".join(name.split()) for name in (*first, *table.columns, *names)]
    )
    targets = table.y.reshape(len(table.x), -1).tolist()
    whole = bool(table.classes)
    x = table.x.astype(np.float64)
    rows = (x if keys is None else np.concatenate([keys[:, None].astype(np.float64), x], axis=1)).tolist()
    lines = (
        ",".join((*map(repr, row), *(str(int(v)) if whole else repr(float(v)) for v in target)))
        for row, target in zip(rows, targets, strict=True)
    )
    buffer.write("\n".join(lines) + "\n")
    return buffer.getvalue()


def data_bytes(program: Program) -> bytes:
    """Return the file of samples that lies beside the script: CSV for rows of numbers, arrays for all else."""
    if data_file(program).endswith(".csv"):
        return data_csv(program).encode("utf-8")
    table = labelled(table_of(program.data.dataset), program.data.labels)
    arrays: dict[str, Any] = {"y": table.y} if table.streamed else {"x": table.x, "y": table.y}
    if table.adjacency is not None:
        arrays["adjacency"] = table.adjacency
    keys = keys_of(table, program.data.split)
    if keys is not None:
        arrays["keys"] = keys
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def files_beside(program: Program) -> dict[str, bytes | Path]:
    """Return what a script reads from beside itself: its data, samples that are read as they are wanted, start values
    that were not drawn.
    """
    found: dict[str, bytes | Path] = {data_file(program): data_bytes(program)}
    if program.data.streamed:
        x: Any = table_of(program.data.dataset).x
        found[SAMPLES] = Path(x.filename)
    if program.begun is not None:
        found[START] = save_tensors(tensors_of(program.begun))
    return found


def lay_beside(path: Path, there: Path) -> None:
    """Let a large file be found at another place, without a copy where that can be."""
    try:
        there.symlink_to(path)
    except OSError:
        shutil.copyfile(path, there)
