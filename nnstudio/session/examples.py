"""The projects that ship with the program."""

from __future__ import annotations

from pathlib import Path

from nnstudio.document.errors import ProjectFileError
from nnstudio.document.storage import load
from nnstudio.document.values import Document
from nnstudio.resources import resource

ORDER = ("xor", "rings", "iris", "backprop-2-2-2")
# The smallest, and one whose data are rows of a table: what an installation is tried with.
SMALLEST, TABLE = ORDER[0], ORDER[2]


def example_names() -> list[str]:
    """Return the names of the shipped examples, in teaching order."""
    found = sorted(path.stem for path in resource("examples").glob("*.nns"))
    return [name for name in ORDER if name in found] + [name for name in found if name not in ORDER]


def example_path(name: str) -> Path:
    """Return the file of an example.

    Raises:
        ProjectFileError: there is none of that name.
    """
    if name not in example_names():
        raise ProjectFileError("example.unknown", name=name, names=", ".join(example_names()))
    return resource("examples", f"{name}.nns")


def load_example(name: str) -> Document:
    """Return an example's document."""
    return load(example_path(name))[0]
