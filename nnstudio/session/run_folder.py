"""The folder of a run without a window: its weights and its log."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from nnstudio.compile.files import FITTED
from nnstudio.document.disk import write_atomically
from nnstudio.document.errors import ExportError, ProjectFileError

WEIGHTS, LOG = "weights.safetensors", "log.csv"
MOST_FITTED = 64 * 2**20


def make_folder(folder: Path) -> None:
    """Find out before training whether the results can be written.

    Raises:
        ProjectFileError: they cannot.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".nnstudio-write-test"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise ProjectFileError("file.unwritable", path=folder, detail=error.strerror or str(error)) from None


def write_run(folder: Path, weights: Any, lines: list[dict[str, Any]], fitted: Any = None) -> None:
    """Write the weights, what they were fitted with, and a line for each epoch.

    Raises:
        ProjectFileError: they cannot be written.
    """
    write_atomically(folder / WEIGHTS, save({k: np.array(v, order="C") for k, v in weights.items()}))
    if fitted is not None:
        write_atomically(folder / FITTED, (json.dumps(dict(fitted), ensure_ascii=False) + "\n").encode("utf-8"))
    text = io.StringIO()
    if lines:
        writer = csv.DictWriter(text, list(lines[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines)
    write_atomically(folder / LOG, text.getvalue().encode("utf-8"))


def read_fitted(folder: Path) -> Any:
    """Return what the weights beside it were fitted with, as plain values; None where it is not there or not whole."""
    path = folder / FITTED if folder.is_dir() else folder.with_name(FITTED)
    try:
        if path.stat().st_size > MOST_FITTED:
            return None
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None


def read_weights(folder: Path) -> dict[str, Any]:
    """Read the weights that a run left in a folder, or a file of weights.

    Raises:
        ExportError: there are none, or they cannot be read.
    """
    path = folder / WEIGHTS if folder.is_dir() else folder
    try:
        return dict(load(path.read_bytes()))
    except OSError:
        raise ExportError("weights.missing", path=folder) from None
    except (SafetensorError, ValueError) as error:
        raise ExportError("weights.unfit", path=path, detail=str(error)[:200]) from None
