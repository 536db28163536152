"""Let training begin with the weights of a file."""

from __future__ import annotations

from pathlib import Path

from nnstudio.catalog.sources.files import fingerprint
from nnstudio.document.edits import Edit, SetTraining, Together
from nnstudio.document.text import message


def beginning_with(path: Path) -> Edit:
    """Return the edit that lets training begin with what a file holds.

    Raises:
        TrainError: the file cannot be read.
    """
    settings = (SetTraining(("start_file",), str(path)), SetTraining(("start_mark",), fingerprint(path)))
    return Together(settings, message("edit.start_file", name=path.name))
