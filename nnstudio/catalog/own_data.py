"""What the data sets of a student's own files share."""

from __future__ import annotations

from pathlib import Path

from nnstudio.catalog.sources.files import find, fingerprint
from nnstudio.document.errors import TrainError
from nnstudio.document.fields import BoolField, TextField
from nnstudio.document.text import Message, Text, message
from nnstudio.document.values import Params

FINGERPRINT = TextField(
    name="fingerprint",
    title=Text("Fingerprint"),
    default="",
    maximum=64,
    hidden=True,
    help=Text("Tells whether the file is still the one that was chosen."),
)
KEEP_COPY = BoolField(
    name="keep_copy",
    title=Text("Copy in the project"),
    default=False,
    advanced=True,
    help=Text("Put a copy of the file into the project file, so that it can be handed on."),
)


def file_field(title: Text, text: Text, *, kind: str = "file", patterns: str = "") -> TextField:
    """The field that names the source."""
    return TextField(name="path", title=title, default="", kind=kind, patterns=patterns, help=text)


def located(params: Params, *, folder: bool = False) -> tuple[Path, tuple[Message, ...]]:
    """Return where the source (a file, or a ``folder``) lies, and a note when it is not what it was.

    Raises:
        TrainError: it is nowhere to be found.
    """
    path = find(params["path"], params["fingerprint"])
    if not folder and path.is_dir():
        # Before anything in it is looked at: it may be a whole disk.
        raise TrainError("data.is_folder", path=path)
    if params["fingerprint"] and fingerprint(path) != params["fingerprint"]:
        return path, (message("data.changed", path=path.name),)
    return path, ()
