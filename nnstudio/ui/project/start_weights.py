"""Choose the file of weights that training begins with."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from nnstudio.document.errors import StudioError
from nnstudio.document.fields import TextField
from nnstudio.document.values import Document
from nnstudio.session.imports.start import beginning_with
from nnstudio.ui.desk import Asks, Edits
from nnstudio.ui.kit.texts import tr, words

START_FILE = "start_file"


def asked_file(over: QWidget, field: TextField, start: str) -> str:
    """Ask for a file of a field; "" where none was chosen."""
    pattern = f"{words(field.title)} ({field.patterns});;{tr('All files')} (*)" if field.patterns else ""
    return QFileDialog.getOpenFileName(over, words(field.title), start, pattern)[0]


def choose_start(document: Document, edits: Edits, asks: Asks, field: TextField) -> None:
    """Ask for the file and let training begin with what it holds."""
    name = asked_file(asks.over, field, str(document.training.get(field.name, "")))
    if not name:
        return
    try:
        edits.propose(beginning_with(Path(name)))
    except StudioError as error:
        asks.refuse(error.message)
